import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventsOf, runSourceEpochs, runSourceWords, type SourceOutcome } from '../commands/source-running.ts';

let folder = '';
beforeEach(() => {
  folder = fs.mkdtempSync(join(os.tmpdir(), 'tidemark-estimator-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const START = Date.parse('2026-03-14T00:00:00Z');
const at = (ms: number): string => new Date(START + ms).toISOString();
const event = (ms: number): string => `{"@t":"${at(ms)}","t":"${at(ms)}"}`;
const watermark = (ms: number): string => `{"@watermark":"${at(ms)}"}`;
const END = ['{"@watermark":"end"}', '{"@end":"drained"}'];

function file(name: string, times: readonly number[]): string {
  const path = join(folder, name);
  fs.writeFileSync(path, times.map((ms) => `{"t":"${at(ms)}"}\n`).join(''));
  return path;
}

let made = 0;

/** Words that read files by an estimator. */
function words(code: string, ...files: readonly string[]): string[] {
  // A file is loaded once.
  const path = join(folder, `${made++}-estimator.mjs`);
  fs.writeFileSync(path, code);
  return [...files, '--time', 't', '--watermark', path];
}

const linesOf = ({ stream, failure }: SourceOutcome): string[] => {
  expect(failure).toBe('');
  return eventsOf(stream).trimEnd().split('\n');
};

/** The second highest time: made by a function, not by a class. */
const SECOND = `export default () => {
  let times = [];
  return {
    observe(time) { times = [...times, time].sort((a, b) => b - a).slice(0, 2); },
    watermark: () => (times[1] === undefined ? undefined : new Date(times[1])),
    save: () => times,
    restore(saved) { times = saved; },
  };
};`;

describe('an estimator of a module', () => {
  it('says behind each event how far the stream is complete, and never goes back', async () => {
    const given = words(SECOND, file('a.ndjson', [5000, 1000, 9000, 8000]));
    expect(linesOf(await runSourceWords(given))).toEqual([
      event(5000),
      event(1000),
      watermark(1000),
      event(9000),
      watermark(5000),
      event(8000),
      watermark(8000),
      ...END,
    ]);
    const lower = `let n = 0; export default () => ({ observe() { n++; }, watermark: () => ${START} + (n === 1 ? 9000 : 2000) });`;
    expect(linesOf(await runSourceWords(words(lower, file('b.ndjson', [0, 0]))))).toEqual([
      event(0),
      watermark(9000),
      event(0),
      ...END,
    ]);
  });

  it('is one for each location, and the least of them counts', async () => {
    const given = words(SECOND, file('a.ndjson', [5000, 6000]), file('b.ndjson', [1000, 2000, 9000]));
    expect(linesOf(await runSourceWords(given)).filter((line) => line.includes('@w'))).toEqual([
      watermark(1000),
      watermark(2000),
      END[0],
    ]);
    const kept = await runSourceEpochs([...given, '--state', 'unused']);
    expect(linesOf(kept).filter((line) => line.includes('@w'))).toEqual([watermark(1000), watermark(2000)]);
  });

  it('goes on with --state where it was', async () => {
    const path = file('a.ndjson', [5000, 6000]);
    const given = [...words(SECOND, path), '--state', 'unused'];
    const first = await runSourceEpochs(given);
    file('a.ndjson', [5000, 6000, 8000]);
    const second = await runSourceEpochs(given, { restored: first.positions.at(-1) });
    expect(linesOf(second)).toEqual([event(8000), watermark(6000)]);
  });

  it('counts no event that is too far ahead', async () => {
    const given = words(SECOND, file('a.ndjson', [0, 50_000_000, 2000]));
    const options = ['--max-ahead', '1h', '--state', 'unused'];
    const outcome = await runSourceEpochs([...given, ...options], { now: () => START });
    expect(linesOf(outcome)).toEqual([event(0), event(50_000_000), event(2000), watermark(0)]);
    expect(outcome.notices).toEqual([
      '1 event was more than 1h ahead of the clock, and did not move the watermark',
    ]);
  });

  it.each([
    ['export default 7;', 'is neither a class nor a function that makes an estimator'],
    [
      'export default () => { throw new Error("no luck"); };',
      'estimator.mjs:1: no luck (in its default export)',
    ],
    [
      'export default class {\n observe() { null.x; }\n watermark() {} }',
      "estimator.mjs:2: Cannot read properties of null (reading 'x') (in observe)",
    ],
    [
      'export default class { observe() {} watermark() { return "soon"; } }',
      'it gives "soon", and a watermark is epoch milliseconds or a Date (in watermark)',
    ],
    ['export const x = 1;', 'has no default export'],
  ])('that is wrong is told with the module: %s', async (code, message) => {
    const outcome = await runSourceWords(words(code, file('a.ndjson', [0])));
    expect(outcome.failure).toContain('estimator.mjs');
    expect(outcome.failure).toContain(message);
  });

  it.each([
    ['export default () => ({ observe() {} });', 'the estimator of FILE has no function watermark'],
    ['export default class { watermark() {} }', 'the estimator of FILE has no function observe'],
    ['export default class {}', 'the estimator of FILE has no function observe and no watermark'],
    [
      'export default () => ({ observe: 5, watermark() {} });',
      'observe in the estimator of FILE is a number, and no function',
    ],
    ['export default () => {};', 'FILE makes nothing, and no estimator'],
    ['export default () => 5;', 'FILE makes a number, and no estimator'],
    [
      'export default async () => ({ observe() {}, watermark() {} });',
      'FILE makes a promise, and an estimator is wanted at once',
    ],
  ])('that lacks something is refused before the header is written: %s', async (code, message) => {
    const { stream, failure } = await runSourceWords(words(code, file('a.ndjson', [0])));
    expect(stream).toBe('');
    expect(failure.replaceAll(/\S*estimator\.mjs/g, 'FILE')).toContain(message);
  });

  it('is made once for each location', async () => {
    const code =
      'let made = 0;\nexport default () => { if (++made > 2) throw new Error("a third"); return { observe() {}, watermark() {} }; };';
    const given = words(code, file('a.ndjson', [0]));
    const { failure } = await runSourceWords([...given, file('b.ndjson', [0])]);
    expect(failure).toBe('');
  });

  it('that saves nothing is refused with --state', async () => {
    const code = 'export default class { observe() {} watermark() {} }';
    const given = [...words(code, file('a.ndjson', [0])), '--state', 'unused'];
    expect((await runSourceEpochs(given)).failure).toContain(
      'has no function save and no restore, which --state wants',
    );
  });
});

describe('locations that have had nothing for long', () => {
  const given = (): string[] => [
    join(folder, 'a.ndjson'),
    join(folder, 'b.ndjson'),
    ...['--time', 't', '--delay', '0s', '--state', 'unused'],
  ];

  it('hold the watermark back, but with --idle not at the end of a run', async () => {
    file('b.ndjson', [1000]);
    let restored: unknown;
    const marks: string[][] = [];
    for (const [hours, times] of [[1000], [1000, 5000], [1000, 5000, 9000]].entries()) {
      file('a.ndjson', times);
      const outcome = await runSourceEpochs([...given(), '--idle', '90m'], {
        restored,
        now: () => START + hours * 3_600_000,
      });
      marks.push(linesOf(outcome).filter((line) => line.includes('@w')));
      restored = outcome.positions.at(-1);
    }
    expect(marks).toEqual([[watermark(1000)], [], [watermark(9000)]]);
    file('b.ndjson', [1000, 2000]);
    const late = await runSourceEpochs([...given(), '--idle', '90m'], {
      restored,
      now: () => START + 4 * 3_600_000,
    });
    expect(linesOf(late)).toEqual([event(2000)]);
  });
});
