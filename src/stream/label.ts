import type { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import { isoDuration, readIsoDuration } from '../time/duration.ts';
import { INSTANT_LENGTH, readInstant, writeInstant } from '../time/instant.ts';
import { type Batch, UNMERGED } from './batch.ts';

/** Bytes that a label may need at most: `R<n>/<instant>/<duration>/<duration>`, or with a C. */
const LABEL_LIMIT = 128;

/** The windows of one event, as the columns of a batch hold them; times in ms. */
export interface WindowSpan {
  start: number;
  end: number;
  /** Negative: each is so much longer than the one before. */
  every: number;
  count: number;
}

/**
 * Writes the inside of an `@w` string: `start/end`; `R<n>/<first start>/<size>/<every>` where the event is in
 * n windows of the same size, `C<n>/<start>/<size of the first>/<every>` where it is in n of the same start, each longer
 * than the one before (ours: ISO 8601 has no word for these); `start/<gap>` for a session that has not been merged (ISO 8601). The event is in a window.
 */
export function writeWindowLabel(out: ByteWriter, batch: Batch, row: number): void {
  const start = batch.windowStart[row]!;
  const end = batch.windowEnd[row]!;
  const count = batch.windowCount[row]!;
  out.reserve(LABEL_LIMIT);
  const every = batch.windowEvery[row]!;
  if (count > 1) out.ascii(`${every > 0 ? 'R' : 'C'}${count}/`);
  writeInstant(out.bytes, out.length, start);
  out.length += INSTANT_LENGTH;
  out.bytes[out.length++] = SLASH;
  if (count === 1) {
    writeInstant(out.bytes, out.length, end);
    out.length += INSTANT_LENGTH;
  } else if (count === UNMERGED) out.ascii(isoDuration(end - start));
  else out.ascii(`${isoDuration(end - start)}/${isoDuration(Math.abs(every))}`);
}

/** Reads the inside of an `@w` string, `bytes[from, to)`, into `span`; false when it is no label. */
export function readWindowLabel(bytes: Buffer, from: number, to: number, span: WindowSpan): boolean {
  span.every = 0;
  if (to - from === 2 * INSTANT_LENGTH + 1 && bytes[from + INSTANT_LENGTH] === SLASH) {
    span.start = readInstant(bytes, from, from + INSTANT_LENGTH);
    span.end = readInstant(bytes, from + INSTANT_LENGTH + 1, to);
    span.count = 1;
    return span.end > span.start;
  }
  if (bytes[from] === REPEATED) return readRepeated(bytes, from + 1, to, span);
  if (bytes[from] === CUMULATED) {
    const read = readRepeated(bytes, from + 1, to, span);
    span.every = -span.every;
    return read;
  }
  const slash = slashIn(bytes, from, to);
  span.start = readInstant(bytes, from, slash);
  const merged = bytes[slash + 1] !== PERIOD;
  span.end = merged ? readInstant(bytes, slash + 1, to) : span.start + durationIn(bytes, slash + 1, to);
  span.count = merged ? 1 : UNMERGED;
  return span.end > span.start;
}

/** `<n>/<first start>/<size>/<every>`, behind the letter. */
function readRepeated(bytes: Buffer, from: number, to: number, span: WindowSpan): boolean {
  const first = slashIn(bytes, from, to);
  const second = slashIn(bytes, first + 1, to);
  const third = slashIn(bytes, second + 1, to);
  span.count = 0;
  for (let i = from; i < first; i++) {
    const digit = bytes[i]! - 48;
    if (digit < 0 || digit > 9 || first - from > COUNT_DIGITS) return false;
    span.count = span.count * 10 + digit;
  }
  span.start = readInstant(bytes, first + 1, second);
  span.end = span.start + durationIn(bytes, second + 1, third);
  span.every = durationIn(bytes, third + 1, to);
  return span.count > 0 && span.end > span.start && span.every > 0;
}

const durationIn = (bytes: Buffer, from: number, to: number): number =>
  to - from > DURATION_LIMIT ? Number.NaN : readIsoDuration(bytes, from, to);

/** The index of the next slash; `to` when there is none. */
function slashIn(bytes: Buffer, from: number, to: number): number {
  let i = from;
  while (i < to && bytes[i] !== SLASH) i++;
  return Math.min(i, to);
}

/** Bytes that a duration may have: none that we write is near it. */
const DURATION_LIMIT = 64;
/** Digits that the number of an event's windows may have. */
const COUNT_DIGITS = 9;
const REPEATED = 0x52;
const CUMULATED = 0x43;
const PERIOD = 0x50;
const SLASH = 47;
