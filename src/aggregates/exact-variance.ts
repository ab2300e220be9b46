import type { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import { readInteger, writeDouble } from '../json/number.ts';
import type { Columns, DoubleColumn } from '../state/columns.ts';
import { BIG_INTEGER, NO_NUMBER, type Numbers } from '../stream/projection.ts';
import { AccumulatorReader } from './accumulator.ts';
import type { Aggregate, AggregateInput } from './aggregate.ts';
import { addProduct } from './exact-product.ts';
import { ExactSums } from './exact-sum.ts';
import { type Rational, rootOf, writeRational } from './rational.ts';

/** What the squared distances from the mean are divided by: n - 1, or n. */
export type Denominator = 'sample' | 'population';

/**
 * Variance from the exact sums of x and of x², rounded once: (n·Σx² − (Σx)²) / (n·(n − 1)), over n² for that of a
 * population. The standard deviation is the square root of that, rounded again.
 *
 * 48 bytes a group, about 300 more where pairs of doubles do not hold the sums (fractions, mostly).
 */
export class ExactVariance implements Aggregate {
  readonly #sums: ExactSums;
  readonly #squares: ExactSums;
  /** Number of values in the group. */
  readonly #counts: DoubleColumn;
  readonly #root: boolean;
  /** What n is lessened by in the denominator. */
  readonly #less: 0 | 1;

  constructor(columns: Columns, root: boolean, denominator: Denominator = 'sample') {
    this.#less = denominator === 'sample' ? 1 : 0;
    this.#sums = new ExactSums(columns);
    this.#squares = new ExactSums(columns);
    this.#counts = columns.doubles();
    this.#root = root;
  }

  add(input: AggregateInput, rows: Int32Array, slots: Int32Array, count: number): void {
    const numbers = input.numbers[0]!;
    this.#sums.addNumbers(numbers, rows, slots, count);
    const squares = this.#squares;
    const counts = this.#counts.values;
    const { form, value } = numbers;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      const kind = form[row]!;
      if (kind === NO_NUMBER) continue;
      const slot = slots[i]!;
      counts[slot]!++;
      if (kind === BIG_INTEGER) this.#addBigSquare(numbers, row, slot);
      else addProduct(squares, slot, value[row]!, value[row]!);
    }
  }

  merge(into: number, from: number): void {
    this.#sums.merge(into, from);
    this.#squares.merge(into, from);
    this.#counts.values[into]! += this.#counts.values[from]!;
  }

  result(slot: number, out: ByteWriter): void {
    const n = this.#counts.values[slot]!;
    if (n <= this.#less) {
      out.ascii('null');
      return;
    }
    const sum = this.#sums.single(slot);
    const squares = this.#squares.single(slot);
    if (Number.isInteger(sum) && Number.isInteger(squares)) {
      // Whole doubles below 2^53 are exact, so the division is the one rounding.
      const minuend = n * squares;
      const denominator = n * (n - this.#less);
      if (minuend <= Number.MAX_SAFE_INTEGER && denominator <= Number.MAX_SAFE_INTEGER) {
        const variance = (minuend - sum * sum) / denominator;
        writeDouble(out, this.#root ? Math.sqrt(variance) : variance);
        return;
      }
    }
    const variance = this.#exact(slot, BigInt(n));
    writeRational(out, this.#root ? rootOf(variance) : variance);
  }

  save(slot: number, out: ByteWriter): void {
    out.ascii(`[${this.#counts.values[slot]},`);
    this.#sums.save(slot, out);
    out.byte(0x2c);
    this.#squares.save(slot, out);
    out.byte(0x5d);
  }

  load(slot: number, bytes: Buffer, start: number, end: number): void {
    const saved = new AccumulatorReader(bytes, start, end);
    saved.open();
    this.#counts.values[slot]! += saved.integer(0);
    this.#sums.load(slot, saved);
    this.#squares.load(slot, saved);
    saved.close();
  }

  #exact(slot: number, n: bigint): Rational {
    const sum = this.#sums.exact(slot);
    const squares = this.#squares.exact(slot);
    const exponent = Math.min(2 * sum.exponent, squares.exponent);
    const minuend = (n * squares.mantissa) << BigInt(squares.exponent - exponent);
    const subtrahend = (sum.mantissa * sum.mantissa) << BigInt(2 * sum.exponent - exponent);
    return { numerator: minuend - subtrahend, denominator: n * (n - BigInt(this.#less)), exponent };
  }

  #addBigSquare(numbers: Numbers, row: number, slot: number): void {
    const { start, end } = numbers.source;
    const value = readInteger(numbers.bytes, start[row]!, end[row]!);
    this.#squares.addInteger(slot, value * value);
  }
}
