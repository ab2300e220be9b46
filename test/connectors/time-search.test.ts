import type { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteFile } from '../../src/connectors/connector.ts';
import { type Found, findStart } from '../../src/connectors/time-search.ts';
import type { RecordBatch } from '../../src/formats/format.ts';
import { createRecordReader } from '../../src/formats/readers.ts';
import { parsePath } from '../../src/json/path.ts';

const RECORD = 100;

/** A file of `count` records of 100 bytes that is nowhere: each is made when it is read. */
class MadeFile implements ByteFile {
  readonly fd = -1;
  readonly size: number;
  bytesRead = 0;
  reads = 0;
  readonly #timeOf: (index: number) => number;

  constructor(count: number, timeOf: (index: number) => number) {
    this.size = count * RECORD;
    this.#timeOf = timeOf;
  }

  read(target: Buffer, offset: number, length: number, position: number): number {
    const end = Math.min(position + length, this.size);
    let at = position;
    while (at < end) {
      const index = Math.floor(at / RECORD);
      const text = `{"t":${this.#timeOf(index)},"pad":"`.padEnd(RECORD - 3, 'x');
      const record = `${text}"}\n`;
      const from = at - index * RECORD;
      const piece = record.slice(from, from + end - at);
      target.write(piece, offset + at - position, 'latin1');
      at += piece.length;
    }
    this.reads++;
    this.bytesRead += end - position;
    return end - position;
  }

  close(): void {}
}

const search = (file: ByteFile, from: number, disorder = 0): Found =>
  findStart(file, {
    name: 'made.ndjson',
    hasHeader: false,
    createReader: () =>
      createRecordReader('ndjson', {
        rejects: { reject: () => {} },
        time: parsePath('t'),
        maxLine: 1 << 24,
      }),
    timeOf: (records: RecordBatch, row: number) =>
      Number(records.bytes.toString('latin1', records.timeStart[row]!, records.timeEnd[row]!)),
    from,
    disorder,
  });

describe('the search for the first record of a time', () => {
  it('reads half a megabyte of a gigabyte, and little more of a terabyte', () => {
    for (const [count, most] of [
      [10_000_000, 500_000],
      [10_000_000_000, 800_000],
    ] as const) {
      const file = new MadeFile(count, (index) => index * 10);
      const wanted = Math.floor(count * 0.7);
      const { start } = search(file, wanted * 10);
      expect(start).toBeLessThanOrEqual(wanted * RECORD);
      expect(start).toBeGreaterThan(wanted * RECORD - (1 << 18) - 2 * RECORD);
      expect(file.bytesRead).toBeLessThan(most);
    }
  });

  it('takes one look at a file that is older, and none at a short one', () => {
    const older = new MadeFile(10_000_000, (index) => index);
    expect(search(older, 1e9).start).toBeGreaterThan(older.size - (1 << 15));
    expect(older.reads).toBe(1);
    const short = new MadeFile(2000, (index) => index);
    expect(search(short, 1e9).start).toBe(0);
    expect(short.reads).toBe(0);
  });

  it('never passes over a record that is wanted, while none is older than one before it by more than it may be', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10_000, max: 100_000_000 }),
        fc.integer({ min: 0, max: 200_000 }),
        fc.double({ min: -0.1, max: 1.1, noNaN: true }),
        fc.integer({ min: 1, max: 1 << 30 }),
        (count, disorder, place, seed) => {
          // Records stand up to half the disorder before or behind their place.
          const timeOf = (index: number): number =>
            index * 10 + ((Math.imul(index, 2654435761) ^ seed) % (Math.floor(disorder / 2) + 1));
          const file = new MadeFile(count, timeOf);
          const from = Math.floor(count * place * 10);
          const { start, highest } = search(file, from, disorder);
          const first = start / RECORD;
          expect(Number.isInteger(first)).toBe(true);
          expect(highest).toBeLessThan(from);
          for (let index = Math.max(0, first - Math.ceil(disorder / 10) - 1); index < first; index++) {
            expect(timeOf(index)).toBeLessThan(from);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('says where it sees records out of their order', () => {
    const file = new MadeFile(10_000_000, (index) => (index < 5_000_100 ? index : index - 5_000_100) * 1000);
    expect(() => search(file, 4_000_000_000)).toThrow(
      expect.objectContaining({
        code: 'failed',
        message: expect.stringMatching(/^the record is .* older than one before it, and --sorted allows 0s$/),
        where: expect.stringMatching(/^made\.ndjson, byte \d+$/),
        hint: expect.stringMatching(/^leave --sorted out .*: --delay /),
      }),
    );
  });

  it('gets by where it finds no record: with lines that are too long or no records', () => {
    const silent: ByteFile = {
      fd: -1,
      size: 1 << 30,
      read: (target, offset, length) => {
        target.fill(0x78, offset, offset + length);
        return length;
      },
      close: () => {},
    };
    expect(search(silent, 5).start).toBe(0);
  });
});
