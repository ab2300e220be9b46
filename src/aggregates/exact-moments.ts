import type { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import { readInteger } from '../json/number.ts';
import type { Columns, DoubleColumn } from '../state/columns.ts';
import { BIG_INTEGER, NO_NUMBER, type Numbers } from '../stream/projection.ts';
import { AccumulatorReader } from './accumulator.ts';
import type { Aggregate, AggregateInput } from './aggregate.ts';
import { minusBinary, plusBinary, timesBinary, timesWhole } from './binary.ts';
import { addProduct, productError } from './exact-product.ts';
import { ExactSums } from './exact-sum.ts';
import { type Binary, decompose, type Rational, writeRational } from './rational.ts';

/** Exact central moments of the values of a group: m_k is the mean of the distances from the mean to the power of k. */
export interface Moments {
  /** Number of values, above 0. */
  readonly n: bigint;
  /** n²·m₂ */
  readonly second: Binary;
  /** n³·m₃ */
  readonly third: Binary;
  /** n⁴·m₄, 0 where the statistic does not use it. */
  readonly fourth: Binary;
}

/** A statistic of the shape of a distribution. */
export interface ShapeStatistic {
  /** The highest moment it uses. */
  readonly highest: 3 | 4;
  /** The exact value, or what rounds as it does; undefined where there is none, which is written as null. */
  value(moments: Moments): Rational | undefined;
}

/** Between these all parts of the fourth power of a double are far from the limits of doubles. */
const SMALLEST = 1e-55;
const LARGEST = 1e70;

const ZERO: Binary = { mantissa: 0n, exponent: 0 };

/**
 * A statistic from exact sums of the powers of the values, rounded once, so that neither order nor merging shows
 * and a large mean costs no digits.
 *
 * 68 or 88 bytes a group, about 150 more for each sum that two doubles do not hold (fractions, mostly).
 */
export class ExactMoments implements Aggregate {
  /** Number of values in the group. */
  readonly #counts: DoubleColumn;
  /** Sums of the values, their squares, cubes and, if used, fourth powers. */
  readonly #powers: readonly ExactSums[];
  readonly #statistic: ShapeStatistic;

  constructor(columns: Columns, statistic: ShapeStatistic) {
    this.#statistic = statistic;
    this.#counts = columns.doubles();
    this.#powers = Array.from({ length: statistic.highest }, () => new ExactSums(columns));
  }

  add(input: AggregateInput, rows: Int32Array, slots: Int32Array, count: number): void {
    const numbers = input.numbers[0]!;
    const [sums, squares, cubes, fourths] = this.#powers as [ExactSums, ExactSums, ExactSums, ExactSums?];
    sums.addNumbers(numbers, rows, slots, count);
    const counts = this.#counts.values;
    const { form, value } = numbers;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      const kind = form[row]!;
      if (kind === NO_NUMBER) continue;
      const slot = slots[i]!;
      counts[slot]!++;
      const x = value[row]!;
      const size = Math.abs(x);
      if (kind === BIG_INTEGER || !(size > SMALLEST && size < LARGEST)) {
        if (x !== 0) this.#addSlowly(numbers, row, slot);
        continue;
      }
      // x² is square + error, exactly; so are its products with x and with itself sums of such.
      const square = x * x;
      const error = productError(x, x, square);
      squares.add(slot, square);
      addProduct(cubes, slot, square, x);
      if (fourths !== undefined) addProduct(fourths, slot, square, square);
      if (error === 0) continue;
      squares.add(slot, error);
      addProduct(cubes, slot, error, x);
      if (fourths === undefined) continue;
      addProduct(fourths, slot, 2 * square, error);
      addProduct(fourths, slot, error, error);
    }
  }

  merge(into: number, from: number): void {
    this.#counts.values[into]! += this.#counts.values[from]!;
    for (const sums of this.#powers) sums.merge(into, from);
  }

  result(slot: number, out: ByteWriter): void {
    const count = this.#counts.values[slot]!;
    const value = count === 0 ? undefined : this.#statistic.value(this.#moments(slot, BigInt(count)));
    if (value === undefined) out.ascii('null');
    else writeRational(out, value);
  }

  save(slot: number, out: ByteWriter): void {
    out.ascii(`[${this.#counts.values[slot]}`);
    for (const sums of this.#powers) {
      out.byte(0x2c);
      sums.save(slot, out);
    }
    out.byte(0x5d);
  }

  load(slot: number, bytes: Buffer, start: number, end: number): void {
    const saved = new AccumulatorReader(bytes, start, end);
    saved.open();
    this.#counts.values[slot]! += saved.integer(0);
    for (const sums of this.#powers) sums.load(slot, saved);
    saved.close();
  }

  /** Adds the square and the higher powers of a number that doubles do not hold them of. */
  #addSlowly(numbers: Numbers, row: number, slot: number): void {
    const { start, end } = numbers.source;
    const { mantissa, exponent } =
      numbers.form[row] === BIG_INTEGER
        ? { mantissa: readInteger(numbers.bytes, start[row]!, end[row]!), exponent: 0 }
        : decompose(numbers.value[row]!);
    for (let power = 2; power <= this.#powers.length; power++)
      this.#powers[power - 1]!.addBinary(slot, mantissa ** BigInt(power), power * exponent);
  }

  /**
   * From sums of powers S₁ to S₄: n²·m₂ = n·S₂ − S₁², n³·m₃ = n²·S₃ − 3n·S₁·S₂ + 2·S₁³ and
   * n⁴·m₄ = n³·S₄ − 4n²·S₁·S₃ + 6n·S₁²·S₂ − 3·S₁⁴.
   */
  #moments(slot: number, n: bigint): Moments {
    const [s1, s2, s3, s4] = this.#powers.map((sums) => sums.exact(slot)) as [
      Binary,
      Binary,
      Binary,
      Binary?,
    ];
    const square = timesBinary(s1, s1);
    const second = minusBinary(timesWhole(s2, n), square);
    const third = plusBinary(
      minusBinary(timesWhole(s3, n * n), timesWhole(timesBinary(s1, s2), 3n * n)),
      timesWhole(timesBinary(square, s1), 2n),
    );
    if (s4 === undefined) return { n, second, third, fourth: ZERO };
    const fourth = minusBinary(
      plusBinary(
        minusBinary(timesWhole(s4, n ** 3n), timesWhole(timesBinary(s1, s3), 4n * n * n)),
        timesWhole(timesBinary(square, s2), 6n * n),
      ),
      timesWhole(timesBinary(square, square), 3n),
    );
    return { n, second, third, fourth };
  }
}
