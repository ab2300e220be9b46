import type { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import type { Columns } from '../state/columns.ts';
import { AccumulatorReader } from './accumulator.ts';
import type { Aggregate, AggregateDefinition, AggregateInput } from './aggregate.ts';
import { ExactSums } from './exact-sum.ts';
import { noLiterals } from './literals.ts';
import { NUMBER_RESULT } from './result-schema.ts';

/** 20 bytes a group, about 150 more where two doubles do not hold the sum. */
class Sum implements Aggregate {
  readonly #sums: ExactSums;

  constructor(columns: Columns) {
    this.#sums = new ExactSums(columns);
  }

  add(input: AggregateInput, rows: Int32Array, slots: Int32Array, count: number): void {
    this.#sums.addNumbers(input.numbers[0]!, rows, slots, count);
  }

  merge(into: number, from: number): void {
    this.#sums.merge(into, from);
  }

  result(slot: number, out: ByteWriter): void {
    this.#sums.write(slot, out);
  }

  save(slot: number, out: ByteWriter): void {
    this.#sums.save(slot, out);
  }

  load(slot: number, bytes: Buffer, start: number, end: number): void {
    this.#sums.load(slot, new AccumulatorReader(bytes, start, end));
  }
}

/** Exact for integers of any size; with a double among the values, their exact sum rounded once. */
export const sum: AggregateDefinition = {
  name: 'sum',
  summary: 'add up FIELD exactly, null when there are no values',
  usage: 'sum(FIELD)',
  fields: 1,
  numeric: true,
  gives: NUMBER_RESULT,
  check: noLiterals,
  create: (columns) => new Sum(columns),
};
