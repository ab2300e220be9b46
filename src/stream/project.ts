import { Buffer } from 'node:buffer';
import { memberNames } from '../json/member-names.ts';
import { findPath, type Path } from '../json/path.ts';
import { failure, skipSpace, stringEnd, valueEnd } from '../json/scan.ts';
import { unescape } from '../json/string.ts';
import { KERNEL_FIELDS, type KernelColumns } from '../kernel/columns.ts';
import { kernel } from '../kernel/kernel.ts';
import { NAME_LIMIT, setNames } from '../kernel/names.ts';
import { addressOf } from '../kernel/staging.ts';
import { type Batch, EVENT } from './batch.ts';
import { badMembers } from './line.ts';
import { ABSENT, MemberColumn, type Projected, typeOfByte } from './projection.ts';

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
  /** The names, as many together as the kernel looks for at once. */
  readonly #nameLists: Buffer[][] = [];
  readonly #named: Column[] = [];
  readonly #nested: { readonly path: Path; readonly column: Column }[] = [];
  readonly #found = { start: 0, end: 0 };
  /** The members of the first event, for what is told of fields that no event has. */
  #first: Buffer | undefined;
  /** Their names, where the first event was read elsewhere. */
  #firstNames: readonly string[] | undefined;

  constructor(paths: readonly Path[], capacity: number) {
    this.#paths = paths;
    this.#capacity = capacity;
    this.#columns = paths.map(() => new Column(capacity));
    this.columns = this.#columns;
    paths.forEach((path, index) => {
      const column = this.#columns[index]!;
      const name = path.steps[0];
      const twin = this.#names.findIndex((known) => known.toString() === name);
      const simple = path.steps.length === 1 && typeof name === 'string';
      if (!simple || twin >= 0 || Buffer.byteLength(name) > NAME_LIMIT) this.#nested.push({ path, column });
      else {
        this.#names.push(Buffer.from(name));
        this.#named.push(column);
      }
    });
    for (let from = 0; from < this.#names.length; from += KERNEL_FIELDS)
      this.#nameLists.push(this.#names.slice(from, from + KERNEL_FIELDS));
  }

  /** @throws TidemarkError `failed` with line and column where the members are not JSON */
  read(batch: Batch): void {
    if (batch.rows > this.#capacity) throw new RangeError('a batch has more rows than its projection');
    if (this.#first === undefined) this.#keepFirst(batch);
    for (let from = 0; from < this.#names.length; from += KERNEL_FIELDS) this.#readNamed(batch, from);
    for (const { path, column } of this.#nested) {
      column.type.fill(ABSENT, 0, batch.rows);
      for (let row = 0; row < batch.rows; row++) {
        if (batch.kind[row] !== EVENT) continue;
        if (findPath(batch.bytes, batch.start[row]!, batch.end[row]!, path, this.#found))
          column.set(row, batch.bytes, this.#found.start, this.#found.end);
      }
    }
  }

  /** Reads the names from number `first` on, as many as the kernel takes at once. */
  #readNamed(batch: Batch, first: number): void {
    const { rows } = batch;
    const named = this.#named.slice(first, first + KERNEL_FIELDS);
    if (this.#takeFound(batch, first, named)) return;
    const { call, columns } = kernel();
    setNames(this.#nameLists[first / KERNEL_FIELDS]!, kernel());
    columns.kind.set(batch.kind.subarray(0, rows));
    columns.start.set(batch.start.subarray(0, rows));
    columns.end.set(batch.end.subarray(0, rows));
    const base = addressOf(batch.bytes);
    for (let row = 0; ; row++) {
      row = call.project(base, row, rows, named.length);
      if (row >= rows) break;
      for (let n = 0; n < named.length; n++) columns.fieldType[n]![row] = ABSENT;
      this.#walk(batch, row, first, columns);
    }
    named.forEach((column, n) => {
      const type = columns.fieldType[n]!.subarray(0, rows);
      column.type.set(type);
      column.start.set(columns.fieldStart[n]!.subarray(0, rows));
      column.end.set(columns.fieldEnd[n]!.subarray(0, rows));
      column.seen ||= type.some((each) => each !== ABSENT);
    });
  }

  #keepFirst({ kind, rows, bytes, start, end }: Batch): void {
    const row = kind.subarray(0, rows).indexOf(EVENT);
    if (row >= 0) this.#first = Buffer.from(bytes.subarray(start[row], end[row]));
  }

  /** Names of the members that the first event has had; none: there was no event. */
  get firstNames(): readonly string[] {
    const first = this.#first;
    return this.#firstNames ?? (first === undefined ? [] : memberNames(first, 0, first.length));
  }

  /** Takes over what the same projection has found the first event to have elsewhere, unless it knows another that was before. */
  markFirst(names: readonly string[]): void {
    if (this.#first === undefined && names.length > 0) this.#firstNames ??= names;
  }

  /** The names of the members that paths begin with. */
  get names(): string[] {
    return this.#names.map((name) => name.toString());
  }

  /** The paths that no event so far has led anywhere. */
  get unseen(): Path[] {
    return this.#paths.filter((_path, index) => !this.#columns[index]!.seen);
  }

  /** Of each path, whether an event so far has led it anywhere. */
  get seen(): boolean[] {
    return this.#columns.map(({ seen }) => seen);
  }

  /** The texts of the paths that an event so far has led anywhere. */
  get seenTexts(): string[] {
    return this.#paths.filter((_path, index) => this.#columns[index]!.seen).map(({ text }) => text);
  }

  /** Takes over what another projection has seen. */
  markSeenTexts(texts: readonly string[]): void {
    const known = new Set(texts);
    this.markSeen(this.#paths.map(({ text }) => known.has(text)));
  }

  /** Takes over what the same projection has seen elsewhere. */
  markSeen(seen: readonly boolean[]): void {
    this.#columns.forEach((column, index) => {
      column.seen ||= seen[index] === true;
    });
  }

  /** Members that the source has found already; false: they are to be sought. */
  #takeFound({ found, rows }: Batch, first: number, named: readonly Column[]): boolean {
    if (found === undefined) return false;
    const columns = this.#nameLists[first / KERNEL_FIELDS]!.map((name) => found.get(name.toString()));
    if (columns.includes(undefined)) return false;
    named.forEach((column, n) => {
      const type = columns[n]!.type.subarray(0, rows);
      column.type.set(type);
      column.start.set(columns[n]!.start.subarray(0, rows));
      column.end.set(columns[n]!.end.subarray(0, rows));
      column.seen ||= type.some((each) => each !== ABSENT);
    });
    return true;
  }

  /** Reads a row that the kernel left: one with an escaped name, or what is no JSON. */
  #walk(batch: Batch, row: number, first: number, columns: KernelColumns): void {
    const bytes = batch.bytes;
    const end = batch.end[row]!;
    let i = batch.start[row]!;
    while (i < end) {
      if (bytes[i] !== QUOTE) throw badMembers(batch, row, i, 'expected a member name in quotes');
      const name = i + 1;
      i = stringEnd(bytes, name, end);
      if (i < 0) throw badMembers(batch, row, failure.at, failure.reason);
      const nameEnd = i - 1;
      i = skipSpace(bytes, i, end);
      if (i >= end || bytes[i] !== COLON) throw badMembers(batch, row, i, "expected ':'");
      const value = skipSpace(bytes, i + 1, end);
      i = valueEnd(bytes, value, end);
      if (i < 0) throw badMembers(batch, row, failure.at, failure.reason);
      const n = this.#indexOf(bytes, name, nameEnd) - first;
      if (n >= 0 && n < KERNEL_FIELDS && columns.fieldType[n]![row] === ABSENT) {
        columns.fieldType[n]![row] = typeOfByte(bytes[value]!);
        columns.fieldStart[n]![row] = value;
        columns.fieldEnd[n]![row] = i;
      }
      i = skipSpace(bytes, i, end);
      if (i >= end) return;
      if (bytes[i] !== COMMA) throw badMembers(batch, row, i, "expected ',' or '}'");
      i = skipSpace(bytes, i + 1, end);
      if (i >= end) throw badMembers(batch, row, end, 'expected a member name in quotes');
    }
  }

  #indexOf(bytes: Buffer, start: number, end: number): number {
    const text = Buffer.from(unescape(bytes, start, end));
    return this.#names.findIndex((name) => name.equals(text));
  }
}

class Column extends MemberColumn {
  /** Whether any row ever had the member. */
  seen = false;

  set(row: number, bytes: Buffer, start: number, end: number): void {
    this.seen = true;
    this.type[row] = typeOfByte(bytes[start]!);
    this.start[row] = start;
    this.end[row] = end;
  }
}

const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
