import type { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import { writeDouble } from '../json/number.ts';
import type { Columns, DoubleColumn } from '../state/columns.ts';
import { NO_NUMBER } from '../stream/projection.ts';
import { AccumulatorReader } from './accumulator.ts';
import type { Aggregate, AggregateDefinition, AggregateInput } from './aggregate.ts';
import { ExactSums } from './exact-sum.ts';
import { noLiterals } from './literals.ts';
import { writeRational } from './rational.ts';
import { NUMBER_RESULT } from './result-schema.ts';

/** 28 bytes a group, about 150 more where two doubles do not hold the sum. */
class Mean implements Aggregate {
  readonly #sums: ExactSums;
  /** Number of values in the group. */
  readonly #counts: DoubleColumn;

  constructor(columns: Columns) {
    this.#sums = new ExactSums(columns);
    this.#counts = columns.doubles();
  }

  add(input: AggregateInput, rows: Int32Array, slots: Int32Array, count: number): void {
    const numbers = input.numbers[0]!;
    this.#sums.addNumbers(numbers, rows, slots, count);
    const { form } = numbers;
    const counts = this.#counts.values;
    for (let i = 0; i < count; i++) if (form[rows[i]!] !== NO_NUMBER) counts[slots[i]!]!++;
  }

  merge(into: number, from: number): void {
    this.#sums.merge(into, from);
    this.#counts.values[into]! += this.#counts.values[from]!;
  }

  result(slot: number, out: ByteWriter): void {
    const count = this.#counts.values[slot]!;
    if (count === 0) {
      out.ascii('null');
      return;
    }
    // One division of exact doubles is rounded correctly by IEEE 754.
    const single = this.#sums.single(slot);
    if (!Number.isNaN(single)) {
      writeDouble(out, single / count);
      return;
    }
    const { mantissa, exponent } = this.#sums.exact(slot);
    writeRational(out, { numerator: mantissa, denominator: BigInt(count), exponent });
  }

  save(slot: number, out: ByteWriter): void {
    out.ascii(`[${this.#counts.values[slot]},`);
    this.#sums.save(slot, out);
    out.byte(0x5d);
  }

  load(slot: number, bytes: Buffer, start: number, end: number): void {
    const saved = new AccumulatorReader(bytes, start, end);
    saved.open();
    this.#counts.values[slot]! += saved.integer(0);
    this.#sums.load(slot, saved);
    saved.close();
  }
}

/** The exact sum over the count, rounded once to the nearest double. */
export const mean: AggregateDefinition = {
  name: 'mean',
  summary: 'take the mean of FIELD, correctly rounded, null when there are no values',
  usage: 'mean(FIELD)',
  fields: 1,
  numeric: true,
  gives: NUMBER_RESULT,
  check: noLiterals,
  create: (columns) => new Mean(columns),
};
