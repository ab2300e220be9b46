// The questions of the bench, and how each program is asked. A row is one question on one input; what its programs
// answer must be equal, line by line, before a figure counts.
import { EVENTS_A_WINDOW } from './inputs.mjs';

/** @typedef {{name: string, stages: string[], lines?: (text: string) => string[], needs?: string,
 *   ours?: boolean, compare?: boolean}} Program `lines` makes its answer comparable; `needs` is a key of the
 *   abilities that run.mjs finds; `compare: false`: it answers by another definition */
/** @typedef {{key: string, title: string, input: string, share?: number, note?: string, programs: Program[],
 *   perKey?: {keys: (events: number) => number, without: string[]}}} Row `share`: of the events that are asked for;
 *   `perKey`: how many keys the last stage of the first program holds, and the same line without them */

const SOURCE = 'tm-source "$FILE" --time ts';
const DUCKDB = 'node "$BENCH/duckdb.mjs"';
const MINUTE = "'%Y-%m-%dT%H:%M'";

/** Events of a stream, each as the line that `line` makes of it. */
const events = (line) => (text) =>
  text
    .split('\n')
    .filter((each) => each.startsWith('{"@t"'))
    .map((each) => line(JSON.parse(each)));

/** Results without metadata, each as the line that `line` makes of it. */
const results = (line) => (text) =>
  text
    .trimEnd()
    .split('\n')
    .map((each) => line(JSON.parse(each)));

/** The start of a window to the minute, and what follows. */
const byMinute = (...names) =>
  events((event) => [event['@w'].slice(0, 16), ...names.map((name) => String(event[name]))].join(' '));

const byMember = (...names) => events((event) => names.map((name) => String(event[name])).join(' '));

const duckdb = (sql, name = 'DuckDB, two threads') => ({
  name,
  stages: [`${DUCKDB} "${sql.replaceAll('"', '\\"')}"`],
});

/** Counts by path and minute, by each program, from records of one format. */
const countInDuckdb = (read) =>
  `SELECT strftime(m, ${MINUTE}), path, n FROM (SELECT date_trunc('minute', ts) m, path, count(*) n FROM ${read} GROUP BY ALL)`;
const READ_TWO = "read_ndjson('$FILE', columns={ts:'TIMESTAMP', path:'VARCHAR'})";
const countPipe = [`${SOURCE} --delay 10s`, 'tm-window fixed 1m', 'tm-combine --by path n=count'];
const mawkCount = `mawk -F'"' '{ n[substr($4, 1, 16) " " $24]++ } END { for (k in n) print k, n[k] }'`;

const countOfUsers = (key, title, member, keys) => ({
  key,
  title,
  input: 'events',
  programs: [
    {
      name: 'tidemark, pipe',
      ours: true,
      stages: [SOURCE, `tm-combine --by ${member} n=count`],
      lines: byMember(member, 'n'),
    },
    duckdb(
      `SELECT ${member}, count(*) FROM read_ndjson('$FILE', columns={${member}:'VARCHAR'}) GROUP BY ALL`,
    ),
    {
      name: 'mawk, fixed columns',
      stages: [
        `mawk -F'"' '{ n[$${member === 'id' ? 8 : 16}]++ } END { for (k in n) print k, n[k] }' "$FILE"`,
      ],
    },
    { name: 'Miller', stages: [`mlr --ijsonl --onidx count -g ${member} "$FILE"`] },
  ],
  perKey: { keys: (count) => Math.min(keys, count), without: [SOURCE, 'tm-combine n=count'] },
});

/** The time of each line and its place: sorted programs are held equal by them, for equal times may stand in any order. */
const timesInOrder = (text) =>
  text
    .trimEnd()
    .split('\n')
    .map((line, i) => `${i} ${line.slice(7, 30)}`);

/** @type {Row[]} */
export const rows = [
  {
    key: 'count',
    title: 'Main job: count by path and minute',
    input: 'events',
    programs: [
      {
        name: 'tidemark, three processes',
        ours: true,
        stages: countPipe,
        lines: byMinute('path', 'n'),
      },
      {
        name: 'tidemark, `tm run`',
        ours: true,
        needs: 'run',
        stages: ['tm run "$PIPELINE"'],
        lines: byMinute('path', 'n'),
      },
      {
        name: 'tidemark, `tm run --workers 2`',
        ours: true,
        needs: 'workers',
        stages: ['tm run --workers 2 "$PIPELINE"'],
        lines: byMinute('path', 'n'),
      },
      duckdb(countInDuckdb(READ_TWO), 'DuckDB, two threads, given columns'),
      duckdb(countInDuckdb("read_ndjson_auto('$FILE')"), 'DuckDB, two threads, all columns detected'),
      { name: 'mawk, fixed columns', stages: [`${mawkCount} "$FILE"`] },
      {
        name: 'jq, sort, uniq',
        stages: [`jq -r '.ts[0:16] + " " + .path' "$FILE"`, 'sort', 'uniq -c', `mawk '{ print $2, $3, $1 }'`],
      },
      {
        name: 'Miller',
        stages: [
          `mlr --ijsonl --onidx put -q '@n[substr0($ts,0,15)][$path] += 1; end { emit @n, "minute", "path" }' "$FILE"`,
        ],
      },
    ],
  },
  {
    key: 'pass',
    title: 'Pass all events through: NDJSON in, NDJSON out',
    input: 'events',
    programs: [
      { name: 'tidemark, pipe', ours: true, stages: [SOURCE, 'tm-sink --meta drop'] },
      { name: 'mawk, lines', stages: ['mawk 1 "$FILE"'] },
      { name: 'jq', stages: ['jq -c . "$FILE"'], compare: false },
      { name: 'Miller', stages: ['mlr --ijsonl --ojsonl cat "$FILE"'], compare: false },
    ],
  },
  {
    key: 'sort',
    title: 'Sort by time: NDJSON in, NDJSON out, up to 5 s out of order',
    input: 'events',
    programs: [
      {
        name: 'tidemark, pipe, as the watermark passes',
        ours: true,
        needs: 'sort',
        stages: [`${SOURCE} --delay 10s`, 'tm-sort', 'tm-sink --meta drop'],
        lines: timesInOrder,
      },
      {
        name: 'tidemark, `tm run`, as a whole',
        ours: true,
        needs: 'sort',
        stages: [`tm run -e "source '$FILE' --time ts | sort | sink --meta drop"`],
        lines: timesInOrder,
      },
      {
        name: 'tidemark, `tm run`, as a whole, --memory 64MiB',
        ours: true,
        needs: 'sort',
        stages: [`tm run -e "source '$FILE' --time ts | sort --memory 64MiB | sink --meta drop"`],
        lines: timesInOrder,
      },
      {
        ...duckdb(`SELECT json FROM read_ndjson_objects('$FILE') ORDER BY json->>'$.ts'`),
        lines: timesInOrder,
      },
      {
        name: 'sort(1), fixed columns',
        stages: [`env LC_ALL=C sort -s -t'"' -k4,4 "$FILE"`],
        lines: timesInOrder,
      },
      { name: 'Miller', stages: ['mlr --ijsonl --ojsonl sort -f ts "$FILE"'], compare: false },
    ],
  },
  {
    key: 'filter',
    title: 'Select: events of status 500',
    input: 'events',
    programs: [
      {
        name: 'tidemark, pipe',
        ours: true,
        needs: 'filter',
        stages: [SOURCE, `tm-filter 'status == 500'`, 'tm-sink --meta drop'],
        lines: results(({ id }) => id),
      },
      {
        name: 'mawk, text',
        stages: [`mawk '/"status":500,/' "$FILE"`],
        lines: results(({ id }) => id),
      },
      duckdb(
        `SELECT id FROM read_ndjson('$FILE', columns={id:'VARCHAR', status:'BIGINT'}) WHERE status = 500`,
        'DuckDB, two threads, one column out',
      ),
      { name: 'jq', stages: [`jq -c 'select(.status == 500)' "$FILE"`], compare: false },
      { name: 'Miller', stages: [`mlr --ijsonl --ojsonl filter '$status == 500' "$FILE"`], compare: false },
    ],
  },
  {
    key: 'map',
    title: 'Compute: kilobytes of each event',
    input: 'events',
    programs: [
      {
        name: 'tidemark, pipe',
        ours: true,
        needs: 'filter',
        stages: [SOURCE, `tm-map --only id 'kb = int(bytes / 1024)'`, 'tm-sink --meta drop'],
        lines: results((event) => `${event.id} ${event.kb}`),
      },
      {
        name: 'mawk, fixed columns',
        stages: [`mawk -F'"' '{ print $8, int(substr($29, 2) / 1024) }' "$FILE"`],
      },
      duckdb(`SELECT id, bytes // 1024 FROM read_ndjson('$FILE', columns={id:'VARCHAR', bytes:'BIGINT'})`),
      { name: 'jq', stages: [`jq -r '"\\(.id) \\(.bytes / 1024 | floor)"' "$FILE"`] },
      {
        name: 'Miller',
        stages: [`mlr --ijsonl --onidx put '$kb = $bytes // 1024' then cut -o -f id,kb "$FILE"`],
      },
    ],
  },
  {
    key: 'csv',
    title: 'CSV in: count by path and minute',
    input: 'csv',
    programs: [
      { name: 'tidemark, three processes', ours: true, stages: countPipe, lines: byMinute('path', 'n') },
      duckdb(countInDuckdb("read_csv('$FILE')")),
      {
        name: 'mawk, fixed columns',
        stages: [
          `mawk -F, 'NR > 1 { n[substr($1, 1, 16) " " $6]++ } END { for (k in n) print k, n[k] }' "$FILE"`,
        ],
      },
      {
        name: 'Miller',
        stages: [
          `mlr --icsv --onidx put -q '@n[substr0($ts,0,15)][$path] += 1; end { emit @n, "minute", "path" }' "$FILE"`,
        ],
      },
    ],
  },
  {
    key: 'quantile',
    title: 'Sum and 95th percentile of bytes by status and 5 minutes',
    input: 'events',
    note: "Miller's percentile is another definition.",
    programs: [
      {
        name: 'tidemark, three processes',
        ours: true,
        stages: [
          `${SOURCE} --delay 10s`,
          'tm-window fixed 5m',
          `tm-combine --by status 's = sum(bytes)' 'p = quantile(bytes, 0.95)'`,
        ],
        lines: byMinute('status', 's', 'p'),
      },
      duckdb(
        `SELECT strftime(m, ${MINUTE}), status, s, p FROM (SELECT time_bucket(INTERVAL 5 minute, ts) m, status, sum(bytes) s, quantile_disc(bytes, 0.95) p FROM read_ndjson('$FILE', columns={ts:'TIMESTAMP', status:'BIGINT', bytes:'BIGINT'}) GROUP BY ALL)`,
      ),
      {
        name: 'Miller',
        compare: false,
        stages: [
          `mlr --ijsonl --onidx put '$t = sec2gmt(roundm(gmt2sec(sub($ts, "\\.[0-9]*Z", "Z")) - 150, 300))' then stats1 -a sum,p95 -f bytes -g t,status "$FILE"`,
        ],
      },
    ],
  },
  countOfUsers('keys5', '10^5 keys in one window', 'user', 100_000),
  countOfUsers('keys6', '10^6 keys in one window', 'id', 1_000_000),
  {
    key: 'sessions',
    title: 'Sessions of hosts, quiet for 30 s',
    input: 'events',
    programs: [
      {
        name: 'tidemark, three processes',
        ours: true,
        stages: [`${SOURCE} --delay 10s`, 'tm-window session 30s', 'tm-combine --by host n=count'],
        lines: events((event) => `${event['@w'].slice(0, 23)} ${event.host} ${event.n}`),
      },
      duckdb(
        "WITH e AS (SELECT host, ts, coalesce(ts - lag(ts) OVER w >= INTERVAL 30 second, true) fresh FROM read_ndjson('$FILE', columns={ts:'TIMESTAMP', host:'VARCHAR'}) WINDOW w AS (PARTITION BY host ORDER BY ts)), s AS (SELECT host, ts, sum(fresh::INT) OVER (PARTITION BY host ORDER BY ts) visit FROM e) SELECT strftime(min(ts), '%Y-%m-%dT%H:%M:%S.%g'), host, count(*) FROM s GROUP BY host, visit",
      ),
    ],
  },
  {
    key: 'late',
    title: 'One event in ten is late: count by path and minute',
    input: 'late',
    note: 'A leaves the late ones out and counts them, B keeps them, C waits for them; no peer knows lateness.',
    programs: [
      {
        name: 'tidemark, late ones left out',
        ours: true,
        compare: false,
        stages: [`${SOURCE} --delay 10s`, 'tm-window fixed 1m', 'tm-combine --by path n=count --quiet'],
      },
      {
        name: 'tidemark, late ones kept in a file',
        ours: true,
        compare: false,
        stages: [
          `${SOURCE} --delay 10s`,
          'tm-window fixed 1m',
          'tm-combine --by path n=count --quiet --late-to "$SIDE"',
        ],
      },
      {
        name: 'tidemark, waiting for them',
        ours: true,
        stages: [`${SOURCE} --delay 6m`, 'tm-window fixed 1m', 'tm-combine --by path n=count'],
        lines: byMinute('path', 'n'),
      },
      duckdb(countInDuckdb(READ_TWO)),
    ],
  },
  {
    key: 'deep',
    title: 'Objects of 5 KB: count by a nested member and minute',
    input: 'deep',
    programs: [
      {
        name: 'tidemark, three processes',
        ours: true,
        stages: [`${SOURCE} --delay 10s`, 'tm-window fixed 1m', 'tm-combine --by service.name n=count'],
        lines: byMinute('service.name', 'n'),
      },
      duckdb(
        `SELECT strftime(m, ${MINUTE}), name, n FROM (SELECT date_trunc('minute', ts) m, service.name, count(*) n FROM read_ndjson('$FILE', columns={ts:'TIMESTAMP', service:'STRUCT(name VARCHAR)'}) GROUP BY ALL)`,
      ),
      {
        name: 'jq, sort, uniq',
        stages: [
          `jq -r '.ts[0:16] + " " + .service.name' "$FILE"`,
          'sort',
          'uniq -c',
          `mawk '{ print $2, $3, $1 }'`,
        ],
      },
      {
        name: 'Miller',
        stages: [
          `mlr --ijsonl --onidx put -q '@n[substr0($ts,0,15)][$service.name] += 1; end { emit @n, "minute", "name" }' "$FILE"`,
        ],
      },
    ],
  },
  {
    key: 'gzip',
    title: '.gz in: count by path and minute',
    input: 'gz',
    programs: [
      { name: 'tidemark, three processes', ours: true, stages: countPipe, lines: byMinute('path', 'n') },
      duckdb(countInDuckdb(READ_TWO)),
      { name: 'zcat, mawk, fixed columns', stages: ['zcat "$FILE"', mawkCount] },
    ],
  },
  {
    key: 'windows',
    title: 'All windows open until the end: count by window of a second',
    input: 'windows',
    note: `${EVENTS_A_WINDOW} events a window; no watermark before the end.`,
    programs: [
      {
        name: 'tidemark, three processes',
        ours: true,
        stages: [SOURCE, 'tm-window fixed 1s', 'tm-combine n=count'],
        lines: events((event) => `${event['@w'].slice(0, 19)} ${event.n}`),
      },
      duckdb(
        "SELECT strftime(s, '%Y-%m-%dT%H:%M:%S'), n FROM (SELECT date_trunc('second', ts) s, count(*) n FROM read_ndjson('$FILE', columns={ts:'TIMESTAMP'}) GROUP BY ALL)",
      ),
      {
        name: 'mawk, fixed columns',
        stages: [`mawk -F'"' '{ n[substr($4, 1, 19)]++ } END { for (k in n) print k, n[k] }' "$FILE"`],
      },
    ],
    perKey: {
      keys: (count) => Math.ceil(count / EVENTS_A_WINDOW),
      without: [SOURCE, 'tm-window global', 'tm-combine n=count'],
    },
  },
];

/** The main job as `tm run` reads it. */
export const pipelineText = (file) => `${countPipe.join(' \\\n  | ').replace('"$FILE"', `'${file}'`)}\n`;
