import { Buffer } from 'node:buffer';
import { ByteWriter } from '../json/byte-writer.ts';
import type { DoubleColumn, IntegerColumn } from './columns.ts';
import { Table } from './table.ts';

/**
 * Rows of a table beside the stream, found by key. The values of all rows lie end to end in one buffer, those
 * of a row joined by NUL (which no JSON text holds), in the order of `columns`; a row may have fewer values
 * than there are columns, the others are null. Memory: about 60 bytes a row beside its key and values.
 */
export class SideTable {
  /** Names of the columns, as member names of the stream without quotes. */
  readonly columns: readonly string[];
  readonly #keys = new Table();
  readonly #starts: DoubleColumn = this.#keys.doubles();
  readonly #lengths: IntegerColumn = this.#keys.integers();
  readonly #values = new ByteWriter(1 << 12);

  /** @param columns may grow while rows are added */
  constructor(columns: readonly string[]) {
    this.columns = columns;
  }

  /** Number of keys. */
  get size(): number {
    return this.#keys.count;
  }

  /**
   * Begins the row of a key, canonical JSON texts joined by NUL; a row that was there before gives way.
   * @returns whether there was one
   */
  begin(bytes: Buffer, start: number, end: number): boolean {
    this.#row = this.#keys.upsert(0, bytes, start, end);
    this.#starts.values[this.#row] = this.#values.length;
    this.#lengths.values[this.#row] = 0;
    this.#first = true;
    return !this.#keys.inserted;
  }

  /** The row that values are added to, and whether it has none yet. */
  #row = 0;
  #first = true;

  /** Adds the next value of the row begun last: the JSON text bytes[start, end). */
  add(bytes: Buffer, start: number, end: number): void {
    const values = this.#values;
    if (!this.#first) values.byte(0);
    this.#first = false;
    values.copy(bytes, start, end);
    this.#lengths.values[this.#row] = values.length - this.#starts.values[this.#row]!;
  }

  addNull(): void {
    this.add(NULL, 0, NULL.length);
  }

  /** The row of a key, or -1. */
  find(bytes: Buffer, start: number, end: number): number {
    return this.#keys.find(0, bytes, start, end);
  }

  /** The buffer that values(start(row), end(row)) lie in. */
  get bytes(): Buffer {
    return this.#values.bytes;
  }

  start(row: number): number {
    return this.#starts.values[row]!;
  }

  end(row: number): number {
    return this.#starts.values[row]! + this.#lengths.values[row]!;
  }
}

const NULL = Buffer.from('null');
