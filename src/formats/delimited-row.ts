import { Buffer } from 'node:buffer';
import { isNumber } from '../json/number.ts';
import { spellDeclared } from './declared-text.ts';
import type { Dialect } from './dialect.ts';
import { copyBytes, copyText, escapeByte, LONGEST_ESCAPE, roomBehind } from './escape-text.ts';
import type { RecordBatch } from './format.ts';

/** What `scan` found: a row; one whose last quote is not closed yet; one that is wrong (`at`, `reason`). */
export const ROW_WHOLE = 0;
export const ROW_OPEN = 1;
export const ROW_BROKEN = 2;

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const BACKSLASH = 0x5c;

/** What a byte means in a field. */
const PLAIN = 0;
/** It ends the field: the delimiter or LF; inside of quotes, the quote. */
const STOP = 1;
/** JSON escapes it. */
const ESCAPED = 2;
const RETURN = 3;
/** A quote where none may be. */
const STRAY = 4;
/** The byte before one that is meant as it is. */
const ESCAPE = 5;

const NULL = Buffer.from('null');
/** Bytes that a value has besides its text: a comma, two quotes, or `null`. */
const EXTRA = 8;
/** Bytes that become of one where a row may have more fields than columns: `,"1234567":null` of a comma. */
const LONGEST_SURPLUS = 20;

/**
 * Reads one row into members behind a batch's `used`, which it leaves alone: a row that turns out wrong is
 * simply written over. Before the columns are known a row becomes a JSON list of strings: the header. Bytes are
 * looked at once: a field is written while its end is looked for.
 *
 * The fields hold the findings of the last `scan`.
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
  /** What a byte means in a field without quotes, and in one in quotes. */
  readonly #bare: Uint8Array;
  readonly #quoted: Uint8Array;
  /** `,"name":` of column k is prefixes[prefixAt[k], prefixAt[k + 1]); the first has no comma. */
  #prefixes: Buffer = Buffer.from(',');
  #prefixAt = new Int32Array(2);
  /** As `#prefixes`, of the columns behind those that have names, in rows that may have more. Never freed. */
  readonly #surplus: Buffer[] = [];
  #names: readonly string[] = [];
  #timeColumn = -1;
  /** Of each column the types that are declared of it; 0: none are. */
  #types: readonly number[] = [];

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
    const bare = new Uint8Array(256).fill(ESCAPED, 0, 0x20);
    bare[QUOTE] = bare[BACKSLASH] = ESCAPED;
    const quoted = bare.slice();
    bare[CR] = RETURN;
    if (dialect.quote >= 0 && !dialect.lazyQuotes) bare[dialect.quote] = STRAY;
    bare[LF] = bare[dialect.delimiter] = STOP;
    if (dialect.escape >= 0) quoted[dialect.escape] = ESCAPE;
    if (dialect.quote >= 0) quoted[dialect.quote] = STOP;
    this.#bare = bare;
    this.#quoted = quoted;
  }

  /**
   * @param names member names, quoted and escaped for JSON
   * @param timeColumn the index of the time's, or -1
   * @param types that are declared of each, bits of schema.ts; 0: none are
   */
  setColumns(names: readonly string[], timeColumn: number, types: readonly number[] = []): void {
    const prefixes = names.map((name, k) => Buffer.from(`${k > 0 ? ',' : ''}${name}:`));
    this.#names = names;
    this.#prefixes = Buffer.concat(prefixes);
    this.#prefixAt = new Int32Array(names.length + 1);
    for (const [k, prefix] of prefixes.entries()) this.#prefixAt[k + 1] = this.#prefixAt[k]! + prefix.length;
    this.#timeColumn = timeColumn;
    this.#types = types;
    this.columns = names.length;
  }

  /** Scans the row at bytes[start, whole), start < whole; `whole` is behind an LF, or the end of all. */
  scan(batch: RecordBatch, start: number, whole: number): number {
    const { delimiter, quote, ragged } = this.#dialect;
    this.outEnd = batch.used;
    this.fields = this.newlines = this.timeStart = this.timeEnd = 0;
    this.#makeRoom(batch, start, whole);
    for (let i = start; ; i++) {
      const k = this.fields;
      const before = this.outEnd;
      const surplus = this.columns >= 0 && k >= this.columns;
      const value = surplus ? this.#beginSurplus(batch.bytes, k) : this.#begin(batch.bytes, k);
      if (value < 0) return this.#broken(i, `column ${k + 1} has no name, and another has its number`);
      const field = i;
      const quoted = quote >= 0 && i < whole && batch.bytes[i] === quote;
      i = quoted ? this.#readQuoted(batch, i, whole, value) : this.#readBare(batch.bytes, i, whole, value);
      if (i < 0) return -i;
      if ((this.#types[k] ?? 0) !== 0) this.#spell(batch.bytes, k, value, quoted, i === field);
      if (k === this.#timeColumn) {
        this.timeStart = value;
        this.timeEnd = this.outEnd;
      }
      // Counted only: the row will be refused for its fields.
      if (surplus && !ragged) this.outEnd = before;
      this.fields++;
      if (i >= whole || batch.bytes[i] !== delimiter) {
        this.end = i;
        break;
      }
    }
    const { end } = this;
    this.feed = end < whole && batch.bytes[end] === CR && end + 1 < whole ? end + 1 : end;
    this.next = this.feed + 1;
    if (ragged && this.columns >= 0) this.#fill(batch.bytes);
    return ROW_WHOLE;
  }

  /** Spells the field of a column, which was written at `value`, as its types want it; a spelling of null stays null. */
  #spell(b: Buffer, k: number, value: number, quoted: boolean, nothing: boolean): void {
    const isNull = !quoted && b[value] === NULL[0];
    if (isNull && (!nothing || this.#dialect.nulls.some(({ length }) => length === 0))) return;
    const form = quoted ? 'quoted' : nothing ? 'nothing' : 'bare';
    this.outEnd = spellDeclared(b, value, this.outEnd, this.#types[k]!, form);
  }

  /** Gives a row that may have fewer fields the columns that it lacks, as null. */
  #fill(b: Buffer): void {
    for (let k = this.fields; k < this.columns; k++) {
      const value = this.#begin(b, k);
      this.outEnd = copyBytes(b, value, NULL, 0, 4);
      if (k !== this.#timeColumn) continue;
      this.timeStart = value;
      this.timeEnd = this.outEnd;
    }
    this.fields = Math.max(this.fields, this.columns);
  }

  #broken(at: number, reason: string, state = ROW_BROKEN): number {
    this.at = at;
    this.reason = reason;
    return state;
  }

  /** Makes room for what the line at `from` can become, behind what is written of its row. */
  #makeRoom(batch: RecordBatch, from: number, whole: number): void {
    const feed = batch.bytes.indexOf(LF, from);
    const length = (feed < 0 || feed > whole ? whole : feed) - from;
    const names = this.#prefixes.length + EXTRA * (Math.max(this.columns, 0) + 1);
    roomBehind(
      batch,
      this.outEnd,
      (this.#dialect.ragged ? LONGEST_SURPLUS : LONGEST_ESCAPE) * (length + 1) + names,
    );
  }

  /** Begins the value of a column: its name goes before it. */
  #begin(b: Buffer, k: number): number {
    let out = this.outEnd;
    if (this.columns < 0) {
      if (k > 0) b[out++] = COMMA;
      return out;
    }
    const prefixes = this.#prefixes;
    const to = this.#prefixAt[k + 1]!;
    for (let i = this.#prefixAt[k]!; i < to; i++) b[out++] = prefixes[i]!;
    return out;
  }

  /** As `#begin`, of a column behind those with names; -1: one of them has its number for a name. */
  #beginSurplus(b: Buffer, k: number): number {
    if (!this.#dialect.ragged) return this.outEnd;
    let prefix = this.#surplus[k];
    if (prefix === undefined) {
      const name = `"${k + 1}"`;
      if (this.#names.includes(name)) return -1;
      prefix = Buffer.from(`,${name}:`);
      this.#surplus[k] = prefix;
    }
    return copyBytes(b, this.outEnd, prefix, 0, prefix.length);
  }

  /** Reads a field without quotes at `text`; the index of the byte that ends it, or minus the state. */
  #readBare(b: Buffer, text: number, whole: number, value: number): number {
    const bare = this.#bare;
    let out = value;
    let i = text;
    const first = i < whole ? b[i]! : LF;
    const typed = this.columns >= 0;
    if (typed && (first === MINUS || (first >= 0x30 && first <= 0x39))) {
      while (i < whole && bare[b[i]!] === PLAIN) i++;
      if (this.#isEnd(b, i, whole) && isNumber(b, text, i)) {
        this.outEnd = copyBytes(b, out, b, text, i);
        return this.#endBare(b, text, i, value);
      }
      i = text;
    }
    b[out++] = QUOTE;
    for (;;) {
      while (i < whole) {
        const c = b[i]!;
        if (bare[c] !== PLAIN) break;
        b[out++] = c;
        i++;
      }
      if (i >= whole) break;
      const c = b[i]!;
      const kind = bare[c];
      if (kind === STOP) break;
      if (kind === STRAY) return -this.#broken(i, 'a quote inside a field without quotes');
      if (kind === RETURN && (i + 1 >= whole || b[i + 1] === LF)) break;
      if (c === BACKSLASH && i + 1 < whole && this.#dialect.pairs[b[i + 1]!] === 1) {
        b[out++] = BACKSLASH;
        b[out++] = b[++i]!;
      } else out = escapeByte(b, out, c);
      i++;
    }
    b[out++] = QUOTE;
    this.outEnd = typed && i === text ? copyBytes(b, value, NULL, 0, 4) : out;
    return typed ? this.#endBare(b, text, i, value) : i;
  }

  /** Whether a field can end before the byte at `i`. */
  #isEnd(b: Buffer, i: number, whole: number): boolean {
    if (i >= whole || this.#bare[b[i]!] === STOP) return true;
    return b[i] === CR && (i + 1 >= whole || b[i + 1] === LF);
  }

  /** A field without quotes, b[text, end), was written at `value`: it may be a spelling of null. */
  #endBare(b: Buffer, text: number, end: number, value: number): number {
    for (const spelling of this.#dialect.nulls) {
      if (spelling.length !== end - text) continue;
      let k = 0;
      while (k < spelling.length && b[text + k] === spelling[k]) k++;
      if (k === spelling.length) this.outEnd = copyBytes(b, value, NULL, 0, 4);
    }
    return end;
  }

  /** Reads a field whose quote opens at `open`; the index of the byte that ends it, or minus the state. */
  #readQuoted(batch: RecordBatch, open: number, whole: number, value: number): number {
    const { quote, escape, lazyQuotes } = this.#dialect;
    const quoted = this.#quoted;
    let b = batch.bytes;
    let out = value;
    b[out++] = QUOTE;
    for (let i = open + 1; ; i++) {
      const run = i;
      while (i < whole && quoted[b[i]!] === PLAIN) i++;
      if (i >= whole) break;
      out = copyText(b, out, run, i);
      const kind = quoted[b[i]!];
      if (kind === STOP) {
        const doubled = escape === quote && i + 1 < whole && b[i + 1] === quote;
        if (doubled) i++;
        else if (this.#isBehindField(b, i + 1, whole)) {
          b[out++] = QUOTE;
          this.outEnd = out;
          return i + 1;
        } else if (!lazyQuotes) {
          return -this.#broken(b[i + 1] === CR ? i + 2 : i + 1, 'text behind a closing quote');
        }
      } else if (kind === ESCAPE && ++i >= whole) break;
      const c = b[i]!;
      if (c === LF) {
        this.newlines++;
        this.outEnd = out;
        this.#makeRoom(batch, i + 1, whole);
        b = batch.bytes;
      }
      if (c < 0x20 || c === QUOTE || c === BACKSLASH) out = escapeByte(b, out, c);
      else b[out++] = c;
    }
    return -this.#broken(open, 'a quote is not closed', ROW_OPEN);
  }

  /** Whether what stands at `i`, behind a quote, is the end of the field. */
  #isBehindField(b: Buffer, i: number, whole: number): boolean {
    return (
      i >= whole ||
      b[i] === this.#dialect.delimiter ||
      b[i] === LF ||
      (b[i] === CR && this.#isEnd(b, i, whole))
    );
  }
}
