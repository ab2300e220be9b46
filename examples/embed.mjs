// The busiest path of each 5 minutes of a web server log, computed in this process:
//   node embed.mjs access.log
import { combine, pipeline, source, window } from 'tidemark';

const log = process.argv[2] ?? 'access.log';

const busiest = pipeline(
  [
    source(log, { format: 'combined', delay: '1m' }),
    window('fixed', '5m'),
    combine(['n=count', 'p95 = quantile(bytes, 0.95)'], { by: 'path', order: '-n', limit: 1 }),
  ],
  { onNotice: (message) => console.error(message) },
);

for await (const { window_start, path, n, p95 } of busiest) {
  console.log(`${window_start.slice(11, 16)} ${path} ${n} times, 95 % of the answers up to ${p95} bytes`);
}

// Records may come from the program itself: objects, one by one.
async function* levels() {
  yield { at: '2026-03-14T10:00:00Z', gauge: 'cuxhaven', level: 588 };
  yield { at: '2026-03-14T10:04:00Z', gauge: 'cuxhaven', level: 594 };
}

const highest = pipeline([source(levels(), { time: 'at' }), combine(['max(level)'], { by: 'gauge' })]);
for await (const result of highest) console.log(JSON.stringify(result));
