import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type EpochOutcome, type EpochRun, runSourceEpochs } from './source-running.ts';

let folder = '';
let log = '';
/** What the last run has recorded. */
let restored: unknown;
beforeEach(() => {
  folder = fs.mkdtempSync(join(os.tmpdir(), 'tidemark-rotation-'));
  log = join(folder, 'access.log');
  restored = undefined;
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);
const move = (from: string, to: string): void => fs.renameSync(at(from), at(to));
const WORDS = ['--format', 'text', '--time', 'none'];

/** Runs `tm source` where the last run has stopped. */
async function run(words: readonly string[] = [log, ...WORDS], how: EpochRun = {}): Promise<EpochOutcome> {
  const outcome = await runSourceEpochs(words, { ...how, restored });
  if (outcome.failure === '') restored = outcome.positions.at(-1) ?? restored;
  return outcome;
}

const textsIn = (stream: string): string[] =>
  [...stream.matchAll(/"text":"([^"]*)"/g)].map(([, text]) => text!);

/** The lines that a run gives, which says nothing. */
async function lines(words?: readonly string[], how?: EpochRun): Promise<string> {
  const outcome = await run(words, how);
  expect(outcome).toMatchObject({ failure: '', notices: [] });
  return textsIn(outcome.stream).join(' ');
}

/** Lines that are long enough for a fingerprint to be whole. */
const long = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `${from + i}-${'x'.repeat(200)}\n`).join('');
const numbers = (text: string): string => text.replaceAll(/-x+/g, '');

describe('a file that grows between runs', () => {
  it('is gone on with at the next byte; half a line waits for the next run', async () => {
    fs.writeFileSync(log, 'one\ntwo\nthr');
    expect(await lines()).toBe('one two');
    expect(await lines()).toBe('');
    fs.appendFileSync(log, 'ee\nfour');
    expect(await lines()).toBe('three');
    expect(await lines(undefined, { drain: true })).toBe('four');
  });

  it('ends suspended behind a barrier, or drained behind the last watermark', async () => {
    fs.writeFileSync(log, 'one\n');
    const event = '{"@t":"0000-01-01T00:00:00.000Z","text":"one"}\n';
    const suspended = await run();
    expect(suspended.stream.slice(suspended.stream.indexOf('\n') + 1)).toBe(
      `${event}{"@barrier":1}\n{"@end":"suspended"}\n`,
    );
    const drained = await run(undefined, { drain: true });
    expect(drained.stream.slice(drained.stream.indexOf('\n') + 1)).toBe(
      '{"@watermark":"end"}\n{"@barrier":1}\n{"@end":"drained"}\n',
    );
  });

  it('is refused once its stream has its end, unless there is nothing new', async () => {
    fs.writeFileSync(log, 'one\ntwo');
    expect(await lines(undefined, { drain: true })).toBe('one two');
    const again = await run(undefined, { drain: true });
    expect(again).toMatchObject({ failure: '', positions: [] });
    expect(again.stream.split('\n')[1]).toBe('{"@end":"drained"}');
    fs.writeFileSync(log, 'one\ntwo\n');
    restored = undefined;
    await run(undefined, { drain: true });
    fs.appendFileSync(log, 'three\n');
    expect((await run()).failure).toBe(`${log}: line 3: the stream has its end, and there is more to read`);
  });

  it('ends for good where --limit is reached, over all runs', async () => {
    const words = [log, ...WORDS, '--limit', '3'];
    fs.writeFileSync(log, 'one\ntwo\n');
    expect(await lines(words)).toBe('one two');
    fs.appendFileSync(log, 'three\nfour\n');
    const outcome = await run(words);
    expect(textsIn(outcome.stream)).toEqual(['three']);
    expect(outcome.stream).toMatch(/"@watermark":"end"\}\n\{"@barrier":1\}\n\{"@end":"drained"\}\n$/);
  });

  it('keeps what a header said, and the number of the line', async () => {
    const csv = at('a.csv');
    const words = [csv, '--time', 'none'];
    fs.writeFileSync(csv, 'a,b\n1,"x\ny"\n');
    expect((await run(words)).stream).toContain('"a":1,"b":"x\\ny"}');
    fs.appendFileSync(csv, '2,z\n');
    expect((await run(words)).stream).toContain('"a":2,"b":"z"}');
    fs.appendFileSync(csv, '3\n');
    expect((await run(words)).failure).toBe(`${csv}: line 5: 1 field where the header has 2`);
  });

  it('is told about once in each run that finds records it cannot read', async () => {
    const words = [log, '--time', 'none', '--on-reject', 'skip'];
    fs.writeFileSync(log, '{}\nbad\n');
    expect((await run(words)).notices).toHaveLength(1);
    expect((await run(words)).notices).toEqual([]);
    fs.appendFileSync(log, 'bad\n'.repeat(4));
    expect((await run(words)).notices).toMatchObject({ 0: /line 3/, length: 4 });
    expect(restored).toMatchObject({ rejected: 5 });
  });

  it('may be passed over to the end of a line that is too long', async () => {
    const words = [log, '--time', 'none', '--on-reject', 'skip'];
    fs.writeFileSync(log, `{"a":1}\n"${'x'.repeat(40)}`);
    expect((await run(words, { maxLine: 16 })).stream).toContain('"a":1');
    fs.appendFileSync(log, 'more\n{"a":2}\n');
    const outcome = await run(words, { maxLine: 16 });
    expect(outcome.stream).toContain('"a":2');
    expect(outcome.notices).toEqual([]);
    expect(restored).toMatchObject({
      rejected: 1,
      locations: [{ file: { reader: { line: 3 } } }],
    });
  });
});

describe('a log that was rotated between runs', () => {
  it('is read to the end of the old file, the half line too, and then from the start of the new', async () => {
    fs.writeFileSync(log, 'one\ntwo\n');
    expect(await lines()).toBe('one two');
    fs.appendFileSync(log, 'three\nfour');
    move('access.log', 'access.log.1');
    fs.writeFileSync(log, 'five\nsi');
    expect(await lines()).toBe('three four five');
    fs.appendFileSync(log, 'x\n');
    expect(await lines()).toBe('six');
  });

  it('is read through all files in between, in the order in which they were written', async () => {
    fs.writeFileSync(log, 'one\n');
    expect(await lines()).toBe('one');
    fs.appendFileSync(log, 'two\n');
    move('access.log', 'access.log.3');
    fs.writeFileSync(at('access.log.2.gz'), zlib.gzipSync('three\n'));
    fs.writeFileSync(at('access.log.1'), 'four\n');
    fs.writeFileSync(log, 'five\n');
    for (const [i, name] of ['access.log.3', 'access.log.2.gz', 'access.log.1', 'access.log'].entries())
      fs.utimesSync(at(name), 1000 + i, 1000 + i);
    // None of them is a rotation after the file that was read.
    fs.writeFileSync(at('access.log.4'), 'older\n');
    fs.utimesSync(at('access.log.4'), 900, 900);
    fs.writeFileSync(at('access.log.offset'), 'something else\n');
    fs.writeFileSync(at('other.log.1'), 'something else\n');
    expect(await lines()).toBe('two three four five');
    expect(await lines()).toBe('');
  });

  it('is read in the order of numbers where files were written at the same time', async () => {
    fs.writeFileSync(log, 'one\n');
    expect(await lines()).toBe('one');
    move('access.log', 'access.log.11');
    for (const k of [10, 9, 8]) fs.writeFileSync(at(`access.log.${k}`), `${k}\n`);
    fs.writeFileSync(log, 'new\n');
    for (const name of fs.readdirSync(folder)) fs.utimesSync(at(name), 1000, 1000);
    expect(await lines()).toBe('10 9 8 new');
  });

  it('is known by its first bytes once it was compressed, and counts once while it is', async () => {
    fs.writeFileSync(log, long(0, 10));
    expect(numbers(await lines())).toBe('0 1 2 3 4 5 6 7 8 9');
    fs.appendFileSync(log, long(10, 12));
    fs.writeFileSync(at('access.log.2.gz'), zlib.gzipSync(fs.readFileSync(log)));
    fs.utimesSync(at('access.log.2.gz'), 1000, 1000);
    fs.rmSync(log);
    fs.writeFileSync(at('access.log.1'), long(12, 13));
    fs.writeFileSync(at('access.log.1.gz'), zlib.gzipSync(long(12, 13)));
    fs.writeFileSync(log, long(13, 14));
    expect(numbers(await lines())).toBe('10 11 12 13');
  });

  it.each(['access-20261121.log', 'access.log-20261121', 'access.log.2026-11-21', 'elsewhere.txt'])(
    'is found as %s',
    async (name) => {
      fs.writeFileSync(log, 'one\n');
      await lines();
      fs.appendFileSync(log, 'two\n');
      move('access.log', name);
      fs.writeFileSync(log, 'three\n');
      expect(await lines()).toBe('two three');
    },
  );

  it('is read once where it is rotated while its folder is looked at', async () => {
    fs.writeFileSync(log, 'one\n');
    await lines();
    move('access.log', 'access.log.1');
    fs.writeFileSync(log, 'two\n');
    const list = fs.readdirSync;
    const rotation = vi.spyOn(fs, 'readdirSync').mockImplementationOnce(((path: string) => {
      move('access.log.1', 'access.log.2');
      move('access.log', 'access.log.1');
      fs.writeFileSync(log, 'three\n');
      return list(path);
    }) as typeof fs.readdirSync);
    expect(await lines()).toBe('two');
    rotation.mockImplementationOnce(((path: string) => {
      const names = list(path);
      move('access.log.1', 'access.log.3');
      return names;
    }) as typeof fs.readdirSync);
    expect(await lines()).toBe('three');
    rotation.mockRestore();
  });

  it('may be a link to the file of the day, in any folder', async () => {
    fs.mkdirSync(at('days'));
    const begin = (day: number, text: string): void => {
      fs.writeFileSync(at(`days/log.2026-11-${day}`), text);
      fs.utimesSync(at(`days/log.2026-11-${day}`), 1000 + day, 1000 + day);
      fs.rmSync(log, { force: true });
      fs.symlinkSync(`days/log.2026-11-${day}`, log);
    };
    begin(8, 'zero\n');
    begin(9, 'one\n');
    expect(await lines()).toBe('one');
    fs.appendFileSync(log, 'two\n');
    fs.utimesSync(log, 1009, 1009);
    begin(10, 'three\n');
    begin(11, 'four\n');
    expect(await lines()).toBe('two three four');
  });

  it('stays with the old file while the new one is empty: its writers may have it open', async () => {
    fs.writeFileSync(log, 'one\n');
    await lines();
    move('access.log', 'access.log.1');
    fs.writeFileSync(log, '');
    fs.appendFileSync(at('access.log.1'), 'two\nthr');
    expect(await lines()).toBe('two');
    fs.appendFileSync(at('access.log.1'), 'ee\n');
    expect(await lines()).toBe('three');
    fs.appendFileSync(log, 'four\n');
    expect(await lines()).toBe('four');
  });

  it('is read on when it was moved to another disk and back with its bytes', async () => {
    fs.writeFileSync(log, long(0, 10));
    await lines();
    fs.copyFileSync(log, at('copy'));
    fs.appendFileSync(at('copy'), long(10, 11));
    move('copy', 'access.log');
    const outcome = await run();
    expect(numbers(textsIn(outcome.stream).join(' '))).toBe('10');
    expect(outcome.notices[0]).toMatch(
      /access\.log is another file than before, and begins with the same bytes/,
    );
  });

  it('fails when the old file is nowhere, and goes on without it when told to', async () => {
    fs.writeFileSync(log, 'one\n');
    await lines();
    fs.rmSync(log);
    // So that the new file has another inode.
    fs.writeFileSync(at('keeps the inode'), '');
    fs.writeFileSync(log, 'two\n');
    const missing = `the file that ${log} was is no longer in ${folder}: what was written to it behind byte 4 cannot be read`;
    expect((await run()).failure).toBe(missing);
    const outcome = await run([log, ...WORDS, '--on-lost-file', 'skip']);
    expect(outcome).toMatchObject({ failure: '', notices: [missing] });
    expect(textsIn(outcome.stream)).toEqual(['two']);
  });

  it('fails when nothing is at its path', async () => {
    fs.writeFileSync(log, 'one\n');
    await lines();
    move('access.log', 'access.log.1');
    expect((await run()).failure).toBe(`no such file: ${log}`);
  });
});

describe('a log that was truncated between runs', () => {
  it('is read from its start, and what may be lost is told', async () => {
    fs.writeFileSync(log, 'one\ntwo\n');
    await lines();
    fs.writeFileSync(log, 'new\n');
    const outcome = await run();
    expect(textsIn(outcome.stream)).toEqual(['new']);
    expect(outcome.notices).toEqual([
      `${log} was truncated: it is read from its start, and what was written behind byte 8 before is lost`,
    ]);
  });

  it('is seen by its first bytes where it has grown beyond what was read', async () => {
    fs.writeFileSync(log, 'one\n');
    await lines();
    fs.writeFileSync(log, 'two\nthree\n');
    const outcome = await run();
    expect(textsIn(outcome.stream)).toEqual(['two', 'three']);
    expect(outcome.notices).toHaveLength(1);
  });

  it.each(['', '.gz'])('behind a copy%s is read on in the copy first', async (ending) => {
    fs.writeFileSync(log, 'one\n');
    await lines();
    fs.appendFileSync(log, 'two\n');
    const copy = at(`access.log.1${ending}`);
    fs.writeFileSync(copy, ending === '' ? fs.readFileSync(log) : zlib.gzipSync(fs.readFileSync(log)));
    fs.truncateSync(log, 0);
    fs.appendFileSync(log, 'new\n');
    const outcome = await run();
    expect(textsIn(outcome.stream)).toEqual(['two', 'new']);
    expect(outcome.notices).toEqual([
      `${log} was copied and truncated: ${copy} is read on from byte 4, and what was written between the two is lost`,
    ]);
    expect(await lines()).toBe('');
  });
});

describe('a rotated file of which nothing has been read', () => {
  it('is read by the next run where a barrier came before its first byte', async () => {
    fs.writeFileSync(log, '');
    await run();
    fs.writeFileSync(at('access.log.1.gz'), zlib.gzipSync('one\ntwo\n'));
    fs.writeFileSync(log, 'three\n');
    const { dev, ino, birthtimeNs, mtimeNs } = fs.statSync(at('access.log.1.gz'), { bigint: true });
    const [location] = (restored as { locations: { file: object }[] }).locations;
    Object.assign(location!.file, {
      device: `${dev}`,
      inode: `${ino}`,
      born: `${birthtimeNs}`,
      modified: `${mtimeNs}`,
    });
    expect(await lines()).toBe('one two three');
  });
});

describe('any history of a log', () => {
  it('gives each line once, in order, however runs, writes and rotations follow each other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            {
              arbitrary: fc.integer({ min: 1, max: 400 }).map((lines) => ({ kind: 'write' as const, lines })),
              weight: 4,
            },
            { arbitrary: fc.constant({ kind: 'half' as const }), weight: 2 },
            {
              arbitrary: fc.constantFrom({ kind: 'rotate' as const }, { kind: 'compress' as const }),
              weight: 2,
            },
            {
              arbitrary: fc.integer({ min: 0, max: 2 }).map((stop) => ({ kind: 'run' as const, stop })),
              weight: 4,
            },
          ),
          { maxLength: 24 },
        ),
        async (history) => {
          for (const name of fs.readdirSync(folder)) fs.rmSync(at(name));
          restored = undefined;
          let written = 0;
          let half = '';
          let clock = 1000;
          const seen: string[] = [];
          const append = (text: string): void => {
            fs.appendFileSync(log, text);
            // One tick a change: as a log that takes longer than this test to be written.
            fs.utimesSync(log, ++clock, clock);
          };
          const rest = (): void => {
            if (half !== '') append(half.slice(half.length / 2));
            half = '';
          };
          append('');
          await run();
          for (const step of history) {
            if (step.kind === 'write') {
              rest();
              append(Array.from({ length: step.lines }, () => `line ${written++}\n`).join(''));
            } else if (step.kind === 'half') {
              rest();
              half = `line ${written++}\n`;
              append(half.slice(0, half.length / 2));
            } else if (step.kind === 'run') {
              const outcome = await run(undefined, {
                due: () => step.stop > 0,
                ...(step.stop > 0 ? { stopAfter: step.stop } : {}),
              });
              expect(outcome).toMatchObject({ failure: '', notices: [] });
              seen.push(...textsIn(outcome.stream));
            } else {
              rest();
              if (fs.statSync(log).size === 0) continue;
              rotate(step.kind === 'compress');
              append('');
            }
          }
          rest();
          const last = await run(undefined, { drain: true });
          seen.push(...textsIn(last.stream));
          expect(seen).toEqual(Array.from({ length: written }, (_, i) => `line ${i}`));
        },
      ),
      { numRuns: 150 },
    );
  });

  /** As logrotate does: each file gets the next number, and is perhaps compressed, with its time. */
  function rotate(compress: boolean): void {
    for (let k = 30; k > 0; k--) {
      for (const ending of ['', '.gz']) {
        if (fs.existsSync(`${log}.${k}${ending}`))
          fs.renameSync(`${log}.${k}${ending}`, `${log}.${k + 1}${ending}`);
      }
    }
    fs.renameSync(log, `${log}.1`);
    if (!compress) return;
    const { mtime } = fs.statSync(`${log}.1`);
    fs.writeFileSync(`${log}.1.gz`, zlib.gzipSync(fs.readFileSync(`${log}.1`)));
    fs.utimesSync(`${log}.1.gz`, mtime, mtime);
    fs.rmSync(`${log}.1`);
  }
});

describe('several files', () => {
  it('hold the watermark back, each with its own times, also when they were read', async () => {
    const [a, b] = [at('a.log'), at('b.log')];
    const words = [a, b, '--format', 'text', '--time', 'text', '--delay', '0s', '--watermark-every', '1ms'];
    const time = (second: number): string => `2026-01-01T00:00:0${second}Z\n`;
    const marks = ({ stream }: EpochOutcome): string[] =>
      [...stream.matchAll(/"@watermark":"[^"]*:0(\d)/g)].map(([, second]) => second!);
    fs.writeFileSync(a, time(3) + time(5));
    fs.writeFileSync(b, time(1) + time(4));
    expect(marks(await run(words))).toEqual(['1', '4']);
    fs.appendFileSync(a, time(6));
    expect(marks(await run(words))).toEqual([]);
    fs.appendFileSync(b, time(9));
    expect(marks(await run(words))).toEqual(['6']);
    fs.appendFileSync(a, time(8));
    expect(marks(await run(words))).toEqual(['8']);
  });

  it('must be those of the run before', async () => {
    fs.writeFileSync(log, 'one\n');
    fs.writeFileSync(at('b.log'), 'two\n');
    await lines();
    expect((await run([log, at('b.log'), ...WORDS])).failure).toBe(
      `the state is that of other locations: ${log}, not ${log} ${at('b.log')}`,
    );
    expect((await run([log, '--time', 'none'])).failure).toBe(`${log} was read as text, not as ndjson`);
  });
});

describe('with --state', () => {
  it.each([
    [[], 'standard input cannot be read again after a stop, so --state cannot keep it'],
    [['-'], 'standard input cannot be read again after a stop, so --state cannot keep it'],
    [['/dev/null'], '/dev/null cannot be read again after a stop, so --state cannot keep it'],
    [['/dev/stdin'], '/dev/stdin cannot be read again after a stop, so --state cannot keep it'],
    [
      ['x', '--format', 'stream'],
      'a stored stream has its own epochs: --state cannot keep where it was read up to',
    ],
  ])('%j is refused', async (words, failure) => {
    expect((await runSourceEpochs([...words, '--time', 'none'])).failure).toBe(failure);
  });
});
