import type { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import { readInteger, writeDouble } from '../json/number.ts';
import type { Columns, ObjectCodec, ObjectColumn } from '../state/columns.ts';
import { BIG_INTEGER, NO_NUMBER } from '../stream/projection.ts';
import { AccumulatorReader } from './accumulator.ts';
import type { Aggregate, AggregateInput } from './aggregate.ts';
import type { Decimal } from './decimal.ts';
import { growDoubles } from './growth.ts';
import { nearestRank } from './nearest-rank.ts';
import { type Binary, decompose, writeRational } from './rational.ts';

/** The numbers of a group; plain data, so that a snapshot can copy it. */
export interface Sample {
  /** The first `count` are the values that a double holds exactly; in no order. */
  doubles: Float64Array;
  count: number;
  /** The integers that a double does not hold. */
  integers: bigint[];
}

const SAMPLES: ObjectCodec<Sample> = {
  write({ doubles, count, integers }, out) {
    out.varint(count);
    out.view(doubles.subarray(0, count));
    out.varint(integers.length);
    for (const integer of integers) out.bigInteger(integer);
  },
  read(from) {
    const count = from.count(8);
    const doubles = new Float64Array(Math.max(4, count));
    from.fill(doubles.subarray(0, count));
    return { doubles, count, integers: Array.from({ length: from.count(3) }, () => from.bigInteger()) };
  },
};

/**
 * What is taken from the sorted numbers of a group: all of them are held.
 *
 * About 200 bytes a group that has values, and 8 to 16 bytes a value (about 50 for integers past 2^53).
 */
export abstract class OrderStatistics implements Aggregate {
  /** The values of a group; undefined until the first, freed with the slot. */
  readonly #samples: ObjectColumn<Sample>;

  constructor(columns: Columns) {
    this.#samples = columns.objects(SAMPLES);
  }

  add(input: AggregateInput, rows: Int32Array, slots: Int32Array, count: number): void {
    const numbers = input.numbers[0]!;
    const { form, value } = numbers;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      const kind = form[row]!;
      if (kind === NO_NUMBER) continue;
      const sample = this.#sample(slots[i]!);
      if (kind === BIG_INTEGER) {
        const { start, end } = numbers.source;
        sample.integers.push(readInteger(numbers.bytes, start[row]!, end[row]!));
      } else addDouble(sample, value[row]!);
    }
  }

  merge(into: number, from: number): void {
    const source = this.#samples.values[from];
    if (source === undefined) return;
    const target = this.#sample(into);
    target.doubles = growDoubles(target.doubles, target.count + source.count);
    target.doubles.set(source.doubles.subarray(0, source.count), target.count);
    target.count += source.count;
    for (const integer of source.integers) target.integers.push(integer);
  }

  result(slot: number, out: ByteWriter): void {
    const sample = this.#samples.values[slot];
    if (sample === undefined) {
      out.ascii('null');
      return;
    }
    // In place: the order in which values were added is of no use.
    sample.doubles.subarray(0, sample.count).sort();
    sample.integers.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    this.write(sample, out);
  }

  /** The values, in no order; integers that a double does not hold in quotes. */
  save(slot: number, out: ByteWriter): void {
    const sample = this.#samples.values[slot];
    out.byte(0x5b);
    for (let i = 0; sample !== undefined && i < sample.count; i++) {
      if (i > 0) out.byte(0x2c);
      writeDouble(out, sample.doubles[i]!);
    }
    for (const [i, integer] of (sample?.integers ?? []).entries())
      out.ascii(`${i + sample!.count > 0 ? ',' : ''}"${integer}"`);
    out.byte(0x5d);
  }

  load(slot: number, bytes: Buffer, start: number, end: number): void {
    const saved = new AccumulatorReader(bytes, start, end);
    saved.open();
    while (saved.more()) {
      const sample = this.#sample(slot);
      if (saved.isText) sample.integers.push(saved.bigInteger());
      else addDouble(sample, saved.number());
    }
    saved.close();
  }

  /** Writes the result of a group that has values, which are sorted now, as JSON. */
  protected abstract write(sorted: Sample, out: ByteWriter): void;

  #sample(slot: number): Sample {
    const samples = this.#samples.values;
    let sample = samples[slot];
    if (sample === undefined) {
      sample = { doubles: new Float64Array(4), count: 0, integers: [] };
      samples[slot] = sample;
    }
    return sample;
  }
}

function addDouble(sample: Sample, value: number): void {
  const at = sample.count;
  if (at === sample.doubles.length) sample.doubles = growDoubles(sample.doubles, at + 1);
  sample.doubles[at] = value;
  sample.count = at + 1;
}

/** Writes the smallest value such that at least the share of the values are at most it; the minimum for 0. */
export function writeNearestRank(sorted: Sample, share: Decimal, out: ByteWriter): void {
  writeValue(select(sorted, nearestRank(share, sizeOf(sorted))), out);
}

/**
 * Writes the value at the share of the way from the least to the greatest, on the straight line between its two
 * neighbours (Hyndman and Fan 1996, definition 7), rounded once. What falls on a value is that value, exactly.
 */
export function writeInterpolated(
  sorted: Sample,
  { numerator, denominator }: Decimal,
  out: ByteWriter,
): void {
  const place = BigInt(sizeOf(sorted) - 1) * numerator;
  const index = Number(place / denominator);
  const rest = place % denominator;
  const low = select(sorted, index);
  const high = rest === 0n ? low : select(sorted, index + 1);
  if (!(low < high)) {
    writeValue(low, out);
    return;
  }
  const below = binaryOf(low);
  const above = binaryOf(high);
  const exponent = Math.min(below.exponent, above.exponent);
  const belowPart = (below.mantissa << BigInt(below.exponent - exponent)) * (denominator - rest);
  const abovePart = (above.mantissa << BigInt(above.exponent - exponent)) * rest;
  writeRational(out, { numerator: belowPart + abovePart, denominator, exponent });
}

const sizeOf = ({ count, integers }: Sample): number => count + integers.length;

const binaryOf = (value: number | bigint): Binary =>
  typeof value === 'bigint' ? { mantissa: value, exponent: 0 } : decompose(value);

function writeValue(value: number | bigint, out: ByteWriter): void {
  if (typeof value === 'bigint') out.ascii(value.toString());
  else writeDouble(out, value);
}

/** The value at an index (from 0) of the sorted sample; where values are equal, doubles come first. */
function select({ doubles, count, integers }: Sample, index: number): number | bigint {
  if (integers.length === 0) return doubles[index]!;
  let i = 0;
  let j = 0;
  for (;;) {
    // A double and a big integer are compared by their exact values.
    const fromDoubles = j === integers.length || (i < count && doubles[i]! <= integers[j]!);
    if (i + j === index) return fromDoubles ? doubles[i]! : integers[j]!;
    if (fromDoubles) i++;
    else j++;
  }
}
