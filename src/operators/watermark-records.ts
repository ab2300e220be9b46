import { Buffer } from 'node:buffer';
import type { RecordBatch, Rejects } from '../formats/format.ts';
import { skipSpace, valueEnd } from '../json/scan.ts';
import { EVENT, WATERMARK } from '../stream/batch.ts';
import { readInstant } from '../time/instant.ts';

const OPEN = 0x7b;
const COLON = 0x3a;
const QUOTE = 0x22;
const NAME = Buffer.from('"@watermark"');

/**
 * Marks the records that are watermarks: objects whose first member is `@watermark`, a time as in RFC 3339. They are rows of
 * the kind WATERMARK with that time; all others are EVENT. What is no such time is rejected, and taken out.
 */
export function findWatermarks(records: RecordBatch, rejects: Rejects): void {
  const { rows, bytes, rawStart, rawEnd, kind, time } = records;
  let kept = 0;
  for (let row = 0; row < rows; row++) {
    const value = valueOfWatermark(bytes, rawStart[row]!, rawEnd[row]!);
    kind[row] = value < 0 ? EVENT : WATERMARK;
    if (value >= 0) {
      const end = valueEnd(bytes, value, rawEnd[row]!);
      time[row] = bytes[value] === QUOTE ? readInstant(bytes, value + 1, end - 1) : Number.NaN;
      records.known = 0;
      if (Number.isNaN(time[row]!)) {
        const reason = `@watermark: ${bytes.toString('utf8', value, end)} is no time as 2026-03-14T12:00:00Z is one`;
        rejects.reject(
          records.line[row]!,
          value - rawStart[row]! + 1,
          reason,
          bytes,
          rawStart[row]!,
          rawEnd[row]!,
        );
        continue;
      }
    }
    records.moveRecord(row, kept++);
  }
  records.rows = kept;
}

/** Where the value of the first member stands, if that is `@watermark`; -1: it is not. */
function valueOfWatermark(b: Buffer, start: number, end: number): number {
  const open = skipSpace(b, start, end);
  if (b[open] !== OPEN) return -1;
  const name = skipSpace(b, open + 1, end);
  if (name + NAME.length > end || b.compare(NAME, 0, NAME.length, name, name + NAME.length) !== 0) return -1;
  const colon = skipSpace(b, name + NAME.length, end);
  return b[colon] === COLON ? skipSpace(b, colon + 1, end) : -1;
}
