import { Buffer } from 'node:buffer';
import { isNumber } from '../json/number.ts';
import { copyBytes, copyText, escapeText, LONGEST_ESCAPE, roomBehind } from './escape-text.ts';
import type { RecordBatch } from './format.ts';

export interface Dialect {
  readonly name: string;
  readonly delimiter: number;
  /** Fields may stand in double quotes (RFC 4180). */
  readonly quoting: boolean;
  /** Escapes in fields that JSON has too (`escapePairs`). */
  readonly pairs: Uint8Array;
}

/** What `scan` found: a row; one whose last quote is not closed yet; one that is wrong (`at`, `reason`). */
const ROW_WHOLE = 0;
export const ROW_OPEN = 1;
export const ROW_BROKEN = 2;

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;

/** What a byte means in a field without quotes. */
const PLAIN = 0;
const STOP = 1;
const ESCAPED = 2;
const RETURN = 3;
const STRAY = 4;

const NULL = Buffer.from('null');
/** Bytes that a value has besides its text: a comma, two quotes, or `null`. */
const EXTRA = 8;

/**
 * Reads one row into members behind a batch's `used`, which it leaves alone: a row that turns out wrong is
 * simply written over. Before the columns are known a row becomes a JSON list of strings: the header.
 *
 * The fields hold the findings of the last `scan`. Scans over plain bytes may look behind `whole`; what they
 * see there is never used.
 */
export class DelimitedRow {
  /** Number of columns; -1: the next row is the header. */
  columns = -1;
  fields = 0;
  /** LFs inside quoted fields. */
  newlines = 0;
  /** Behind the last field; the row's LF, or the end of the bytes; the first byte of the next row. */
  end = 0;
  feed = 0;
  next = 0;
  /** Members are bytes[used, outEnd). */
  outEnd = 0;
  /** Span of the time column's value, JSON text; 0, 0: none. */
  timeStart = 0;
  timeEnd = 0;
  /** Of a row that is broken or open: the index of what is wrong, and what is. */
  at = 0;
  reason = '';
  readonly #dialect: Dialect;
  readonly #bare: Uint8Array;
  /** 1: the byte needs a look inside quotes. */
  readonly #quoted = new Uint8Array(256).fill(1, 0, 0x20);
  /** `,"name":` of column k is prefixes[prefixAt[k], prefixAt[k + 1]); the first has no comma. */
  #prefixes: Buffer = Buffer.from(',');
  #prefixAt = new Int32Array(2);
  #timeColumn = -1;
  /** The quoted field that was found last has doubled quotes or bytes that JSON escapes. */
  #special = false;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
    const bare = new Uint8Array(256).fill(ESCAPED, 0, 0x20);
    bare[0x5c] = ESCAPED;
    bare[QUOTE] = dialect.quoting ? STRAY : ESCAPED;
    bare[CR] = RETURN;
    bare[LF] = STOP;
    bare[dialect.delimiter] = STOP;
    this.#bare = bare;
    this.#quoted[QUOTE] = 1;
    this.#quoted[0x5c] = 1;
  }

  /**
   * @param names member names, quoted and escaped for JSON
   * @param timeColumn index of the column that is the time, or -1
   */
  setColumns(names: readonly string[], timeColumn: number): void {
    const prefixes = names.map((name, k) => Buffer.from(`${k > 0 ? ',' : ''}${name}:`));
    this.#prefixes = Buffer.concat(prefixes);
    this.#prefixAt = new Int32Array(names.length + 1);
    for (const [k, prefix] of prefixes.entries()) this.#prefixAt[k + 1] = this.#prefixAt[k]! + prefix.length;
    this.#timeColumn = timeColumn;
    this.columns = names.length;
  }

  /** Scans the row at bytes[start, whole), start < whole; `whole` is behind an LF, or the end of all. */
  scan(batch: RecordBatch, start: number, whole: number): number {
    const { delimiter, quoting } = this.#dialect;
    const bare = this.#bare;
    let b = batch.bytes;
    let i = start;
    this.outEnd = batch.used;
    this.fields = this.newlines = this.timeStart = this.timeEnd = 0;
    for (;;) {
      if (quoting && i < whole && b[i] === QUOTE) {
        const text = i + 1;
        const close = this.#closingQuote(b, text, whole);
        if (close < 0) {
          this.#broken(i, 'a quote is not closed');
          return ROW_OPEN;
        }
        this.#writeQuoted(batch, text, close);
        b = batch.bytes;
        i = close + 1;
        if (i < whole && b[i] !== delimiter && b[i] !== LF) {
          if (b[i] !== CR) return this.#broken(i, 'text behind a closing quote');
          if (i + 1 < whole && b[i + 1] !== LF) return this.#broken(i + 1, 'text behind a closing quote');
        }
      } else {
        const text = i;
        let escaped = false;
        for (;;) {
          const kind = bare[b[i]!];
          if (kind === PLAIN) {
            i++;
            continue;
          }
          if (i >= whole) {
            i = whole;
            break;
          }
          if (kind === STOP) break;
          if (kind === STRAY) return this.#broken(i, 'a quote inside a field without quotes');
          if (kind === RETURN && (i + 1 >= whole || b[i + 1] === LF)) break;
          escaped = true;
          i++;
        }
        this.#writeBare(batch, text, i, escaped);
        b = batch.bytes;
      }
      this.fields++;
      if (i >= whole || b[i] !== delimiter) break;
      i++;
    }
    this.end = i;
    this.feed = i < whole && b[i] === CR && i + 1 < whole ? i + 1 : i;
    this.next = this.feed + 1;
    return ROW_WHOLE;
  }

  #broken(at: number, reason: string): number {
    this.at = at;
    this.reason = reason;
    return ROW_BROKEN;
  }

  /** The index of the quote that closes the field whose text begins at `from`, or -1. */
  #closingQuote(b: Buffer, from: number, whole: number): number {
    const quoted = this.#quoted;
    this.#special = false;
    for (let i = from; ; i++) {
      while (quoted[b[i]!] === 0) i++;
      if (i >= whole) return -1;
      const c = b[i]!;
      if (c === QUOTE) {
        if (i + 1 >= whole || b[i + 1] !== QUOTE) return i;
        i++;
      } else if (c === LF) this.newlines++;
      this.#special = true;
    }
  }

  /** Begins a value: room for it, and the column's name before it; returns where it goes. */
  #begin(batch: RecordBatch, length: number): number {
    const k = this.fields;
    if (this.columns < 0) {
      roomBehind(batch, this.outEnd, length + EXTRA);
      if (k > 0) batch.bytes[this.outEnd++] = COMMA;
      return this.outEnd;
    }
    const from = this.#prefixAt[k]!;
    const to = this.#prefixAt[k + 1]!;
    roomBehind(batch, this.outEnd, length + EXTRA + to - from);
    return copyBytes(batch.bytes, this.outEnd, this.#prefixes, from, to);
  }

  #end(value: number, out: number): void {
    if (this.fields === this.#timeColumn) {
      this.timeStart = value;
      this.timeEnd = out;
    }
    this.outEnd = out;
  }

  #writeBare(batch: RecordBatch, text: number, end: number, escaped: boolean): void {
    if (this.fields >= this.columns && this.columns >= 0) return;
    const length = end - text;
    const value = this.#begin(batch, escaped ? length * LONGEST_ESCAPE : length);
    const b = batch.bytes;
    let out = value;
    const first = b[text]!;
    if (this.columns >= 0 && length === 0) out = copyBytes(b, out, NULL, 0, 4);
    else if (this.columns >= 0 && length > 0 && first < 0x3a && first >= 0x2d && isNumber(b, text, end)) {
      out = copyBytes(b, out, b, text, end);
    } else {
      b[out++] = QUOTE;
      if (escaped) out = escapeText(b, out, text, end, this.#dialect.pairs);
      else out = copyText(b, out, text, end);
      b[out++] = QUOTE;
    }
    this.#end(value, out);
  }

  #writeQuoted(batch: RecordBatch, text: number, end: number): void {
    if (this.fields >= this.columns && this.columns >= 0) return;
    const length = end - text;
    const value = this.#begin(batch, this.#special ? length * LONGEST_ESCAPE : length);
    const b = batch.bytes;
    let out = value;
    b[out++] = QUOTE;
    if (this.#special) {
      // Of a doubled quote the first is text, the second is left out.
      for (let from = text; from < end; ) {
        let to = from;
        while (to < end && b[to] !== QUOTE) to++;
        out = escapeText(b, out, from, Math.min(to + 1, end), this.#dialect.pairs);
        from = to + 2;
      }
    } else out = copyText(b, out, text, end);
    b[out++] = QUOTE;
    this.#end(value, out);
  }
}
