import { parentPort, workerData } from 'node:worker_threads';
import { fuzzCommandLines } from './command-lines.ts';
import { fuzzLines } from './lines.ts';

// The long form, in a thread of its own: scripts/fuzz.mjs watches it from outside.

interface Orders {
  readonly seed: number;
  readonly lines: number;
  readonly commands: number;
  /** Where the case that is tried stands, for who watches: 0 lines, 1 command lines; and its index. */
  readonly progress: Int32Array;
}

const { seed, lines, commands, progress } = workerData as Orders;

const watched =
  (part: number) =>
  (index: number): void => {
    Atomics.store(progress, 0, part);
    Atomics.store(progress, 1, index);
  };

const read = fuzzLines({ seed, lines, onCase: watched(0) });
parentPort!.postMessage({
  told: `${read.lines} lines in ${read.cases} texts, each in blocks and at once`,
  findings: read.findings,
});
const parsed = await fuzzCommandLines({ seed, lines: commands, onCase: watched(1) });
parentPort!.postMessage({
  told: `${commands} command lines, ${parsed.built} of them right`,
  findings: parsed.findings,
});
