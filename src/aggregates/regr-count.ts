import type { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import type { Columns, DoubleColumn } from '../state/columns.ts';
import { NO_NUMBER } from '../stream/projection.ts';
import { AccumulatorReader } from './accumulator.ts';
import type { Aggregate, AggregateDefinition, AggregateInput } from './aggregate.ts';
import { noLiterals } from './literals.ts';
import { COUNT_RESULT } from './result-schema.ts';

/** 8 bytes a group. */
class PairCount implements Aggregate {
  /** Number of pairs in the group, below 2^53. */
  readonly #counts: DoubleColumn;

  constructor(columns: Columns) {
    this.#counts = columns.doubles();
  }

  add(input: AggregateInput, rows: Int32Array, slots: Int32Array, count: number): void {
    const counts = this.#counts.values;
    const y = input.numbers[0]!.form;
    const x = input.numbers[1]!.form;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      if (y[row] !== NO_NUMBER && x[row] !== NO_NUMBER) counts[slots[i]!]!++;
    }
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

export const regrCount: AggregateDefinition = {
  name: 'regr_count',
  summary: 'count the pairs of which neither is null, which are what the others of two fields go by',
  usage: 'regr_count(Y, X)',
  fields: 2,
  numeric: true,
  gives: COUNT_RESULT,
  check: noLiterals,
  create: (columns) => new PairCount(columns),
};
