import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileSplit } from '../../src/connectors/compressed-split.ts';
import { XxHash64 } from '../../src/connectors/xxhash64.ts';
import { ZstdFrames } from '../../src/connectors/zstd-frames.ts';
import { temporaryFolder } from './children.ts';
import { never, readSplit } from './reading.ts';

/** 300 records: a skippable frame, a frame of a file, a skippable frame, a frame of a pipe at level 19. */
const SAMPLE = new URL('samples/two-frames.ndjson.zst', import.meta.url);

let folder = '';
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

async function read(name: string, bytes: Uint8Array, room?: number): Promise<string> {
  const path = join(folder, name);
  fs.writeFileSync(path, bytes);
  return String(await readSplit(fileSplit(path), room));
}

const failed = (name: string, message: string) => ({
  code: 'failed',
  message: `cannot decompress ${join(folder, name)}: ${message}`,
});

const lines = (count: number): Buffer =>
  Buffer.from(Array.from({ length: count }, (_, i) => `line ${i} of ${(i * 7919) % 1000}\n`).join(''));

/** How often the event loop turned while a file was read to its end, and what it had. */
async function turnsOf(path: string): Promise<{ turns: number; total: number }> {
  const reader = await fileSplit(path).open(never);
  const target = Buffer.alloc(1 << 18);
  let turns = 0;
  let counting = true;
  const count = (): void => {
    turns++;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  let total = 0;
  for (;;) {
    const result = await reader.read(target, 0);
    if (result === 0) break;
    total += result;
  }
  counting = false;
  await reader.close();
  return { turns, total };
}

describe('a brotli file', () => {
  it('is decompressed whole', async () => {
    const text = lines(200_000);
    const bytes = zlib.brotliCompressSync(text, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } });
    for (const room of [1 << 18, 4096]) expect(await read('a.br', bytes, room)).toBe(String(text));
    expect(await read('empty.br', zlib.brotliCompressSync(''))).toBe('');
  });

  it('that is truncated, damaged or goes on behind its end fails by its name', async () => {
    const whole = zlib.brotliCompressSync(lines(5000));
    for (const length of [0, 1, 20, whole.length - 1]) {
      await expect(read('a.br', whole.subarray(0, length))).rejects.toMatchObject(
        failed('a.br', 'it is truncated'),
      );
    }
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, 100, 140);
    await expect(read('a.br', damaged)).rejects.toMatchObject(failed('a.br', 'it is damaged, or not brotli'));
    for (const behind of [whole, Buffer.from('x'), Buffer.alloc(600_000)]) {
      await expect(read('a.br', Buffer.concat([whole, behind]))).rejects.toMatchObject(
        failed('a.br', 'something follows its end'),
      );
    }
  });
});

describe('a Zstandard file', () => {
  const sample = fs.readFileSync(SAMPLE);
  const records = (text: string): number[] =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => Date.parse(JSON.parse(line).ts));

  it('is decompressed whole, of however many frames, some to be passed over', async () => {
    for (const room of [1 << 18, 4096, 100]) {
      const times = records(await read('a.zst', sample, room));
      expect(times).toEqual(Array.from({ length: 300 }, (_, i) => 1431857103000 + i * 1000));
    }
    const twice = await read('a.zst', Buffer.concat([sample, sample]));
    expect(records(twice)).toHaveLength(600);
  });

  it('that is truncated fails by its name, wherever it is cut', async () => {
    /** Where a frame ends the file may end too. */
    const ends = [13];
    for (let length = 0; length < sample.length; length++) {
      const result = await read('a.zst', sample.subarray(0, length)).then(
        (text) => ({ length, text: text.length }),
        (error: Error) => error.message,
      );
      if (typeof result === 'string') expect(result).toBe(failed('a.zst', 'it is truncated').message);
      else ends.push(length);
    }
    expect(ends.slice(1)).toHaveLength(3);
  });

  it('that is damaged is refused, or has nothing wrong in what it says', () => {
    const decoded = (bytes: Uint8Array): string => {
      const frames = new ZstdFrames();
      let text = '';
      for (let at = 0; at < bytes.length; ) {
        at = frames.take(bytes, at, bytes.length);
        if (at < 0) throw new Error('it is truncated');
        text += Buffer.from(frames.output ?? []);
      }
      if (!frames.whole) throw new Error('it is truncated');
      return text;
    };
    const whole = decoded(sample);
    expect(records(whole)).toHaveLength(300);
    let refused = 0;
    for (let at = 0; at < sample.length; at++) {
      const damaged = Buffer.from(sample);
      damaged[at]! ^= [1, 0x10, 0x80, 0xff][at % 4]!;
      try {
        expect(decoded(damaged)).toBe(whole);
      } catch (error) {
        expect((error as Error).message).toMatch(
          /^it is (damaged|truncated|not Zstandard|compressed with)|^its |^it looks|^something|^it was/,
        );
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(sample.length * 0.9);
  });

  it('that is none, wants a dictionary or looks back too far fails with the reason', async () => {
    const reason = (bytes: number[] | string) =>
      read('a.zst', Buffer.from(bytes as string)).then(
        () => '',
        (error: Error) => error.message.split('a.zst: ')[1],
      );
    expect(await reason('{"a":1}\n')).toBe('it is not Zstandard');
    expect(await reason([...sample, 0x7b, 0x7d, 0x0a, 0x0a])).toBe('something follows its end');
    expect(await reason([0x28, 0xb5, 0x2f, 0xfd, 0x21, 7, 4, 0x21, 0, 0])).toBe(
      'it was compressed with a dictionary',
    );
    expect(await reason([0x28, 0xb5, 0x2f, 0xfd, 0, 0xa8, 1, 0, 0])).toBe(
      'it looks back over more than 128 MiB',
    );
  });

  it('that decodes one symbol for ever is refused', async () => {
    // Huffman weights whose only symbol has all 32 states: no bit is ever taken.
    const literals = [0x02 | (4 << 4), 0x40, 0x01, 2, 0b1111_0000, 0b11, 1, 0x80, 0];
    const size = literals.length << 3;
    const bytes = [0x28, 0xb5, 0x2f, 0xfd, 0, 0x50, (size & 0xff) | 5, size >> 8, 0, ...literals];
    await expect(read('a.zst', Buffer.from(bytes))).rejects.toMatchObject(failed('a.zst', 'it is damaged'));
  });

  const installed = spawnSync('zstd', ['--version']).status === 0;
  if (!installed && process.env.TM_REQUIRE_SERVICES === '1') throw new Error('zstd is not installed');

  it.skipIf(!installed)(
    'is read as the program zstd wrote it, at every level and in every form',
    async () => {
      const compress = (text: Uint8Array, ...options: string[]): Buffer =>
        execFileSync('zstd', ['-q', '-c', ...options], { input: text, maxBuffer: 1 << 26 });
      const text = lines(30_000);
      for (const options of [
        ['-1'],
        ['-3', '--no-check'],
        ['-9'],
        ['-19'],
        ['--long=25'],
        ['--fast=5'],
        ['--ultra', '-22'],
      ]) {
        expect((await read('a.zst', compress(text, ...options))) === String(text)).toBe(true);
      }
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.uint8Array({ maxLength: 3000 }), fc.integer({ min: 1, max: 19 })), {
            minLength: 1,
            maxLength: 4,
          }),
          fc.integer({ min: 1, max: 5000 }),
          async (frames, room) => {
            const bytes = frames.map(([content, level]) => compress(content, `-${level}`));
            const path = join(folder, 'frames.zst');
            fs.writeFileSync(path, Buffer.concat(bytes));
            const contents = Buffer.concat(frames.map(([content]) => content));
            expect((await readSplit(fileSplit(path), room)).equals(contents)).toBe(true);
          },
        ),
        { numRuns: 10 },
      );
    },
  );

  it('lets the event loop turn while it is read', async () => {
    // Blocks of one byte that is repeated: 100 of them in a frame without a window of its own.
    const block = [((131072 << 3) & 0xff) | 2, ((131072 << 3) >> 8) & 0xff, (131072 << 3) >> 16, 0x0a];
    const blocks = Array.from({ length: 100 }, (_, i) =>
      i < 99 ? block : [block[0]! | 1, ...block.slice(1)],
    );
    const path = join(folder, 'turns.zst');
    fs.writeFileSync(path, Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x50, ...blocks.flat()]));
    const { turns, total } = await turnsOf(path);
    expect(total).toBe(100 * 131072);
    expect(turns).toBeGreaterThanOrEqual(3);
  });
});

describe('the hash of Zstandard', () => {
  const hash = (...pieces: string[]): string => {
    const hashed = new XxHash64();
    for (const piece of pieces) hashed.update(Buffer.from(piece));
    return hashed.low32().toString(16);
  };

  it('is XXH64', () => {
    expect(hash('')).toBe('51d8e999');
    expect(hash('a')).toBe('a98c6e5b');
    expect(hash('abc')).toBe('ad770999');
    const long = 'Nobody inspects the spammish repetition';
    expect(hash(long)).toBe('fbcea83c8a378bf1'.slice(8));
    for (let cut = 1; cut < long.length; cut++)
      expect(hash(long.slice(0, cut), long.slice(cut))).toBe(hash(long));
  });
});
