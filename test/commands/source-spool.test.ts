import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type EpochOutcome,
  type EpochRun,
  eventsOf,
  runSourceEpochs,
  runSourceWords,
} from './source-running.ts';

let folder = '';
let spool = '';
/** What the last run has recorded. */
let restored: unknown;
beforeEach(() => {
  folder = fs.mkdtempSync(join(os.tmpdir(), 'tidemark-spool-'));
  spool = join(folder, 'in');
  fs.mkdirSync(spool);
  restored = undefined;
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const put = (name: string, text: string): void =>
  fs.writeFileSync(join(spool, name), name.endsWith('.gz') ? zlib.gzipSync(text) : text);
const names = (of = spool): string[] => fs.readdirSync(of).sort();

async function run(
  more: readonly string[] = [],
  how: EpochRun = {},
  location = spool,
): Promise<EpochOutcome> {
  const words = [location, '--format', 'text', '--time', 'none', ...more];
  const outcome = await runSourceEpochs(words, { ...how, restored });
  if (outcome.failure === '') restored = outcome.positions.at(-1) ?? restored;
  return outcome;
}

async function lines(more?: readonly string[], how?: EpochRun, location?: string): Promise<string> {
  const { stream, ...outcome } = await run(more, how, location);
  expect(outcome).toMatchObject({ failure: '', notices: [] });
  return [...stream.matchAll(/"text":"([^"]*)"/g)].map(([, text]) => text).join(' ');
}

describe('a directory with --state', () => {
  it('may be empty, and its files are taken once, whole, in the order of their names', async () => {
    expect(await lines()).toBe('');
    put('b', 'three');
    put('a.gz', 'one\ntwo\n');
    put('.c', 'hidden\n');
    expect(await lines()).toBe('one two three');
    expect(await lines()).toBe('');
    put('c', 'five\n');
    put('aa', 'four\n');
    expect(await lines()).toBe('four five');
  });

  it('knows a file by what it is, not by its name', async () => {
    put('a', 'one\n');
    expect(await lines()).toBe('one');
    fs.renameSync(join(spool, 'a'), join(spool, 'b'));
    put('a', 'two\n');
    expect(await lines()).toBe('two');
  });

  it('takes another file that has the name, or the inode, of one that was taken', async () => {
    for (let k = 0; k < 5; k++) {
      put('a', `${k}\n`);
      expect(await lines()).toBe(`${k}`);
      fs.rmSync(join(spool, 'a'));
    }
  });

  it('tells of a file that grew when it had been taken', async () => {
    put('a', 'one\n');
    await lines();
    put('a', 'one\ntwo\n');
    expect((await run()).notices).toEqual([
      `${spool}/a has 8 bytes, and had 4 when it was taken: a file of ${spool} is read once`,
    ]);
  });

  it('goes on in the middle of a file, which may have another name by then', async () => {
    const text = (from: number): string => Array.from({ length: 6000 }, (_, k) => `${from + k}\n`).join('');
    put('a', text(0));
    put('b', text(6000));
    const first = await lines([], { due: () => true, stopAfter: 4 });
    expect(restored).toMatchObject({ locations: [{ taken: [{}] }] });
    fs.renameSync(join(spool, 'b'), join(spool, 'c'));
    put('b', 'new\n');
    const all = `${first} ${await lines()}`.split(' ');
    expect(all).toEqual([...Array.from({ length: 12_000 }, (_, k) => `${k}`), 'new']);
  });

  it('fails when a file is gone that was not read to its end', async () => {
    put('a', 'x\n'.repeat(6000));
    await lines([], { due: () => true, stopAfter: 1 });
    fs.rmSync(join(spool, 'a'));
    const { failure } = await run();
    expect(failure).toMatch(/^the file of .*in that was read up to byte \d+ is gone: what was behind/);
    expect(await run(['--on-lost-file', 'skip'])).toMatchObject({ failure: '', notices: [failure] });
  });

  it('is one location to the watermark: its files together move it', async () => {
    put('a', '2026-01-01T00:00:05Z\n');
    put('b', '2026-01-01T00:00:02Z\n2026-01-01T00:00:09Z\n');
    const words = [spool, '--format', 'text', '--time', 'text', '--delay', '0s'];
    const { stream } = await runSourceEpochs(words);
    expect([...stream.matchAll(/"@watermark":"[^"]*:(\d\d)/g)].map(([, second]) => second)).toEqual([
      '05',
      '09',
    ]);
  });

  it('keeps what it knows while another location is read', async () => {
    put('a', 'one\n');
    const log = join(folder, 'log');
    fs.writeFileSync(log, '1\n'.repeat(6000));
    const words = [log, spool, '--format', 'text', '--time', 'none'];
    const first = await runSourceEpochs(words);
    const second = await runSourceEpochs(words, {
      restored: first.positions.at(-1),
      due: () => true,
      stopAfter: 1,
    });
    expect(second.positions.at(-1)).toMatchObject({ locations: [{}, { taken: [{}] }] });
  });

  it('gives what one run over its files gives, however they come and wherever it is stopped', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: 0, max: 6000 }), { maxLength: 3 }), { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }),
        async (batches, stops) => {
          fs.rmSync(spool, { recursive: true });
          fs.mkdirSync(spool);
          restored = undefined;
          let seen = '';
          let count = 0;
          for (const [i, sizes] of batches.entries()) {
            for (const size of sizes) {
              const number = `${count++}`.padStart(3, '0');
              put(
                `${number}${count % 3 === 0 ? '.gz' : ''}`,
                Array.from({ length: size }, (_, k) => `${number}-${k}\n`).join(''),
              );
            }
            const stop = stops[i];
            const outcome = await run([], {
              due: () => stop !== undefined,
              ...(stop === undefined ? {} : { stopAfter: stop }),
            });
            expect(outcome).toMatchObject({ failure: '', notices: [] });
            seen += outcome.stream;
          }
          seen += (await run([], { drain: true })).stream;
          const whole =
            count === 0 ? undefined : await runSourceWords([spool, '--format', 'text', '--time', 'none']);
          if (whole !== undefined) expect(eventsOf(seen)).toBe(eventsOf(whole.stream));
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('a pattern with --state', () => {
  it('may match nothing yet', async () => {
    const pattern = join(spool, '*.log');
    expect(await lines([], {}, pattern)).toBe('');
    put('a.log', 'one\n');
    put('b.txt', 'other\n');
    expect(await lines([], {}, pattern)).toBe('one');
  });
});

describe('--on-commit', () => {
  it('deletes files whose records are committed, and no others', async () => {
    put('a', 'one\n');
    put('b', 'x\n'.repeat(6000));
    const left: string[][] = [];
    await lines(['--on-commit', 'delete'], { due: () => true, onBarrier: () => left.push(names()) });
    // Behind the records of a and at its end; then in b.
    expect(left[0]).toEqual(['a', 'b']);
    expect(left[1]).toEqual(['a', 'b']);
    expect(left[2]).toEqual(['b']);
    expect(names()).toEqual([]);
    expect(restored).toMatchObject({ locations: [{ taken: [{}] }] });
    expect(await lines(['--on-commit', 'delete'])).toBe('');
    expect(restored).toMatchObject({ locations: [{ taken: [] }] });
  });

  it('moves them, never over another file', async () => {
    const done = join(folder, 'done');
    const move = ['--on-commit', `move:${done}`];
    put('a', 'one\n');
    await lines(move);
    put('a', 'two\n');
    await lines(move);
    expect(names()).toEqual([]);
    expect(names(done)).toEqual(['a', 'a.1']);
    expect(fs.readFileSync(join(done, 'a.1'), 'utf8')).toBe('two\n');
  });

  it('finishes a move that was interrupted between its two names', async () => {
    const done = join(folder, 'done');
    fs.mkdirSync(done);
    put('a', 'one\n');
    await lines();
    fs.linkSync(join(spool, 'a'), join(done, 'a'));
    await lines(['--on-commit', `move:${done}`]);
    expect([names(), names(done)]).toEqual([[], ['a']]);
  });

  it.skipIf(!fs.existsSync('/dev/shm'))(
    'moves to another file system too, also when it was interrupted',
    async () => {
      const done = fs.mkdtempSync('/dev/shm/tidemark-done-');
      try {
        put('a', 'one\n');
        put('b', 'two\n');
        await lines();
        fs.copyFileSync(join(spool, 'b'), join(done, 'b'));
        const { atime, mtime } = fs.statSync(join(spool, 'b'));
        fs.utimesSync(join(done, 'b'), atime, mtime);
        await lines(['--on-commit', `move:${done}`]);
        expect([names(), names(done)]).toEqual([[], ['a', 'b']]);
        expect(fs.readFileSync(join(done, 'a'), 'utf8')).toBe('one\n');
      } finally {
        fs.rmSync(done, { recursive: true });
      }
    },
  );

  it('leaves what was written since it was read', async () => {
    put('a', 'one\n');
    await lines();
    fs.appendFileSync(join(spool, 'a'), 'two\n');
    const outcome = await run(['--on-commit', 'delete']);
    expect(names()).toEqual(['a']);
    expect(outcome.notices).toHaveLength(1);
  });

  it('is refused without a directory or a pattern, and without --state', async () => {
    const log = join(folder, 'log');
    fs.writeFileSync(log, 'one\n');
    expect((await run(['--on-commit', 'delete'], {}, log)).failure).toBe(
      '--on-commit is for the files of a directory or a pattern, and there is none',
    );
    const words = [spool, '--time', 'none', '--on-commit', 'delete'];
    expect((await runSourceWords(words)).failure).toBe(
      '--on-commit needs --state: without it nothing is committed',
    );
  });
});
