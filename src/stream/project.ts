import { Buffer } from 'node:buffer';
import { findPath, type Path } from '../json/path.ts';
import { failure, skipSpace, stringEnd, valueEnd } from '../json/scan.ts';
import { unescape } from '../json/string.ts';
import { type Batch, EVENT } from './batch.ts';
import { badLine } from './line.ts';
import { ABSENT, ARRAY, FALSE, NULL, NUMBER, OBJECT, type Projected, STRING, TRUE } from './projection.ts';

/**
 * Reads the named members of every event of a batch into columns. Of duplicate names the first counts; a
 * nested path that leads nowhere is ABSENT. One projection serves all arguments of an operator, so that a
 * line is walked once, and only as far as the last member that is wanted.
 */
export class Projection {
  /** A column a path, in the order given; filled by `read`, over the rows of the batch read last. */
  readonly columns: readonly Projected[];
  readonly #paths: readonly Path[];
  readonly #capacity: number;
  readonly #columns: Column[];
  /** Paths of one name, found in one walk; the others are looked up one by one. */
  readonly #names: Buffer[] = [];
  readonly #named: Column[] = [];
  readonly #nested: { readonly path: Path; readonly column: Column }[] = [];
  readonly #found = { start: 0, end: 0 };

  constructor(paths: readonly Path[], capacity: number) {
    this.#paths = paths;
    this.#capacity = capacity;
    this.#columns = paths.map(() => new Column(capacity));
    this.columns = this.#columns;
    paths.forEach((path, index) => {
      const column = this.#columns[index]!;
      const name = path.steps[0];
      const twin = this.#names.findIndex((known) => known.toString() === name);
      if (path.steps.length > 1 || typeof name !== 'string' || twin >= 0) this.#nested.push({ path, column });
      else {
        this.#names.push(Buffer.from(name));
        this.#named.push(column);
      }
    });
  }

  /** @throws TidemarkError `failed` with line and column where the members are not JSON */
  read(batch: Batch): void {
    if (batch.rows > this.#capacity) throw new RangeError('a batch has more rows than its projection');
    for (const column of this.#columns) column.type.fill(ABSENT, 0, batch.rows);
    for (let row = 0; row < batch.rows; row++) {
      if (batch.kind[row] !== EVENT) continue;
      if (this.#names.length > 0) this.#walk(batch, row);
      for (const { path, column } of this.#nested) {
        if (findPath(batch.bytes, batch.start[row]!, batch.end[row]!, path, this.#found))
          column.set(row, batch.bytes, this.#found.start, this.#found.end);
      }
    }
  }

  /** The paths that no event so far has led anywhere. */
  get unseen(): Path[] {
    return this.#paths.filter((_path, index) => !this.#columns[index]!.seen);
  }

  #walk(batch: Batch, row: number): void {
    const bytes = batch.bytes;
    const end = batch.end[row]!;
    let missing = this.#names.length;
    let i = batch.start[row]!;
    while (i < end) {
      if (bytes[i] !== QUOTE) throw notJson(batch, row, i, 'expected a member name in quotes');
      const name = i + 1;
      i = name;
      while (i < end && bytes[i] !== QUOTE && bytes[i] !== BACKSLASH) i++;
      const escaped = bytes[i] === BACKSLASH;
      i = escaped ? stringEnd(bytes, name, end) : i + 1;
      if (i < 0) throw notJson(batch, row, failure.at, failure.reason);
      const nameEnd = i - 1;
      if (bytes[i] !== COLON) i = skipSpace(bytes, i, end);
      if (i >= end || bytes[i] !== COLON) throw notJson(batch, row, i, "expected ':'");
      i++;
      if (bytes[i]! <= SPACE) i = skipSpace(bytes, i, end);
      const value = i;
      i = valueEnd(bytes, value, end);
      if (i < 0) throw notJson(batch, row, failure.at, failure.reason);
      const index = escaped
        ? this.#indexOfEscaped(bytes, name, nameEnd)
        : this.#indexOf(bytes, name, nameEnd);
      if (index >= 0 && this.#named[index]!.type[row] === ABSENT) {
        this.#named[index]!.set(row, bytes, value, i);
        if (--missing === 0) return;
      }
      if (i < end && bytes[i] !== COMMA) i = skipSpace(bytes, i, end);
      if (i >= end) return;
      if (bytes[i] !== COMMA) throw notJson(batch, row, i, "expected ',' or '}'");
      i++;
      if (bytes[i] !== QUOTE) i = skipSpace(bytes, i, end);
      if (i >= end) throw notJson(batch, row, end, 'expected a member name in quotes');
    }
  }

  #indexOf(bytes: Buffer, start: number, end: number): number {
    const names = this.#names;
    const length = end - start;
    for (let n = 0; n < names.length; n++) {
      const name = names[n]!;
      if (name.length !== length) continue;
      let k = 0;
      while (k < length && name[k] === bytes[start + k]) k++;
      if (k === length) return n;
    }
    return -1;
  }

  #indexOfEscaped(bytes: Buffer, start: number, end: number): number {
    const text = Buffer.from(unescape(bytes, start, end));
    return this.#names.findIndex((name) => name.equals(text));
  }
}

class Column implements Projected {
  /** Whether any row ever had the member. */
  seen = false;
  readonly type: Uint8Array;
  readonly start: Int32Array;
  readonly end: Int32Array;

  constructor(capacity: number) {
    this.type = new Uint8Array(capacity);
    this.start = new Int32Array(capacity);
    this.end = new Int32Array(capacity);
  }

  set(row: number, bytes: Buffer, start: number, end: number): void {
    this.seen = true;
    this.type[row] = TYPES[bytes[start]!]!;
    this.start[row] = start;
    this.end[row] = end;
  }
}

function notJson(batch: Batch, row: number, at: number, reason: string): Error {
  const lineStart = batch.bytes.lastIndexOf(0x0a, batch.start[row]!) + 1;
  return badLine(batch.line[row]!, at - lineStart + 1, reason);
}

/** Type of a JSON value by its first byte. */
const TYPES = new Uint8Array(256).fill(NUMBER);
TYPES[0x22] = STRING;
TYPES[0x5b] = ARRAY;
TYPES[0x7b] = OBJECT;
TYPES[0x74] = TRUE;
TYPES[0x66] = FALSE;
TYPES[0x6e] = NULL;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const SPACE = 0x20;
