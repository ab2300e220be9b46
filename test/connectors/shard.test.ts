import fs from 'node:fs';
import { join } from 'node:path';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openByteFile } from '../../src/connectors/byte-file.ts';
import { fileSplit } from '../../src/connectors/compressed-split.ts';
import { FileProgress, type ReadingPlace } from '../../src/connectors/file-progress.ts';
import { readRecords } from '../../src/connectors/record-loop.ts';
import { type BytesAt, ForwardBytes, ShardReader } from '../../src/connectors/shard.ts';
import { RecordBatch } from '../../src/formats/format.ts';
import { createRecordReader } from '../../src/formats/readers.ts';
import { temporaryFolder } from './children.ts';
import { never, readAll } from './reading.ts';

let folder = '';
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);
const START = { byte: 0, insideLine: false };

async function bytesOf(zipped: boolean): Promise<BytesAt> {
  return zipped ? new ForwardBytes(await fileSplit(at('a.gz')).open(never)) : openByteFile(at('a'), 'a')!;
}

function write(text: string): void {
  fs.writeFileSync(at('a'), text);
  fs.writeFileSync(at('a.gz'), zlib.gzipSync(text));
}

async function linesOf(
  index: number,
  count: number,
  block: number,
  zipped = false,
  room = 4096,
): Promise<string> {
  const reader = new ShardReader(await bytesOf(zipped), { index, count }, START, never, block);
  const text = String(await readAll(reader, room));
  await reader.close();
  return text;
}

/** Lines that are told apart, of any length; the last one may have no end. */
const text = fc
  .tuple(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 40 }), fc.constantFrom('', '\n'))
  .map(([lengths, end]) => lengths.map((length, k) => `${k}${'x'.repeat(length)}`).join('\n') + end);

describe('shards', () => {
  it('have each line of a file once, whole, by the block in which it begins', async () => {
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 60 }),
        fc.boolean(),
        async (whole, count, block, room, zipped) => {
          write(whole);
          const expected = Array.from({ length: count }, () => '');
          for (let start = 0; start < whole.length; ) {
            const end = whole.indexOf('\n', start) + 1 || whole.length;
            expected[Math.floor(start / block) % count] += whole.slice(start, end);
            start = end;
          }
          const shards = [];
          for (let i = 0; i < count; i++) shards.push(await linesOf(i, count, block, zipped, room));
          expect(shards).toEqual(expected);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('that begin at different times agree on a file that grows', async () => {
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.nat(1000), { minLength: 4, maxLength: 4 }),
        async (whole, count, block, sizes) => {
          const seen: string[] = [];
          for (let i = 0; i < count; i++) {
            const cut = whole.lastIndexOf('\n', sizes[i]! % (whole.length + 1)) + 1;
            write(whole.slice(0, cut));
            const early = await linesOf(i, count, block);
            write(whole);
            const late = await linesOf(i, count, block);
            expect(late.startsWith(early)).toBe(true);
            seen.push(late);
          }
          expect(seen.join('\n').split('\n').filter(Boolean).sort()).toEqual(
            whole.split('\n').filter(Boolean).sort(),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  it('go on at any place, inside of a line that is too long too, though the file was compressed meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 30 }),
        fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 8 }),
        fc.integer({ min: 0, max: 8 }),
        async (whole, count, block, maxLine, stops, zippedFrom) => {
          write(whole);
          for (let index = 0; index < count; index++) {
            const expected = await records({ index, count, block, maxLine, zipped: false });
            let place: ReadingPlace | undefined;
            const seen: string[] = [];
            for (let run = 0; ; run++) {
              const zipped = run >= zippedFrom;
              const part = await records({
                index,
                count,
                block,
                maxLine,
                zipped,
                from: place,
                stop: stops[run],
              });
              seen.push(...part.seen);
              place = part.place;
              if (stops[run] === undefined) break;
            }
            expect(seen).toEqual(expected.seen);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});

interface Reading {
  readonly index: number;
  readonly count: number;
  readonly block: number;
  readonly maxLine: number;
  readonly zipped: boolean;
  readonly from?: ReadingPlace | undefined;
  /** Is stopped behind so many blocks that were handed on. */
  readonly stop?: number | undefined;
}

/** The records of a shard and what was rejected of it, as texts, and where the reading has stopped. */
async function records({ index, count, block, maxLine, zipped, from, stop }: Reading): Promise<{
  seen: string[];
  place: ReadingPlace | undefined;
}> {
  const seen: string[] = [];
  const progress = new FileProgress();
  progress.begin(from?.byte ?? 0, new Uint8Array(0));
  const abort = new AbortController();
  const batch = new RecordBatch(3, 1 << 16);
  const start = { byte: from?.byte ?? 0, insideLine: from?.reader.passing ?? false };
  const shard = new ShardReader(await bytesOf(zipped), { index, count }, start, abort.signal, block);
  // Few bytes at once, so that there are blocks to stop at.
  const slow = {
    get offset() {
      return shard.offset;
    },
    read: (target: Buffer, offset: number) => shard.read(target.subarray(0, offset + 20), offset),
    close: () => shard.close(),
  };
  let taken = 0;
  await readRecords({ name: 'a', open: async () => slow }, batch, {
    signal: abort.signal,
    progress,
    createReader: () => {
      const reader = createRecordReader('text', {
        rejects: {
          reject: (_line, _column, reason, b, s, e) =>
            void seen.push(`${reason} ${b.toString('utf8', s, e)}`),
        },
        time: undefined,
        maxLine,
      });
      if (from !== undefined) reader.restore(from.reader);
      progress.readBy(reader);
      return reader;
    },
    onRecords: () => {
      for (let row = 0; row < batch.rows; row++) {
        seen.push(batch.bytes.toString('utf8', batch.rawStart[row]!, batch.rawEnd[row]!));
      }
      return true;
    },
    pauses: {
      due: () => ++taken === stop,
      untilDue: () => Number.POSITIVE_INFINITY,
      pause: async () => abort.abort(),
    },
    growing: stop !== undefined,
  });
  return { seen, place: progress.place };
}
