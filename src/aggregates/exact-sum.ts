import type { ByteWriter } from '../json/byte-writer.ts';
import { readInteger, writeDouble } from '../json/number.ts';
import type { Columns, DoubleColumn, IntegerColumn, ObjectCodec, ObjectColumn } from '../state/columns.ts';
import { BIG_INTEGER, DOUBLE, INTEGER, NO_NUMBER, type Numbers } from '../stream/projection.ts';
import type { AccumulatorReader } from './accumulator.ts';
import { type Binary, decompose, writeRational } from './rational.ts';

/**
 * What does not fit a pair of doubles: the value is the sum of the first `count` partials, which do not
 * overlap and grow in size, plus `spill * 2^SPILL_EXPONENT`. Plain data, so that a snapshot can copy it.
 */
interface Expansion {
  partials: number[];
  count: number;
  spill: bigint;
}

const EXPANSIONS: ObjectCodec<Expansion> = {
  write({ partials, count, spill }, out) {
    out.varint(count);
    for (let i = 0; i < count; i++) out.double(partials[i]!);
    out.bigInteger(spill);
  },
  read(from) {
    const count = from.count(8);
    const partials = Array.from({ length: count }, () => from.double());
    return { partials, count, spill: from.bigInteger() };
  },
};

/** Flag bits of a slot: the forms of number it has seen (INTEGER, DOUBLE), and whether it has an expansion. */
const EXPANDED = 4;

/** The unit of the spill: the fourth power of the smallest double, so that such powers of doubles are whole in it. */
const SPILL_EXPONENT = -4296;

/** Partials stay below this, so that adding two of them never passes the range of doubles. */
const PARTIAL_LIMIT = 2 ** 1020;

/**
 * Sums that are exact whatever is added, one a slot, so that neither the order nor the grouping of what was
 * added shows in them.
 *
 * A slot is a pair of doubles whose sum is the exact value (TwoSum of Knuth, TAOCP 2, 4.2.2): it holds any
 * integer sum to 2^53 and much beyond, and sums of doubles of like size. What would round goes to an
 * expansion of non-overlapping doubles, after Shewchuk, "Adaptive Precision Floating-Point Arithmetic and
 * Fast Robust Geometric Predicates" (1997), GROW-EXPANSION with zero elimination, as in Python's `fsum`; the
 * rounding that `fsum` needs care for is done by rational.ts. What is past the range of doubles (huge
 * integers, sums that would overflow, squares) goes to a fixed-point big integer beside it.
 *
 * Memory: 20 bytes a slot; with an expansion about 150 more.
 */
export class ExactSums {
  /** The pair of a slot: `high + low` is its exact value, 0 and 0 once it has an expansion. */
  readonly #high: DoubleColumn;
  readonly #low: DoubleColumn;
  /** Flag bits of a slot; 0: nothing was added. */
  readonly #flags: IntegerColumn;
  /** The expansion of a slot whose pair would have rounded; freed with the slot. */
  readonly #expansions: ObjectColumn<Expansion>;

  constructor(columns: Columns) {
    this.#high = columns.doubles();
    this.#low = columns.doubles();
    this.#flags = columns.integers();
    this.#expansions = columns.objects(EXPANSIONS);
  }

  /** Adds the number of row `rows[i]` to slot `slots[i]` for every i in [0, count); passes over what is none. */
  addNumbers(numbers: Numbers, rows: Int32Array, slots: Int32Array, count: number): void {
    const high = this.#high.values;
    const low = this.#low.values;
    const flags = this.#flags.values;
    const { form, value } = numbers;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      const kind = form[row]!;
      if (kind === NO_NUMBER) continue;
      const slot = slots[i]!;
      const flag = flags[slot]!;
      if (kind === BIG_INTEGER || flag >= EXPANDED) {
        this.#addSlowly(numbers, row, slot);
        continue;
      }
      // As `add`, written out: with the columns at hand, and a way out where nothing was rounded.
      const x = value[row]!;
      const h = high[slot]!;
      const sum = h + x;
      const part = sum - h;
      const error = h - (sum - part) + (x - part);
      flags[slot] = flag | kind;
      if (error === 0) {
        high[slot] = sum;
        continue;
      }
      const l = low[slot]!;
      const rest = l + error;
      const partOfRest = rest - l;
      if (l - (rest - partOfRest) + (error - partOfRest) === 0) {
        high[slot] = sum;
        low[slot] = rest;
      } else {
        this.#expand(slot, x);
      }
    }
  }

  /** Adds one double. A form of 0 says nothing about the kind of the sum (for parts of a value). */
  add(slot: number, x: number, form = 0): void {
    const flags = this.#flags.values;
    const flag = flags[slot]! | form;
    flags[slot] = flag;
    if (flag >= EXPANDED) {
      addToExpansion(this.#expansions.values[slot]!, x);
      return;
    }
    const h = this.#high.values[slot]!;
    const sum = h + x;
    const part = sum - h;
    const error = h - (sum - part) + (x - part);
    const l = this.#low.values[slot]!;
    const rest = l + error;
    const partOfRest = rest - l;
    // An overflow makes the error NaN, which is not 0 either.
    if (l - (rest - partOfRest) + (error - partOfRest) === 0) {
      this.#high.values[slot] = sum;
      this.#low.values[slot] = rest;
    } else {
      this.#expand(slot, x);
    }
  }

  /** Adds an integer of any size: as doubles as far as it is one or a few of them. */
  addInteger(slot: number, value: bigint): void {
    this.#flags.values[slot]! |= INTEGER;
    let rest = value;
    while (rest !== 0n) {
      const nearest = Number(rest);
      if (!Number.isFinite(nearest)) {
        this.addBinary(slot, rest, 0);
        return;
      }
      this.add(slot, nearest);
      rest -= BigInt(nearest);
    }
  }

  /** Adds `mantissa * 2^exponent`, for an exponent of at least -4296. */
  addBinary(slot: number, mantissa: bigint, exponent: number): void {
    const flags = this.#flags.values;
    if (flags[slot]! < EXPANDED) this.#expand(slot, 0);
    this.#expansions.values[slot]!.spill += mantissa << BigInt(exponent - SPILL_EXPONENT);
  }

  merge(into: number, from: number): void {
    const flags = this.#flags.values;
    const flag = flags[from]!;
    flags[into]! |= flag & ~EXPANDED;
    if (flag < EXPANDED) {
      this.add(into, this.#high.values[from]!);
      this.add(into, this.#low.values[from]!);
      return;
    }
    if (flags[into]! < EXPANDED) this.#expand(into, 0);
    const source = this.#expansions.values[from]!;
    const target = this.#expansions.values[into]!;
    for (let i = 0; i < source.count; i++) addToExpansion(target, source.partials[i]!);
    target.spill += source.spill;
  }

  /** Whether any number was added. */
  some(slot: number): boolean {
    return this.#flags.values[slot] !== 0;
  }

  /** The sum where one double is its exact value, as it mostly is for integers; else NaN. */
  single(slot: number): number {
    if (this.#flags.values[slot]! >= EXPANDED || this.#low.values[slot] !== 0) return Number.NaN;
    return this.#high.values[slot]!;
  }

  /** The exact sum. */
  exact(slot: number): Binary {
    const expansion = this.#expansions.values[slot];
    if (this.#flags.values[slot]! < EXPANDED || expansion === undefined) {
      return total([this.#high.values[slot]!, this.#low.values[slot]!], 2, 0n);
    }
    return total(expansion.partials, expansion.count, expansion.spill);
  }

  /**
   * Writes the sum: null when nothing was added; all digits when all that was added are integers; otherwise
   * as the nearest double, or with 17 digits when it is past the range of doubles.
   */
  write(slot: number, out: ByteWriter): void {
    const flag = this.#flags.values[slot]!;
    if (flag === 0) {
      out.ascii('null');
      return;
    }
    const single = this.single(slot);
    if ((flag & DOUBLE) === 0) {
      if (Number.isSafeInteger(single)) out.ascii(single === 0 ? '0' : String(single));
      else out.ascii(wholeText(this.exact(slot)));
      return;
    }
    // The pair of a slot is exact, so that one addition is the one rounding.
    const rounded = this.#high.values[slot]! + this.#low.values[slot]!;
    if (flag < EXPANDED && Number.isFinite(rounded)) {
      writeDouble(out, rounded);
      return;
    }
    const { mantissa, exponent } = this.exact(slot);
    writeRational(out, { numerator: mantissa, denominator: 1n, exponent });
  }

  /** Writes the sum: `[form,high,low]`, or `[form,"mantissa",exponent]` where two doubles do not hold it. */
  save(slot: number, out: ByteWriter): void {
    const flag = this.#flags.values[slot]!;
    if (flag < EXPANDED) {
      out.ascii(`[${flag},${this.#high.values[slot]},${this.#low.values[slot]}]`);
      return;
    }
    const { mantissa, exponent } = shortened(this.exact(slot));
    out.ascii(`[${flag & ~EXPANDED},"${mantissa}",${exponent}]`);
  }

  /** Adds a sum that `save` wrote. */
  load(slot: number, saved: AccumulatorReader): void {
    saved.open();
    const form = saved.integer(0, INTEGER | DOUBLE);
    if (saved.isText) {
      const mantissa = saved.bigInteger();
      this.addBinary(slot, mantissa, saved.integer(SPILL_EXPONENT, -SPILL_EXPONENT * 4));
    } else {
      this.add(slot, saved.number());
      this.add(slot, saved.number());
    }
    this.#flags.values[slot]! |= form;
    saved.close();
  }

  #addSlowly(numbers: Numbers, row: number, slot: number): void {
    if (numbers.form[row] === BIG_INTEGER) {
      const { start, end } = numbers.source;
      this.addInteger(slot, readInteger(numbers.bytes, start[row]!, end[row]!));
    } else {
      this.add(slot, numbers.value[row]!, numbers.form[row]!);
    }
  }

  /** Goes over from the pair to an expansion, and adds x to it. */
  #expand(slot: number, x: number): void {
    const expansion: Expansion = { partials: [], count: 0, spill: 0n };
    addToExpansion(expansion, this.#low.values[slot]!);
    addToExpansion(expansion, this.#high.values[slot]!);
    addToExpansion(expansion, x);
    this.#expansions.values[slot] = expansion;
    this.#high.values[slot] = 0;
    this.#low.values[slot] = 0;
    this.#flags.values[slot]! |= EXPANDED;
  }
}

function addToExpansion(expansion: Expansion, value: number): void {
  const { partials, count } = expansion;
  if (
    !(Math.abs(value) < PARTIAL_LIMIT) ||
    (count > 0 && !(Math.abs(partials[count - 1]!) < PARTIAL_LIMIT))
  ) {
    const { mantissa, exponent } = total(partials, count, expansion.spill);
    expansion.count = 0;
    expansion.spill = mantissa << BigInt(exponent - SPILL_EXPONENT);
    const added = decompose(value);
    expansion.spill += added.mantissa << BigInt(added.exponent - SPILL_EXPONENT);
    return;
  }
  let x = value;
  let used = 0;
  for (let i = 0; i < count; i++) {
    const y = partials[i]!;
    const sum = x + y;
    const part = sum - x;
    const error = x - (sum - part) + (y - part);
    if (error !== 0) partials[used++] = error;
    x = sum;
  }
  if (x !== 0) partials[used++] = x;
  expansion.count = used;
}

/** The exact sum of the first `count` parts and the spill. */
function total(parts: readonly number[], count: number, spill: bigint): Binary {
  const binaries: Binary[] = [];
  let exponent = 0;
  for (let i = 0; i < count; i++) {
    const binary = decompose(parts[i]!);
    if (binary.mantissa === 0n) continue;
    binaries.push(binary);
    if (binary.exponent < exponent) exponent = binary.exponent;
  }
  if (spill !== 0n) exponent = SPILL_EXPONENT;
  let mantissa = spill;
  for (const binary of binaries) mantissa += binary.mantissa << BigInt(binary.exponent - exponent);
  return { mantissa, exponent };
}

/** The same value with no power of two left in the mantissa. */
function shortened({ mantissa, exponent }: Binary): Binary {
  if (mantissa === 0n) return { mantissa, exponent: 0 };
  const size = mantissa < 0n ? -mantissa : mantissa;
  const zeros = (size & -size).toString(2).length - 1;
  return { mantissa: mantissa >> BigInt(zeros), exponent: exponent + zeros };
}

/** The digits of an integer; an exponent below 0 leaves no fraction when only integers were added. */
function wholeText({ mantissa, exponent }: Binary): string {
  return (exponent < 0 ? mantissa >> BigInt(-exponent) : mantissa << BigInt(exponent)).toString();
}
