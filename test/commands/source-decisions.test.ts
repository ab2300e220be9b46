import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventsOf, MemoryJournal, runSourceEpochs } from './source-running.ts';

let folder = '';
let modules = '';
beforeEach(() => {
  modules = fs.mkdtempSync(join(os.tmpdir(), 'tidemark-decisions-'));
  folder = fs.mkdtempSync(join(os.tmpdir(), 'tidemark-decisions-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  for (const made of [folder, modules]) fs.rmSync(made, { recursive: true });
});

const at = (name: string): string => join(folder, name);
const START = Date.parse('2026-03-14T00:00:00Z');
const line = (second: number): string => `{"t":${START / 1000 + second}}\n`;

/** Lets the system give so many bytes at once at most. */
function readInPieces(bytes: number): void {
  const read = fs.readSync as (...of: [number, Buffer, number, number, number | null]) => number;
  vi.spyOn(fs, 'readSync').mockImplementation(((
    ...[fd, target, offset, length, position]: Parameters<typeof read>
  ) => read(fd, target, offset, Math.min(length, bytes), position)) as typeof fs.readSync);
}

class Killed extends Error {}

/** Where the next run goes on, and what may have been seen behind that. */
interface Kept {
  readonly position: unknown;
  readonly passed: number;
  readonly noted: readonly unknown[];
  readonly seen: string;
}

/** A run, and what happens before it. */
interface Attempt {
  /** Seconds of lines that are written to each location first. */
  readonly writes: readonly (readonly number[])[];
  /** It is killed when so much has gone out; undefined: it comes to its end. */
  readonly killAfter: number | undefined;
  /** At which chances it writes a barrier. */
  readonly barriers: readonly boolean[];
  /** Which of them are committed. */
  readonly commits: readonly boolean[];
  /** The clock, s. */
  readonly clock: number;
}

/** Runs, and compares what goes out with what went out behind the same barrier before. */
async function attempt(words: readonly string[], run: Attempt, kept: Kept): Promise<Kept> {
  const journal = new MemoryJournal(kept.noted, kept.passed);
  let output = '';
  let outputs = 0;
  let chances = 0;
  let barriers = 0;
  let now = START + run.clock * 1000;
  let committed = { position: kept.position, passed: kept.passed, length: 0 };
  const outcome = await runSourceEpochs(words, {
    ...(kept.position === undefined ? {} : { restored: kept.position }),
    journal,
    now: () => now++,
    due: () => run.barriers[chances++] === true,
    onOutput(stream) {
      output = stream;
      if (outputs++ === run.killAfter) throw new Killed('killed');
    },
    onBarrier(position) {
      if (run.commits[barriers++] !== false)
        committed = { position, passed: journal.passed, length: output.length };
    },
  });
  expect(outcome.failure).toBe(run.killAfter === undefined || outputs <= run.killAfter ? '' : 'killed');
  const events = eventsOf(output);
  const marks = [...events.matchAll(/@(?:watermark|tick)":"([^"]*)/g)].map(
    ([text, time]) => `${text[1]}${time}`,
  );
  for (const kind of ['w', 't']) {
    const times = marks.filter((mark) => mark.startsWith(kind));
    expect(times).toEqual([...new Set(times)].sort());
  }
  const shared = Math.min(events.length, kept.seen.length);
  expect(events.slice(0, shared)).toBe(kept.seen.slice(0, shared));
  const all = events.length > kept.seen.length ? events : kept.seen;
  return {
    position: committed.position,
    passed: committed.passed,
    noted: journal.all,
    seen: all.slice(eventsOf(output.slice(0, committed.length)).length),
  };
}

const attempts = (locations: number): fc.Arbitrary<Attempt[]> =>
  fc.array(
    fc.record({
      writes: fc.array(fc.array(fc.integer({ min: 0, max: 99 }), { maxLength: 6 }), {
        minLength: locations,
        maxLength: locations,
      }),
      killAfter: fc.option(fc.integer({ min: 0, max: 15 }), { nil: undefined }),
      barriers: fc.array(fc.boolean(), { maxLength: 9 }),
      commits: fc.array(fc.boolean(), { maxLength: 9 }),
      clock: fc.integer({ min: 0, max: 99 }),
    }),
    { minLength: 2, maxLength: 6 },
  );

const TIMES: readonly (readonly string[])[] = [
  ['--time', 't', '--time-format', 'epoch-s'],
  ['--time', 'arrival'],
];
/** Of a clock that goes on by 1 ms whenever it is looked at. */
const CLOCKS: readonly (readonly string[])[] = [
  [],
  ['--tick-every', '1ms'],
  ['--tick-every', '7ms'],
  ['--tick-every', '30s'],
  ['--idle', '9ms'],
  ['--idle', '20s', '--tick-every', '5ms'],
];
/** How watermarks are made; `estimator` is in the folder. */
const WATERMARKS: readonly (readonly string[])[] = [
  ['--delay', '5s'],
  ['--delay', '5s', '--max-ahead', '20s'],
  ['--delay', '5s', '--watermark-every', '3s'],
  ['--watermark', 'wall', '--delay', '5s', '--watermark-every', '4ms'],
  ['--watermark', 'estimator'],
];
/** The highest time so far, less 5 s: it has to remember that. */
const ESTIMATOR = `export default class {
  #highest = ${START};
  observe(time) { this.#highest = Math.max(this.#highest, time); }
  watermark() { return this.#highest - 5000; }
  save() { return { highest: this.#highest }; }
  restore({ highest }) { this.#highest = highest; }
}`;
const ENDS: readonly (readonly string[])[] = [[], ['--complete-to', 'now']];

/** Runs over files that grow between them, of which some are killed. */
async function law(
  locations: readonly string[],
  write: (location: number, text: string, run: number) => void,
): Promise<void> {
  const estimator = join(modules, 'estimator.mjs');
  fs.writeFileSync(estimator, ESTIMATOR);
  await fc.assert(
    fc.asyncProperty(
      attempts(locations.length),
      fc.integer({ min: 1, max: 60 }),
      fc.constantFrom(...TIMES),
      fc.constantFrom(...ENDS),
      fc.constantFrom(...CLOCKS),
      fc.constantFrom(...WATERMARKS),
      async (runs, piece, time, end, clock, watermark) => {
        // A watermark of the clock is never waited for.
        if (clock.includes('--idle') && watermark.includes('wall')) return;
        vi.restoreAllMocks();
        for (const name of fs.readdirSync(folder)) fs.rmSync(at(name), { recursive: true });
        for (const location of locations.keys()) write(location, '', -1);
        const made = watermark.map((word) => (word === 'estimator' ? estimator : word));
        const words = [...locations.map(at), ...time, ...end, ...clock, ...made, '--state', 'unused'];
        let kept: Kept = { position: undefined, passed: 0, noted: [], seen: '' };
        readInPieces(piece);
        for (const [number, run] of runs.entries()) {
          for (const [location, seconds] of run.writes.entries())
            write(location, seconds.map(line).join(''), number);
          kept = await attempt(words, run, kept);
        }
      },
    ),
    { numRuns: 200 },
  );
}

describe('a source that was killed', () => {
  it('writes the same again, however its files have grown meanwhile and whatever the clock says', () =>
    law(['a.ndjson', 'b.ndjson', 'c.ndjson'], (location, text) =>
      fs.appendFileSync(at(`${'abc'[location]}.ndjson`), text),
    ));

  it('writes the same again of one file', () =>
    law(['a.ndjson'], (_location, text) => fs.appendFileSync(at('a.ndjson'), text)));

  it('takes the files of a directory in the same order again, whatever names have come meanwhile', () =>
    law(['spool', 'b.ndjson'], (location, text, run) => {
      fs.mkdirSync(at('spool'), { recursive: true });
      // Names go down as runs go on.
      if (location === 1) fs.appendFileSync(at('b.ndjson'), text);
      else if (text !== '') {
        for (const [half, part] of [text.slice(0, line(10).length), text.slice(line(10).length)].entries())
          fs.writeFileSync(at(`spool/${9 - run}${half}.ndjson`), part);
      }
    }));

  it('gives up what it has come to before where the input is not what it was, and notes anew from there', async () => {
    const words = [at('a.ndjson'), '--time', 'arrival', '--delay', '0s', '--state', 'unused'];
    fs.writeFileSync(at('a.ndjson'), [1, 2, 3, 4].map(line).join(''));
    readInPieces(line(1).length);
    const run = { writes: [], barriers: [], commits: [false], clock: 10, killAfter: 4 };
    const first = await attempt(words, run, { position: undefined, passed: 0, noted: [], seen: '' });
    expect(first.noted).toHaveLength(3 + 1);
    fs.writeFileSync(at('a.ndjson'), [1, 2].map(line).join(''));
    const completed = [...words, '--complete-to', 'now'];
    const second = await attempt(
      completed,
      { ...run, clock: 20, killAfter: undefined },
      { ...first, seen: '' },
    );
    expect(second.noted.slice(0, 2)).toEqual(first.noted.slice(0, 2));
    expect(second.noted.slice(2)).toMatchObject([
      { kind: 'left' },
      { kind: 'complete', time: START + 20_000 },
    ]);
    fs.appendFileSync(at('a.ndjson'), line(5));
    const third = await attempt(
      completed,
      { ...run, clock: 30, killAfter: undefined },
      { ...second, seen: '' },
    );
    expect(third.seen.split('\n')).toEqual([
      expect.stringContaining(new Date(START + 10_000).toISOString()),
      expect.stringContaining('@watermark'),
      expect.stringContaining(new Date(START + 10_001).toISOString()),
      `{"@watermark":"${new Date(START + 20_000).toISOString()}"}`,
      expect.stringContaining(new Date(START + 30_000).toISOString()),
      `{"@watermark":"${new Date(START + 30_000).toISOString()}"}`,
      expect.stringContaining(new Date(START + 30_001).toISOString()),
      '',
    ]);
  });
});
