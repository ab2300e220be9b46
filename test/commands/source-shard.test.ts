import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runSourceEpochs, runSourceWords } from './source-running.ts';

let folder = '';
beforeEach(() => {
  folder = fs.mkdtempSync(join(os.tmpdir(), 'tidemark-shard-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);
const textsIn = (stream: string): string[] =>
  [...stream.matchAll(/"(?:text|k)":"([^"]*)"/g)].map(([, text]) => text!);
const WORDS = ['--format', 'text', '--time', 'none'];

/** What each of N shards reads. */
async function shards(count: number, words: readonly string[]): Promise<string[][]> {
  const found: string[][] = [];
  for (let i = 1; i <= count; i++) {
    const outcome = await runSourceWords([...words, '--shard', `${i}/${count}`]);
    expect(outcome).toMatchObject({ failure: '', notices: [] });
    found.push(textsIn(outcome.stream));
  }
  return found;
}

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, k) => `${from + k} ${'x'.repeat((k * 37) % 2000)}\n`).join('');

describe('--shard', () => {
  it('reads each record of a large file in one of the parts, in the order in which they stand', async () => {
    const text = `\ufeff${lines(0, 9000)}last`;
    fs.writeFileSync(at('log'), text);
    const found = await shards(2, [at('log'), ...WORDS]);
    expect(found.every((part) => part.length > 2000)).toBe(true);
    const order = (line: string): number => (line === 'last' ? 9000 : Number.parseInt(line, 10));
    for (const part of found) expect(part).toEqual([...part].sort((a, b) => order(a) - order(b)));
    const all = found.flat().sort((a, b) => order(a) - order(b));
    expect(all).toEqual(text.slice(1).split('\n'));
  });

  it('gives whole files, by their number, where lines are no records', async () => {
    fs.writeFileSync(at('a.csv'), 'k\na\n');
    fs.writeFileSync(at('b.csv'), 'k\nb\n');
    fs.writeFileSync(at('c.txt.gz'), zlib.gzipSync('c\n'));
    fs.writeFileSync(at('d.txt'), 'd\n');
    const all = ['a.csv', 'b.csv', 'c.txt.gz', 'd.txt'].map(at);
    expect(await shards(3, [...all, '--time', 'none'])).toEqual([['a', 'd'], ['b'], ['c']]);
  });

  it('ends at once where nothing is its own', async () => {
    const { stream } = await runSourceWords(['generate:count=3', '--shard', '2/2']);
    expect(stream.split('\n').slice(1)).toEqual(['{"@watermark":"end"}', '{"@end":"drained"}', '']);
  });

  it('says in which part a record is that cannot be read', async () => {
    fs.writeFileSync(at('log'), '{}\n{]\n');
    expect((await runSourceWords([at('log'), '--time', 'none', '--shard', '1/3'])).failure).toMatch(
      /log, part 1\/3: line 2: /,
    );
  });

  it.each([
    [['x', '--shard', '5/4', '--time', 'none'], "--shard: '5/4' is not one of 1/N to N/N"],
    [['x', '--shard', '0/4', '--time', 'none'], "--shard: '0/4' is not one of 1/N to N/N"],
    [
      ['x', '--follow', '--delay', '1s', '--shard', '1/4'],
      '--shard is for files that are read to their end, not for --follow',
    ],
    [
      ['-', '--shard', '1/4', '--time', 'none'],
      'standard input cannot be read in parts: each process has its own',
    ],
    [['x', '--shard', '1/4', '--format', 'stream'], 'a stored stream cannot be cut: --shard is for records'],
  ])('%j is refused', async (words, message) => {
    await expect(runSourceWords(words)).rejects.toThrow(message);
  });
});

describe('--shard with --state', () => {
  it('goes on in its own blocks, also behind a rotation that compressed the log', async () => {
    const log = at('log');
    const restored: unknown[] = [];
    const found: string[][] = [[], [], []];
    const run = async (drain = false): Promise<void> => {
      for (const [i, part] of found.entries()) {
        const outcome = await runSourceEpochs([log, ...WORDS, '--shard', `${i + 1}/3`], {
          restored: restored[i],
          drain,
        });
        expect(outcome).toMatchObject({ failure: '', notices: [] });
        restored[i] = outcome.positions.at(-1);
        part.push(...textsIn(outcome.stream));
      }
    };
    fs.writeFileSync(log, lines(0, 7000));
    await run();
    fs.appendFileSync(log, lines(7000, 11_000));
    const { mtime } = fs.statSync(log);
    fs.writeFileSync(at('log.1.gz'), zlib.gzipSync(fs.readFileSync(log)));
    fs.utimesSync(at('log.1.gz'), mtime, mtime);
    fs.rmSync(log);
    fs.writeFileSync(log, lines(11_000, 16_000));
    await run();
    await run(true);
    expect(found.map((part) => part.length > 2000)).toEqual([true, true, true]);
    const all = found.flat().map((line) => Number.parseInt(line, 10));
    expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: 16_000 }, (_, k) => k));
  });

  it('takes files of a directory by their names, so that parts agree though files come and go', async () => {
    const spool = at('in');
    fs.mkdirSync(spool);
    const restored: unknown[] = [];
    const seen: string[] = [];
    for (let round = 0; round < 6; round++) {
      for (let k = 0; k < 5; k++) fs.writeFileSync(join(spool, `${9 - round}-${k}`), `${round}-${k}\n`);
      for (let i = 0; i < 3; i++) {
        // Each part at another time.
        if ((round + i) % 3 !== 0 && round < 5) continue;
        const words = [spool, ...WORDS, '--shard', `${i + 1}/3`, '--on-commit', 'delete'];
        const outcome = await runSourceEpochs(words, { restored: restored[i] });
        expect(outcome.failure).toBe('');
        restored[i] = outcome.positions.at(-1);
        seen.push(...textsIn(outcome.stream));
      }
    }
    expect(fs.readdirSync(spool)).toEqual([]);
    expect(seen.sort()).toEqual(Array.from({ length: 30 }, (_, k) => `${Math.floor(k / 5)}-${k % 5}`));
  });

  it('must be the part of the run before', async () => {
    fs.writeFileSync(at('log'), 'one\n');
    const words = [at('log'), ...WORDS, '--shard'];
    const first = await runSourceEpochs([...words, '1/2']);
    expect((await runSourceEpochs([...words, '2/2'], { restored: first.positions.at(-1) })).failure).toBe(
      'the state is that of --shard 1/2, not of --shard 2/2',
    );
  });
});
