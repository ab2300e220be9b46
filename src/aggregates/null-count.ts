import type { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import type { Columns, DoubleColumn } from '../state/columns.ts';
import { NULL } from '../stream/projection.ts';
import { AccumulatorReader } from './accumulator.ts';
import type { Aggregate, AggregateDefinition, AggregateInput } from './aggregate.ts';
import { noLiterals } from './literals.ts';
import { COUNT_RESULT } from './result-schema.ts';

/** 8 bytes a group. */
class NullCount implements Aggregate {
  /** Number of events without a value in the group, below 2^53. */
  readonly #counts: DoubleColumn;

  constructor(columns: Columns) {
    this.#counts = columns.doubles();
  }

  add(input: AggregateInput, rows: Int32Array, slots: Int32Array, count: number): void {
    const counts = this.#counts.values;
    const { type } = input.values[0]!;
    for (let i = 0; i < count; i++) if (type[rows[i]!]! <= NULL) counts[slots[i]!]!++;
  }

  merge(into: number, from: number): void {
    this.#counts.values[into]! += this.#counts.values[from]!;
  }

  result(slot: number, out: ByteWriter): void {
    out.ascii(String(this.#counts.values[slot]));
  }

  save(slot: number, out: ByteWriter): void {
    this.result(slot, out);
  }

  load(slot: number, bytes: Buffer, start: number, end: number): void {
    this.#counts.values[slot]! += new AccumulatorReader(bytes, start, end).integer(0);
  }
}

/** With `count(FIELD)` it adds up to `count()`. */
export const nullCount: AggregateDefinition = {
  name: 'null_count',
  summary: 'count the events whose FIELD is null or missing',
  usage: 'null_count(FIELD)',
  fields: 1,
  numeric: false,
  gives: COUNT_RESULT,
  check: noLiterals,
  create: (columns) => new NullCount(columns),
};
