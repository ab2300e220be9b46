import { type Buffer, isUtf8 } from 'node:buffer';
import type { Path } from '../json/path.ts';
import { skipSpace, valueEnd } from '../json/scan.ts';
import { readEpoch } from '../time/epoch.ts';
import { BatchWriter } from './batch-writer.ts';
import { escapeText, LONGEST_ESCAPE, NO_PAIRS } from './escape-text.ts';
import type { ReaderState, RecordBatch, ResumableReader } from './format.ts';
import type { ReaderOptions } from './location-reader.ts';
import { MemberCursor } from './member-cursor.ts';
import { NdjsonReader } from './ndjson-reader.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;

/** The member that holds the time at which journald received the entry, in microseconds since the epoch. */
export const JOURNAL_TIME = '__REALTIME_TIMESTAMP';
const TIME_PATH: Path = { text: JOURNAL_TIME, steps: [JOURNAL_TIME] };

/**
 * Entries of systemd's journal as `journalctl -o json` writes them (systemd, "Journal JSON Format"): NDJSON,
 * in which a field that is no printable text is a list of its bytes, and one that an entry has several times
 * a list of its values. Bytes that are UTF-8 become text; all else stays as it came.
 */
export class JournalReader implements ResumableReader {
  readonly #lines: NdjsonReader;
  /** The event time is the journal's own. */
  readonly #timed: boolean;
  readonly #cursor = new MemberCursor();
  readonly #out = new BatchWriter();

  constructor(options: ReaderOptions) {
    this.#timed = options.time === undefined;
    this.#lines = new NdjsonReader({ ...options, time: options.time ?? TIME_PATH });
  }

  get lines(): number {
    return this.#lines.lines;
  }

  save(): ReaderState {
    return this.#lines.save();
  }

  restore(state: ReaderState): void {
    this.#lines.restore(state);
  }

  read(batch: RecordBatch, from: number, cut: number, last: boolean): number {
    const first = batch.rows;
    const next = this.#lines.read(batch, from, cut, last);
    /** In the block, the next bracket at or behind the row. */
    let bracket = -1;
    for (let row = first; row < batch.rows; row++) {
      if (this.#timed) batch.time[row] = this.#timeOf(batch, row);
      const start = batch.start[row]!;
      if (start < cut && bracket < start) {
        bracket = batch.bytes.indexOf(OPEN, start);
        if (bracket < 0) bracket = cut;
      }
      // Behind the block are members that were written anew: few, and looked through in any case.
      if (start >= cut || bracket < batch.end[row]!) this.#readLists(batch, row);
    }
    return next;
  }

  /** The time is a number in quotes; NaN where there is none. */
  #timeOf(batch: RecordBatch, row: number): number {
    const b = batch.bytes;
    let start = batch.timeStart[row]!;
    let end = batch.timeEnd[row]!;
    if (end > start && b[start] === QUOTE) {
      start++;
      end--;
    }
    return readEpoch(b, start, end, 'us');
  }

  /** Where a row has lists, writes its members anew, with texts in place of lists of bytes. */
  #readLists(batch: RecordBatch, row: number): void {
    const start = batch.start[row]!;
    const end = batch.end[row]!;
    const out = this.#out;
    /** Where they are written, and up to where the row is copied there; -1: no list was met yet. */
    let members = -1;
    let copied = start;
    const cursor = this.#cursor;
    cursor.begin(batch.bytes, start, end, batch.line[row]!);
    while (cursor.next()) {
      if (batch.bytes[cursor.valueStart] !== OPEN) continue;
      if (members < 0) {
        batch.reserve(LONGEST_ESCAPE * (end - start));
        members = batch.used;
        out.open(batch);
      }
      out.copy(batch.bytes, copied, cursor.valueStart);
      out.length = writeList(batch.bytes, out.length, cursor.valueStart, cursor.valueEnd);
      copied = cursor.valueEnd;
    }
    if (members < 0) return;
    out.copy(batch.bytes, copied, end);
    out.close(batch);
    batch.start[row] = members;
    batch.end[row] = batch.used;
    // The time's value stays where it is, in the record as it came.
  }
}

/** Writes a list of bytes as text, a list of values with those of them that are such lists as texts. */
function writeList(b: Buffer, at: number, start: number, end: number): number {
  const text = writeBytes(b, at, start, end);
  if (text >= 0) return text;
  let out = at;
  b[out++] = OPEN;
  let i = skipSpace(b, start + 1, end);
  while (b[i] !== CLOSE) {
    const behind = valueEnd(b, i, end);
    const list = b[i] === OPEN ? writeBytes(b, out, i, behind) : -1;
    if (list >= 0) out = list;
    else {
      b.copyWithin(out, i, behind);
      out += behind - i;
    }
    i = skipSpace(b, behind, end);
    if (b[i] !== COMMA) break;
    b[out++] = COMMA;
    i = skipSpace(b, i + 1, end);
  }
  b[out++] = CLOSE;
  return out;
}

/**
 * Writes a list of whole numbers from 0 to 255 as the text that they are the bytes of.
 * @returns the index behind it, or -1: it is no such list, or the bytes are not UTF-8
 */
function writeBytes(b: Buffer, at: number, start: number, end: number): number {
  // The bytes go behind the room that their text may need at most: six for each.
  const raw = at + 2 + 3 * (end - start);
  let count = 0;
  let i = skipSpace(b, start + 1, end);
  if (b[i] === CLOSE) return -1;
  for (;;) {
    let value = -1;
    for (; b[i]! >= 0x30 && b[i]! <= 0x39; i++) {
      if (value === 0) return -1;
      value = (value < 0 ? 0 : value * 10) + b[i]! - 0x30;
      if (value > 255) return -1;
    }
    if (value < 0) return -1;
    b[raw + count++] = value;
    i = skipSpace(b, i, end);
    if (b[i] === CLOSE) break;
    if (b[i] !== COMMA) return -1;
    i = skipSpace(b, i + 1, end);
  }
  if (!isUtf8(b.subarray(raw, raw + count))) return -1;
  b[at] = QUOTE;
  const out = escapeText(b, at + 1, raw, raw + count, NO_PAIRS);
  b[out] = QUOTE;
  return out + 1;
}
