// How long an event is on its way through a pipe. A writer sends lines at a fixed rate, whatever the pipe does, and
// a reader at the other end takes the time from when each line was due, not from when it could be written: where
// the pipe stalls, every line that waits counts (no coordinated omission, as Gil Tene calls the mistake).
import fs from 'node:fs';
import path from 'node:path';
import { folder } from './inputs.mjs';
import { measure } from './measure.mjs';

const RATES = [1000, 50_000];
/** Until all processes have started, ms. */
const AHEAD = 1500;
/** What the first seconds show is the compiler of each process; they are not counted. */
const WARM = 3;

const SOURCE = 'tm-source --time ts --time-format epoch-ms --delay';
const pipes = [
  {
    what: 'an event: source, window, dedup, sink',
    kind: 'event',
    stages: [`${SOURCE} 1s`, 'tm-window fixed 1s', 'tm-dedup --by id', 'tm-sink --meta drop'],
  },
  {
    what: 'a result, from the event that ends its window: source, window, combine, sink',
    kind: 'window',
    stages: [`${SOURCE} 0s --watermark-every 1ms`, 'tm-window fixed 20ms', 'tm-combine n=count', 'tm-sink'],
  },
];

/** @returns percentiles in milliseconds; `processor`: seconds of the four commands in a second */
export async function latencies(seconds) {
  const found = [];
  for (const { what, kind, stages } of pipes) {
    for (const rate of RATES) found.push({ what, rate, ...(await latency(kind, stages, rate, seconds)) });
  }
  return found;
}

async function latency(kind, stages, rate, seconds) {
  const start = process.hrtime.bigint() + BigInt(AHEAD) * 1_000_000n;
  const words = [kind, start, rate, WARM, WARM + seconds].join(' ');
  const lag = path.join(folder, 'writer-lag');
  const run = await measure(
    [
      `node "$BENCH/latency-writer.mjs" ${words} '${lag}'`,
      ...stages,
      `node "$BENCH/latency-reader.mjs" ${words}`,
    ],
    {},
  );
  const used = run.stages.slice(1, -1).reduce((sum, { processor }) => sum + processor, 0);
  return {
    ...JSON.parse(fs.readFileSync(run.result, 'utf8')),
    writer: JSON.parse(fs.readFileSync(lag, 'utf8')).p99,
    processor: used / (WARM + seconds),
  };
}
