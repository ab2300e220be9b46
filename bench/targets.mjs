/** The speed to reach, and what was measured: cells of a table, for the rows that were run. */
export function targets(found) {
  const rows = [];
  const add = (what, first, then, measured) => {
    if (measured !== undefined) rows.push([what, first, then, measured]);
  };
  const times = found.count && timesOf(found.count.results);
  const ratio = (one, other) =>
    one === undefined || other === undefined ? undefined : `${(one / other).toFixed(2)} ×`;
  if (times !== undefined) {
    add('`tm run`, one thread, against DuckDB on two', '0.8 ×', '0.5 ×', ratio(times.run, times.duckdb));
    add('`tm run --workers 2` against DuckDB', '', '0.35 ×', ratio(times.workers, times.duckdb));
    add('three processes against DuckDB', '2.5 ×', '1.5 ×', ratio(times.pipe, times.duckdb));
    add('Miller against three processes', '10 ×', '20 ×', ratio(times.miller, times.pipe));
    add('jq against three processes', '5 ×', '10 ×', ratio(times.jq, times.pipe));
    const [source, window] = found.count.results[0].stages;
    const peak = Math.max(source.peak, window.peak) / 1024;
    add('memory of a stateless stage', '110 MB', '80 MB', `${peak.toFixed(0)} MB`);
  }
  const start = found.start?.filter(({ name }) => name.startsWith('`tm'));
  if (start !== undefined) {
    const slowest = Math.max(...start.map(({ over }) => over));
    add('slowest start of a command over bare node', '25 ms', '12 ms', `${slowest.toFixed(1)} ms`);
  }
  for (const { what, rate, p99 } of found.latency ?? [])
    add(`p99 of ${what}, ${rate.toLocaleString('en')} events/s`, '5 ms', '2 ms', `${p99.toFixed(2)} ms`);
  return rows;
}

/** Seconds of the main job by program. */
function timesOf(results) {
  const by = (start) => results.find(({ program }) => program.name.startsWith(start))?.seconds;
  return {
    pipe: by('tidemark, three processes'),
    run: results.find(({ program }) => program.needs === 'run')?.seconds,
    workers: results.find(({ program }) => program.needs === 'workers')?.seconds,
    duckdb: by('DuckDB'),
    miller: by('Miller'),
    jq: by('jq'),
  };
}
