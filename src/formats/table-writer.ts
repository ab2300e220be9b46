import type { Buffer } from 'node:buffer';
import { ByteWriter } from '../json/byte-writer.ts';
import { unescape } from '../json/string.ts';
import { type Batch, EVENT } from '../stream/batch.ts';
import { MemberCursor } from './member-cursor.ts';
import {
  collision,
  isMetaJson,
  type MetaName,
  metaNames,
  metaOfHeader,
  recordCount,
  withoutEscape,
  writeMeta,
  writtenNameStart,
} from './meta.ts';
import type { RecordWriter, WriterOptions } from './record-writer.ts';
import {
  type Cell,
  numberCell,
  printedWidths,
  type TableColumn,
  tableLine,
  textCell,
} from './table-layout.ts';

/** Rows of a bounded stream that are laid out together. */
const CHUNK = 10_000;

type Row = (Cell | undefined)[];

/**
 * A table for people: aligned columns, numbers at the right, `-` where there is no value, windows to the second
 * where they have no milliseconds (UTC). A bounded stream is laid out in chunks of 10,000 rows, so that memory
 * stays flat; an unbounded one batch by batch, its columns getting wider as needed. What all events have has its columns
 * before there are any; another member that comes up after the header was printed begins a new table. Makes objects per event: nobody reads a million rows.
 */
export class TableWriter implements RecordWriter {
  readonly #options: WriterOptions;
  readonly #cursor = new MemberCursor();
  readonly #scratch = new ByteWriter(256);
  /** Index of each column by its name, metadata and members. */
  readonly #byName = new Map<string, number>();
  /** Names of the columns that hold metadata. */
  readonly #metaColumns = new Set<string>();
  /** Indexes of columns that are shown: all but those of members that no event has to have, and none has had. */
  readonly #shown = new Set<number>();
  /** The columns as they were printed last; those of `#shown` that are none of them have no header yet. */
  #printed: (TableColumn & { readonly index: number })[] = [];
  /** Rows that wait for the chunk to be full. */
  #waiting: Row[] = [];

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  write(batch: Batch, out: ByteWriter, from = 0, to = batch.rows): void {
    const { kind } = batch;
    for (let row = from; row < to; row++) {
      if (kind[row] !== EVENT) continue;
      const records = recordCount(this.#options.meta, batch, row);
      for (let record = 0; record < records; record++) {
        this.#waiting.push(this.#read(batch, row, record));
        if (this.#options.bounded && this.#waiting.length === CHUNK) this.#print(out);
      }
    }
    if (!this.#options.bounded) this.#print(out);
  }

  /** Where it is known what columns there would be, they are shown also of no event. */
  end(out: ByteWriter): void {
    this.#print(out);
    const { expected, meta } = this.#options;
    if (this.#printed.length > 0 || expected === undefined) return;
    this.#expect(metaOfHeader(meta, expected.windowed, expected.paned));
    if (this.#shown.size > 0) this.#printHeader(out, []);
  }

  #read(batch: Batch, row: number, record: number): Row {
    const { bytes } = batch;
    const cells: Row = [];
    const meta = metaNames(this.#options.meta, batch, row);
    if (this.#byName.size === 0) this.#expect(meta);
    for (const name of meta) cells[this.#metaColumn(name)] = this.#metaCell(name, batch, row, record);
    const cursor = this.#cursor;
    cursor.begin(bytes, batch.start[row]!, batch.end[row]!, batch.line[row]!);
    while (cursor.next()) {
      const { nameStart, nameEnd } = cursor;
      const keep = this.#options.meta === 'keep';
      const name = unescape(bytes, keep ? nameStart : writtenNameStart(bytes, nameStart, nameEnd), nameEnd);
      if (this.#metaColumns.has(name)) throw collision(name, batch.line[row]!);
      const column = this.#column(name);
      this.#shown.add(column);
      if (!(column in cells)) cells[column] = valueCell(bytes, cursor.valueStart, cursor.valueEnd);
    }
    return cells;
  }

  /** Gives what all events have its columns, in their order. */
  #expect(meta: readonly MetaName[]): void {
    for (const name of meta) this.#metaColumn(name);
    const { expected, meta: mode } = this.#options;
    for (const member of expected?.members ?? []) {
      const column = this.#column(mode === 'keep' ? member : withoutEscape(member));
      if (expected?.optional.has(member) !== true) this.#shown.add(column);
    }
  }

  #metaColumn(name: string): number {
    this.#metaColumns.add(name);
    const column = this.#column(name);
    this.#shown.add(column);
    return column;
  }

  #column(name: string): number {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const column = this.#byName.size;
    this.#byName.set(name, column);
    return column;
  }

  #metaCell(name: MetaName, batch: Batch, row: number, record: number): Cell | undefined {
    const scratch = this.#scratch;
    scratch.clear();
    writeMeta(scratch, name, batch, row, record);
    const text = scratch.toString();
    if (text === '') return undefined;
    if (name === 'window_start' || name === 'window_end') return textCell(readableInstant(text));
    return isMetaJson(name) && name !== '@pane' ? numberCell(text) : textCell(text);
  }

  #print(out: ByteWriter): void {
    const rows = this.#waiting;
    if (rows.length === 0) return;
    if (this.#printed.length === this.#shown.size) this.#widen(rows);
    else this.#printHeader(out, rows);
    const columns = this.#printed;
    const widths = printedWidths(columns, this.#options.terminalWidth);
    for (const row of rows) {
      const cells = columns.map(({ index }) => row[index]);
      out.utf8(`${tableLine(columns, widths, cells)}\n`);
    }
    this.#waiting = [];
  }

  #widen(rows: readonly Row[]): void {
    for (const column of this.#printed)
      for (const row of rows) column.width = Math.max(column.width, row[column.index]?.width ?? 0);
  }

  /** Begins a table, wide enough for the rows that follow. */
  #printHeader(out: ByteWriter, rows: readonly Row[]): void {
    if (this.#printed.length > 0) out.byte(LF);
    const columns = this.#newColumns(rows);
    this.#printed = columns;
    this.#widen(rows);
    const widths = printedWidths(columns, this.#options.terminalWidth);
    const names = columns.map((column) => column.name);
    const line = tableLine(columns, widths, names);
    out.utf8(`${this.#options.bold?.(line) ?? line}\n`);
  }

  #newColumns(rows: readonly Row[]): (TableColumn & { readonly index: number })[] {
    const shown = [...this.#byName].filter(([, index]) => this.#shown.has(index));
    return shown.map(([text, index]) => {
      const name = textCell(text);
      const cells = rows.map((row) => row[index]).filter((cell) => cell !== undefined);
      const numeric = cells.length > 0 && cells.every((cell) => cell.number);
      return { index, name, numeric, width: name.width, elastic: !numeric && !this.#metaColumns.has(text) };
    });
  }
}

/** undefined: null. */
function valueCell(bytes: Buffer, start: number, end: number): Cell | undefined {
  const first = bytes[start]!;
  if (first === QUOTE) return textCell(unescape(bytes, start + 1, end - 1));
  if (first === NULL_START) return undefined;
  const text = bytes.toString('utf8', start, end);
  return first === MINUS || (first >= ZERO && first <= NINE) ? numberCell(text) : textCell(text);
}

/** `2015-05-17 10:05:00` of 2015-05-17T10:05:00.000Z. */
const readableInstant = (text: string): string => text.replace('T', ' ').replace(/(\.000)?Z$/, '');

const LF = 0x0a;
const QUOTE = 0x22;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const NULL_START = 0x6e;
