import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveLocations } from '../../src/connectors/locations.ts';
import { temporaryFolder } from './children.ts';
import { never, readSplit } from './reading.ts';

let folder = '';
const at = (name: string): string => join(folder, name);
const options = { follow: false, notice: () => {} };

beforeAll(() => {
  folder = temporaryFolder();
  fs.mkdirSync(at('logs/deeper'), { recursive: true });
  for (const name of ['b.log', 'a.log', 'é.log', 'Z.log', '.hidden', 'x.log.tmp']) {
    fs.writeFileSync(at(`logs/${name}`), `${name}\n`);
  }
  fs.writeFileSync(at('logs/c.log.gz'), zlib.gzipSync('c.log.gz\n'));
  fs.writeFileSync(at('logs/deeper/d.log'), 'd.log\n');
  fs.writeFileSync(at('packed.zst'), '');
  fs.mkdirSync(at('empty'));
  fs.writeFileSync(at('odd[1].log'), 'odd\n');
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

const names = async (...locations: string[]): Promise<string[]> =>
  (await resolveLocations(locations, options)).map((split) => split.name.replace(`${folder}/`, ''));

const contents = async (...locations: string[]): Promise<string> => {
  let text = '';
  for (const split of await resolveLocations(locations, options)) text += await readSplit(split);
  return text;
};

describe('locations', () => {
  it('are standard input when there are none, or for -', async () => {
    expect(await names()).toEqual(['standard input']);
    expect(await names('-')).toEqual(['standard input']);
    expect(await names('/dev/stdin')).toEqual(['/dev/stdin']);
    await expect(names('-', '-')).rejects.toMatchObject({ code: 'usage' });
  });

  it('are read in their order, as often as they are named', async () => {
    expect(await contents(at('logs/b.log'), at('logs/a.log'), at('logs/b.log'))).toBe(
      'b.log\na.log\nb.log\n',
    );
  });

  it('may be file URIs', async () => {
    expect(await contents(pathToFileURL(at('odd[1].log')).href)).toBe('odd\n');
    await expect(names('file://elsewhere/a')).rejects.toMatchObject({ code: 'usage' });
    await expect(names('kafka://broker/topic')).rejects.toMatchObject({
      code: 'usage',
      message: 'no connector for kafka://broker/topic',
    });
  });

  it('may be directories: their files by the bytes of their names, without hidden ones and subdirectories', async () => {
    const list = ['logs/Z.log', 'logs/a.log', 'logs/b.log', 'logs/c.log.gz', 'logs/x.log.tmp', 'logs/é.log'];
    expect(await names(at('logs'))).toEqual(list);
    expect(await contents(at('logs'))).toBe('Z.log\na.log\nb.log\nc.log.gz\nx.log.tmp\né.log\n');
    await expect(names(at('empty'))).rejects.toMatchObject({
      code: 'failed',
      message: `there are no files in the directory ${at('empty')}`,
    });
  });

  it('may be patterns', async () => {
    expect(await names(at('logs/?.log'))).toEqual(['logs/Z.log', 'logs/a.log', 'logs/b.log', 'logs/é.log']);
    expect(await names(at('logs/{b,a}.log'))).toEqual(['logs/a.log', 'logs/b.log']);
    expect(await names(at('logs/**/[d-e].log'))).toEqual(['logs/deeper/d.log']);
    expect(await names(at('lo*'), at('odd[1].log')).catch((error: Error) => error.message)).toBe(
      `no file matches the pattern ${at('lo*')}`,
    );
  });

  it('are relative to the working directory, and named as they were', async () => {
    const before = process.cwd();
    process.chdir(at('logs'));
    try {
      expect(await names('[ab].log')).toEqual(['a.log', 'b.log']);
      process.chdir(at('empty'));
      expect(await names('../logs/[ab].log', '../logs/a.log')).toEqual([
        '../logs/a.log',
        '../logs/b.log',
        '../logs/a.log',
      ]);
    } finally {
      process.chdir(before);
    }
  });

  it('take a file whose name looks like a pattern for that file', async () => {
    expect(await contents(at('odd[1].log'))).toBe('odd\n');
  });

  it('name a file that is missing or cannot be read', async () => {
    await expect(names(at('logs/a.log'), 'access.log')).rejects.toMatchObject({
      code: 'failed',
      message: 'no such file: access.log',
    });
    await expect(names(at('logs/a.log/b'))).rejects.toMatchObject({
      message: `no such file: ${at('logs/a.log/b')}`,
    });
    await expect(names(at('logs/*.csv'))).rejects.toMatchObject({ code: 'failed' });
    if (process.getuid?.() === 0) return; // root may read everything
    fs.writeFileSync(at('secret'), 'x', { mode: 0 });
    await expect(names(at('secret'))).rejects.toMatchObject({
      code: 'failed',
      message: `cannot read ${at('secret')}: permission denied`,
    });
  });

  it('say that only files are followed', async () => {
    const follow = { follow: true, notice: () => {} };
    for (const location of [at('logs'), at('logs/*.log'), at('logs/c.log.gz'), at('packed.zst')]) {
      await expect(resolveLocations([location], follow)).rejects.toMatchObject({
        code: 'usage',
        message: expect.stringMatching(/^--follow takes files, not the (directory|pattern|compressed file) /),
      });
    }
    const splits = await resolveLocations([at('logs/a.log'), at('later.log'), '-'], follow);
    expect(splits.map((split) => split.endless)).toEqual([true, true, undefined]);
  });

  it('may be FIFOs, which wait for their writer', async () => {
    execFileSync('mkfifo', [at('fifo')]);
    const [split] = await resolveLocations([at('fifo')], options);
    const reading = readSplit(split!);
    setTimeout(() => fs.writeFileSync(at('fifo'), 'through\n'), 50);
    expect(String(await reading)).toBe('through\n');
  });

  it('may be descriptors of process substitution', async () => {
    const fd = fs.openSync(at('logs/b.log'), 'r');
    expect(await contents(`/dev/fd/${fd}`)).toBe('b.log\n');
  });

  it('yield to the event loop while a large file is read', async () => {
    fs.writeFileSync(at('large'), Buffer.alloc(20_000_000, 'x'));
    const [split] = await resolveLocations([at('large')], options);
    const reader = await split!.open(never);
    const target = Buffer.alloc(1 << 18);
    let turns = 0;
    let total = 0;
    for (;;) {
      const result = reader.read(target, 0);
      if (typeof result !== 'number') turns++;
      const count = await result;
      if (count === 0) break;
      total += count;
    }
    expect(total).toBe(20_000_000);
    expect(turns).toBe(4);
    await reader.close();
  });

  it('end when the signal is aborted', async () => {
    const controller = new AbortController();
    for (const location of ['logs/a.log', 'logs/c.log.gz']) {
      const [split] = await resolveLocations([at(location)], options);
      const reader = await split!.open(controller.signal);
      controller.abort();
      expect(await reader.read(Buffer.alloc(100), 0)).toBe(0);
      await reader.close();
    }
  });
});

describe('a gzip file', () => {
  const read = async (bytes: Uint8Array, room?: number): Promise<string> => {
    fs.writeFileSync(at('some.gz'), bytes);
    const [split] = await resolveLocations([at('some.gz')], options);
    return String(await readSplit(split!, room));
  };

  it('is inflated whole, of however many members', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ maxLength: 2000 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 3000 }),
        async (members, room) => {
          const bytes = Buffer.concat(members.map((member) => zlib.gzipSync(member)));
          expect(await read(bytes, room)).toBe(Buffer.from(members.join('')).toString());
        },
      ),
      { numRuns: 50 },
    );
  });

  it('is inflated when it is large, also with members that end at block ends', async () => {
    const lines = Buffer.from(Array.from({ length: 300_000 }, (_, i) => `line ${i}\n`).join(''));
    const half = lines.length >> 1;
    const members = [lines.subarray(0, half), lines.subarray(half)];
    const bytes = Buffer.concat(members.map((member) => zlib.gzipSync(member, { level: 0 })));
    expect((await read(bytes)) === String(lines)).toBe(true);
  });

  it('that is truncated or broken fails by its name', async () => {
    const whole = zlib.gzipSync(Buffer.alloc(10_000, 'abc'));
    const failed = (message: string) => ({
      code: 'failed',
      message: `cannot decompress ${at('some.gz')}: ${message}`,
    });
    for (const length of [0, 5, 12, whole.length - 1]) {
      await expect(read(whole.subarray(0, length))).rejects.toMatchObject(failed('it is truncated'));
    }
    // Seen passing for a whole file in one of seven: the inflater is written to its end before it is at its end.
    for (let i = 0; i < 100; i++) {
      await expect(read(whole.subarray(0, whole.length - 2))).rejects.toMatchObject(
        failed('it is truncated'),
      );
    }
    await expect(read(Buffer.from('plain text'))).rejects.toMatchObject(failed('incorrect header check'));
    const broken = Buffer.from(whole);
    broken[broken.length - 6]! ^= 1;
    await expect(read(broken)).rejects.toMatchObject(failed('incorrect data check'));
  });
});
