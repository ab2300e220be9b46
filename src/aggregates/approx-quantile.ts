import type { Buffer } from 'node:buffer';
import { usageError } from '../errors.ts';
import type { ByteWriter } from '../json/byte-writer.ts';
import { readInteger, writeDouble } from '../json/number.ts';
import type { Columns, ObjectCodec, ObjectColumn } from '../state/columns.ts';
import { BIG_INTEGER, NO_NUMBER, type Numbers } from '../stream/projection.ts';
import { AccumulatorReader, notSaved } from './accumulator.ts';
import type { Aggregate, AggregateDefinition, AggregateInput, Literal } from './aggregate.ts';
import { type Decimal, decimalOf } from './decimal.ts';
import { addToBin, type Bins, binsCodec, createBins, loadBins, mergeBins, saveBins } from './log-bins.ts';
import { checkShare, nearestRank } from './nearest-rank.ts';
import { NUMBER_RESULT } from './result-schema.ts';

const DEFAULT_ERROR = 0.01;
/** Below this the bins of one group may take as much as its values would. */
const LEAST_ERROR = 0.0001;
const GREATEST_ERROR = 0.5;
/** The logarithm of the greatest integer that is read exactly, 10^1000; that of the smallest double is nearer to 0. */
const GREATEST_LOG = 1000 * Math.LN10;

/** What is held of the values of a group; plain data, so that a snapshot can copy it. */
interface Sketch {
  /** Number of values. */
  count: number;
  zeros: number;
  /** The values above 0 by bin; those below 0 by the bin of their size. */
  positive: Bins;
  negative: Bins;
  /** The least and the greatest value as doubles: infinite for integers past the range of doubles. */
  least: number;
  greatest: number;
}

const createSketch = (): Sketch => ({
  count: 0,
  zeros: 0,
  positive: createBins(),
  negative: createBins(),
  least: Infinity,
  greatest: -Infinity,
});

const sketchCodec = (most: number): ObjectCodec<Sketch> => {
  const bins = binsCodec(most);
  return {
    write({ count, zeros, positive, negative, least, greatest }, out, slot) {
      out.varint(count);
      out.varint(zeros);
      bins.write(positive, out, slot);
      bins.write(negative, out, slot);
      out.double(least);
      out.double(greatest);
    },
    read: (from) => ({
      count: from.varint(),
      zeros: from.varint(),
      positive: bins.read(from),
      negative: bins.read(from),
      least: from.double(),
      greatest: from.double(),
    }),
  };
};

/**
 * DDSketch (Masson, Rim, Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error
 * guarantees", PVLDB 12, 2019) with its logarithmic mapping: a value x is counted in the bin ceil(log x / log g),
 * g = (1 + error) / (1 - error), and 2 g^bin / (g + 1) is within the error of every value of the bin. Bins are
 * never collapsed, so the bound holds for every quantile, and neither the order nor the grouping of what was added
 * shows: counts are added up.
 *
 * Memory: about 400 bytes a group, and 8 to 16 for each bin between the smallest and the greatest value of a sign:
 * with an error of 0.01, 115 bins for each power of ten.
 */
class ApproximateQuantile implements Aggregate {
  /** The sketch of a group; undefined until its first value, freed with the slot. */
  readonly #sketches: ObjectColumn<Sketch>;
  readonly #share: Decimal;
  readonly #error: number;
  /** The logarithm of the factor between two bins. */
  readonly #step: number;

  constructor(columns: Columns, share: number, error: number) {
    this.#share = decimalOf(share);
    this.#error = error;
    this.#step = Math.log1p(error) - Math.log1p(-error);
    this.#sketches = columns.objects(sketchCodec(this.#mostBin));
  }

  add(input: AggregateInput, rows: Int32Array, slots: Int32Array, count: number): void {
    const numbers = input.numbers[0]!;
    const { form, value } = numbers;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      if (form[row] === NO_NUMBER) continue;
      const x = value[row]!;
      const sketch = this.#sketch(slots[i]!);
      sketch.count++;
      if (x < sketch.least) sketch.least = x;
      if (x > sketch.greatest) sketch.greatest = x;
      if (x === 0) sketch.zeros++;
      else addToBin(x > 0 ? sketch.positive : sketch.negative, this.#bin(numbers, row, Math.abs(x)), 1);
    }
  }

  merge(into: number, from: number): void {
    const source = this.#sketches.values[from];
    if (source === undefined) return;
    const target = this.#sketch(into);
    target.count += source.count;
    target.zeros += source.zeros;
    target.least = Math.min(target.least, source.least);
    target.greatest = Math.max(target.greatest, source.greatest);
    mergeBins(target.positive, source.positive);
    mergeBins(target.negative, source.negative);
  }

  result(slot: number, out: ByteWriter): void {
    const sketch = this.#sketches.values[slot];
    if (sketch === undefined) {
      out.ascii('null');
      return;
    }
    const { count, negative, positive, zeros, least, greatest } = sketch;
    let index = nearestRank(this.#share, count);
    if (index === 0 && Number.isFinite(least)) {
      writeDouble(out, least);
      return;
    }
    if (index === count - 1 && Number.isFinite(greatest)) {
      writeDouble(out, greatest);
      return;
    }
    for (let i = negative.counts.length - 1; i >= 0; i--) {
      index -= negative.counts[i]!;
      if (index < 0) {
        this.#write(sketch, negative.first + i, -1, out);
        return;
      }
    }
    index -= zeros;
    if (index < 0) {
      out.byte(0x30);
      return;
    }
    let bin = 0;
    for (; index >= 0; bin++) index -= positive.counts[bin]!;
    this.#write(sketch, positive.first + bin - 1, 1, out);
  }

  /** `[error,count,zeros,least,greatest,[negative],[positive]]`; null for infinite, and for no values at all. */
  save(slot: number, out: ByteWriter): void {
    const sketch = this.#sketches.values[slot];
    if (sketch === undefined) {
      out.ascii('null');
      return;
    }
    const { count, zeros, least, greatest } = sketch;
    out.ascii(`[${this.#error},${count},${zeros},${finite(least)},${finite(greatest)},`);
    saveBins(sketch.negative, out);
    out.byte(0x2c);
    saveBins(sketch.positive, out);
    out.byte(0x5d);
  }

  load(slot: number, bytes: Buffer, start: number, end: number): void {
    const saved = new AccumulatorReader(bytes, start, end);
    if (!saved.isList) {
      saved.none();
      return;
    }
    const sketch = this.#sketch(slot);
    saved.open();
    if (saved.number() !== this.#error) throw notSaved();
    const count = saved.integer(1);
    const zeros = saved.integer(0);
    const least = saved.numberOrNull();
    const greatest = saved.numberOrNull();
    const below = loadBins(sketch.negative, saved, this.#mostBin);
    const above = loadBins(sketch.positive, saved, this.#mostBin);
    saved.close();
    if (zeros + below + above !== count) throw notSaved();
    sketch.count += count;
    sketch.zeros += zeros;
    // What is infinite is so on the side on which there are values.
    sketch.least = Math.min(sketch.least, least ?? (below > 0 ? -Infinity : Infinity));
    sketch.greatest = Math.max(sketch.greatest, greatest ?? (above > 0 ? Infinity : -Infinity));
  }

  /** The greatest size of a bin's number. */
  get #mostBin(): number {
    return Math.ceil(GREATEST_LOG / this.#step);
  }

  /** @param size of a value that is not 0 */
  #bin(numbers: Numbers, row: number, size: number): number {
    const log = size < Infinity || numbers.form[row] !== BIG_INTEGER ? Math.log(size) : logOf(numbers, row);
    return Math.ceil(log / this.#step);
  }

  /** Writes the estimate for the values of a bin: no less than the least of all, no more than the greatest. */
  #write({ least, greatest }: Sketch, bin: number, sign: 1 | -1, out: ByteWriter): void {
    // 2 / (g + 1) is 1 - error.
    const log = bin * this.#step + Math.log1p(-this.#error);
    let estimate = Math.exp(log) * sign;
    if (estimate < least && least < Infinity) estimate = least;
    if (estimate > greatest && greatest > -Infinity) estimate = greatest;
    if (Number.isFinite(estimate)) {
      writeDouble(out, estimate);
      return;
    }
    const exponent = Math.floor(log / Math.LN10);
    out.ascii(`${sign < 0 ? '-' : ''}${Math.exp(log - exponent * Math.LN10).toFixed(6)}e${exponent}`);
  }

  #sketch(slot: number): Sketch {
    const sketches = this.#sketches.values;
    let sketch = sketches[slot];
    if (sketch === undefined) {
      sketch = createSketch();
      sketches[slot] = sketch;
    }
    return sketch;
  }
}

const finite = (value: number): string => (Number.isFinite(value) ? String(value) : 'null');

/** The logarithm of the size of an integer past the range of doubles. */
function logOf(numbers: Numbers, row: number): number {
  const { start, end } = numbers.source;
  const digits = readInteger(numbers.bytes, start[row]!, end[row]!).toString().replace('-', '');
  return Math.log(Number(`0.${digits}`)) + digits.length * Math.LN10;
}

function check([share, error]: readonly Literal[]): void {
  checkShare('approx_quantile', share);
  if (error === undefined) return;
  if (typeof error === 'number' && error >= LEAST_ERROR && error <= GREATEST_ERROR) return;
  throw usageError(
    `the relative error must be from ${LEAST_ERROR} to ${GREATEST_ERROR}, not ${JSON.stringify(error)}`,
    'write approx_quantile(bytes, 0.95, 0.01) for 1 %',
  );
}

/** Within the relative error of what `quantile` gives. */
export const approxQuantile: AggregateDefinition = {
  name: 'approx_quantile',
  summary: 'take the quantile of FIELD up to a relative ERROR (0.01), without holding values',
  usage: 'approx_quantile(FIELD, Q[, ERROR])',
  fields: 1,
  literals: 1,
  optionalLiterals: 1,
  numeric: true,
  gives: NUMBER_RESULT,
  check,
  create: (columns, [share, error = DEFAULT_ERROR]) =>
    new ApproximateQuantile(columns, Number(share), Number(error)),
};
