import type { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import { isoDuration, readIsoDuration } from '../time/duration.ts';
import { INSTANT_LENGTH, readInstant, writeInstant } from '../time/instant.ts';
import { type Batch, UNMERGED } from './batch.ts';

/** Bytes that a label may need at most: `R<n>/<instant>/<duration>/<duration>`. */
const LABEL_LIMIT = 128;

/** The windows of one event, as the columns of a batch hold them; times in ms. */
export interface WindowSpan {
  start: number;
  end: number;
  every: number;
  count: number;
}

/**
 * Writes the inside of an `@w` string: `start/end`; `R<n>/<first start>/<size>/<every>` where the event is in
 * n windows; `start/<gap>` for a session that has not been merged (ISO 8601). The event is in a window.
 */
export function writeWindowLabel(out: ByteWriter, batch: Batch, row: number): void {
  const start = batch.windowStart[row]!;
  const end = batch.windowEnd[row]!;
  const count = batch.windowCount[row]!;
  out.reserve(LABEL_LIMIT);
  if (count > 1) out.ascii(`R${count}/`);
  writeInstant(out.bytes, out.length, start);
  out.length += INSTANT_LENGTH;
  out.bytes[out.length++] = SLASH;
  if (count === 1) {
    writeInstant(out.bytes, out.length, end);
    out.length += INSTANT_LENGTH;
  } else if (count === UNMERGED) out.ascii(isoDuration(end - start));
  else out.ascii(`${isoDuration(end - start)}/${isoDuration(batch.windowEvery[row]!)}`);
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
  const parts = bytes.toString('latin1', from, to).split('/');
  if (parts[0]?.[0] === 'R') return readRepeated(parts, span);
  if (parts.length !== 2) return false;
  span.start = instantOf(parts[0]);
  if (parts[1]?.[0] === 'P') {
    span.end = span.start + durationOf(parts[1]);
    span.count = UNMERGED;
  } else {
    span.end = instantOf(parts[1]);
    span.count = 1;
  }
  return span.end > span.start;
}

function readRepeated(parts: string[], span: WindowSpan): boolean {
  const count = /^R[0-9]{1,9}$/.test(parts[0]!) ? Number(parts[0]!.slice(1)) : 0;
  if (parts.length !== 4 || count < 1) return false;
  span.start = instantOf(parts[1]);
  span.end = span.start + durationOf(parts[2]);
  span.every = durationOf(parts[3]);
  span.count = count;
  return span.end > span.start && span.every > 0;
}

const ascii = new Uint8Array(64);

function toAscii(text: string): number {
  for (let i = 0; i < text.length; i++) ascii[i] = text.charCodeAt(i);
  return text.length;
}

function instantOf(text: string | undefined): number {
  if (text === undefined || text.length > ascii.length) return Number.NaN;
  return readInstant(ascii, 0, toAscii(text));
}

function durationOf(text: string | undefined): number {
  if (text === undefined || text.length > ascii.length) return Number.NaN;
  return readIsoDuration(ascii, 0, toAscii(text));
}

const SLASH = 47;
