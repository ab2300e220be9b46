import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readDurable, writeDurably } from '../../src/epochs/durable-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-durable-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a durable file', () => {
  it('gives back what was written, and leaves no other file', async () => {
    const path = join(folder, 'f');
    await writeDurably(path, [Buffer.from('one '), Buffer.from('two')]);
    expect((await readDurable(path))?.toString()).toBe('one two');
    expect(readdirSync(folder)).toEqual(['f']);
  });

  it('that is not there is undefined', async () => {
    expect(await readDurable(join(folder, 'none'))).toBeUndefined();
  });

  it('stays as it was where the next one cannot be written', async () => {
    const path = join(folder, 'f');
    await writeDurably(path, [Buffer.from('good')]);
    const failing = function* (): Generator<Uint8Array> {
      yield Buffer.from('half');
      throw new Error('no space');
    };
    await expect(writeDurably(path, failing())).rejects.toThrow('no space');
    expect((await readDurable(path))?.toString()).toBe('good');
    expect(readdirSync(folder)).toEqual(['f']);
  });

  it('is an error wherever a byte is changed, cut off or added', async () => {
    const path = join(folder, 'f');
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.nat(),
        fc.constantFrom('change', 'cut', 'add'),
        async (content, at, damage) => {
          await writeDurably(path, [content]);
          const bytes = readFileSync(path);
          const place = at % bytes.length;
          if (damage === 'cut') writeFileSync(path, bytes.subarray(0, place));
          else if (damage === 'add') writeFileSync(path, Buffer.concat([bytes, Buffer.from([at & 255])]));
          else {
            bytes[place]! ^= 1 + (at % 255);
            writeFileSync(path, bytes);
          }
          await expect(readDurable(path)).rejects.toThrow('is damaged');
        },
      ),
      { numRuns: 100 },
    );
  });
});
