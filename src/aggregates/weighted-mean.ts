import type { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import type { Columns } from '../state/columns.ts';
import { AccumulatorReader } from './accumulator.ts';
import type { Aggregate, AggregateDefinition, AggregateInput } from './aggregate.ts';
import { quotientOf } from './binary.ts';
import { addRowProduct } from './exact-product.ts';
import { ExactSums } from './exact-sum.ts';
import { noLiterals } from './literals.ts';
import { PairRows } from './pairs.ts';
import { writeRational } from './rational.ts';
import { NUMBER_RESULT } from './result-schema.ts';

/** 40 bytes a group, about 150 more for each of both sums that two doubles do not hold. */
class WeightedMean implements Aggregate {
  /** Sums of value times weight, and of weights. */
  readonly #products: ExactSums;
  readonly #weights: ExactSums;
  readonly #pairs = new PairRows();

  constructor(columns: Columns) {
    this.#products = new ExactSums(columns);
    this.#weights = new ExactSums(columns);
  }

  add(input: AggregateInput, allRows: Int32Array, allSlots: Int32Array, count: number): void {
    const values = input.numbers[0]!;
    const weights = input.numbers[1]!;
    const pairs = this.#pairs.select(values, weights, allRows, allSlots, count);
    const { rows, slots } = this.#pairs;
    this.#weights.addNumbers(weights, rows, slots, pairs);
    for (let i = 0; i < pairs; i++) addRowProduct(this.#products, slots[i]!, values, weights, rows[i]!);
  }

  merge(into: number, from: number): void {
    this.#products.merge(into, from);
    this.#weights.merge(into, from);
  }

  result(slot: number, out: ByteWriter): void {
    const weight = this.#weights.exact(slot);
    if (weight.mantissa === 0n) out.ascii('null');
    else writeRational(out, quotientOf(this.#products.exact(slot), weight));
  }

  save(slot: number, out: ByteWriter): void {
    out.byte(0x5b);
    this.#products.save(slot, out);
    out.byte(0x2c);
    this.#weights.save(slot, out);
    out.byte(0x5d);
  }

  load(slot: number, bytes: Buffer, start: number, end: number): void {
    const saved = new AccumulatorReader(bytes, start, end);
    saved.open();
    this.#products.load(slot, saved);
    this.#weights.load(slot, saved);
    saved.close();
  }
}

/** The exact sum of value times weight over the exact sum of weights, rounded once. */
export const weightedMean: AggregateDefinition = {
  name: 'weighted_mean',
  summary:
    'take the mean of FIELD in which each counts as much as WEIGHT says, null when the weights add up to 0',
  usage: 'weighted_mean(FIELD, WEIGHT)',
  fields: 2,
  numeric: true,
  gives: NUMBER_RESULT,
  check: noLiterals,
  create: (columns) => new WeightedMean(columns),
};
