// The busiest path of each 5 minutes of a web server log, computed in this process:
//   node batch.mjs access.log
import { combine, pipeline, run, sink, source, window } from 'tidemark';

const log = process.argv[2] ?? 'access.log';

const busiest = pipeline(
  [
    source(log, { format: 'combined', delay: '1m' }),
    window.fixed('5m'),
    combine({ n: 'count', p95: 'quantile(bytes, 0.95)' }, { by: ['path'], order: ['-n'], limit: 1 }),
  ],
  { onNotice: ({ stage, message }) => console.error(`${stage}: ${message}`) },
);

for await (const { window, value } of busiest) {
  const time = new Date(window.start).toISOString().slice(11, 16);
  console.log(`${time} ${value.path} ${value.n} times, 95 % of the answers up to ${value.p95} bytes`);
}

// Records may come from the program itself, one by one, and results go to a function of it, or to a file.
async function* levels() {
  yield { at: '2026-03-14T10:00:00Z', gauge: 'cuxhaven', level: 588 };
  yield { at: '2026-03-14T10:04:00Z', gauge: 'cuxhaven', level: 594 };
}

await run([
  source(levels(), { time: 'at' }),
  combine({ highest: 'max(level)' }, { by: ['gauge'] }),
  sink(({ value }) => console.log(JSON.stringify(value))),
]).wait();
