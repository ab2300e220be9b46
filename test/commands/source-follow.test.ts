import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EpochOutcome, runSourceEpochs } from './source-running.ts';

let folder = '';
let log = '';
/** What the last run has recorded. */
let restored: unknown;
beforeEach(() => {
  folder = fs.mkdtempSync(join(os.tmpdir(), 'tidemark-follow-'));
  log = join(folder, 'app.log');
  restored = undefined;
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

/** Follows the log with a barrier every 20 ms; behind the barrier of each step the next is done, behind the last it is stopped. */
async function follow(...steps: (() => void)[]): Promise<EpochOutcome> {
  let barriers = 0;
  const outcome = await runSourceEpochs([log, '--format', 'text', '--time', 'none'], {
    restored,
    every: 20,
    // --time none has no watermark, which --follow wants otherwise.
    options: { follow: true },
    onBarrier: () => steps[barriers++]?.(),
    // A rotation is seen when the system tells of it, which takes less than these.
    stopAfter: steps.length + 8,
  });
  expect(outcome).toMatchObject({ failure: '' });
  restored = outcome.positions.at(-1);
  return outcome;
}

const textsIn = ({ stream }: EpochOutcome): string =>
  [...stream.matchAll(/"text":"([^"]*)"|"@(barrier)"/g)]
    .map(([, text]) => text)
    .filter(Boolean)
    .join(' ');

describe('a followed file with --state', () => {
  it('has a barrier every so often, on a quiet stream too, and is suspended by a signal', async () => {
    fs.writeFileSync(log, 'one\n');
    const outcome = await follow(() => fs.appendFileSync(log, 'two\nthr'));
    expect(textsIn(outcome)).toBe('one two');
    expect(outcome.positions).toHaveLength(10);
    expect(outcome.stream).toMatch(/"@barrier":9\}\n\{"@barrier":10\}\n\{"@end":"suspended"\}\n$/);
    fs.appendFileSync(log, 'ee\n');
    expect(textsIn(await follow())).toBe('three');
  });

  it('goes on through rotations, seen or not', async () => {
    fs.writeFileSync(log, 'one\n');
    expect(textsIn(await follow())).toBe('one');
    fs.appendFileSync(log, 'two\n');
    fs.renameSync(log, `${log}.2`);
    fs.writeFileSync(`${log}.1`, 'three\n');
    fs.writeFileSync(log, 'four\n');
    const outcome = await follow(() => {
      fs.renameSync(log, `${log}.0`);
      fs.writeFileSync(log, 'five\n');
    });
    expect(textsIn(outcome)).toBe('two three four five');
    fs.appendFileSync(log, 'six\n');
    expect(textsIn(await follow())).toBe('six');
    expect(outcome.notices).toEqual([expect.stringContaining('has no end, and without a watermark')]);
  });

  it('waits for the file to come back, where a rotation has not made a new one yet', async () => {
    fs.writeFileSync(log, 'one\n');
    expect(textsIn(await follow())).toBe('one');
    fs.appendFileSync(log, 'two\n');
    fs.renameSync(log, `${log}.1`);
    expect(textsIn(await follow(() => fs.writeFileSync(log, 'three\n')))).toBe('two three');
  });

  it('may not be there yet', async () => {
    expect(textsIn(await follow(() => fs.writeFileSync(log, 'one\n')))).toBe('one');
    fs.appendFileSync(log, 'two\n');
    expect(textsIn(await follow())).toBe('two');
  });
});

describe('generated traffic with a rate', () => {
  it('has a barrier while the next event is not due', async () => {
    const outcome = await runSourceEpochs(['generate:count=inf,rate=1', '--delay', '0s'], {
      every: 20,
      stopAfter: 5,
    });
    expect(outcome).toMatchObject({ failure: '' });
    expect(outcome.positions).toHaveLength(6);
    expect(outcome.positions.at(-1)).toMatchObject({ events: 1 });
  });
});
