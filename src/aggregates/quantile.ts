import type { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import { readInteger, writeDouble } from '../json/number.ts';
import type { Columns, ObjectColumn } from '../state/columns.ts';
import { BIG_INTEGER, NO_NUMBER } from '../stream/projection.ts';
import { AccumulatorReader } from './accumulator.ts';
import type { Aggregate, AggregateDefinition, AggregateInput } from './aggregate.ts';
import { growDoubles } from './growth.ts';
import { checkShare, NearestRank } from './nearest-rank.ts';

/** The values of a group; plain data, so that a snapshot can copy it. */
interface Sample {
  /** The first `count` are the values that a double holds exactly; in no order. */
  doubles: Float64Array;
  count: number;
  /** The integers that a double does not hold. */
  integers: bigint[];
}

/** About 200 bytes a group that has values, and 8 to 16 bytes a value (about 50 for integers past 2^53). */
class Quantile implements Aggregate {
  /** The values of a group; undefined until the first, freed with the slot. */
  readonly #samples: ObjectColumn<Sample>;
  readonly #rank: NearestRank;

  constructor(columns: Columns, share: number) {
    this.#samples = columns.objects();
    this.#rank = new NearestRank(share);
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
        continue;
      }
      addDouble(sample, value[row]!);
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
    const selected = select(sample, this.#rank.indexOf(sample.count + sample.integers.length));
    if (typeof selected === 'bigint') out.ascii(selected.toString());
    else writeDouble(out, selected);
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

/** The value at an index (from 0) of the sorted sample; where values are equal, doubles come first. */
function select(sample: Sample, index: number): number | bigint {
  // In place: the order in which values were added is of no use.
  const doubles = sample.doubles.subarray(0, sample.count).sort();
  const { integers } = sample;
  if (integers.length === 0) return doubles[index]!;
  integers.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  let i = 0;
  let j = 0;
  for (;;) {
    // A double and a big integer are compared by their exact values.
    const fromDoubles = j === integers.length || (i < doubles.length && doubles[i]! <= integers[j]!);
    if (i + j === index) return fromDoubles ? doubles[i]! : integers[j]!;
    if (fromDoubles) i++;
    else j++;
  }
}

/**
 * Exact, by nearest rank: the smallest value such that at least Q of the values are at most it (SQL's
 * `percentile_disc`); the minimum for Q = 0. Every value is held.
 */
export const quantile: AggregateDefinition = {
  name: 'quantile',
  summary: 'take the smallest FIELD that at least the share Q (0 to 1) of the values are at most',
  usage: 'quantile(FIELD, Q)',
  fields: 1,
  literals: 1,
  numeric: true,
  check: ([share]) => checkShare('quantile', share),
  create: (columns, literals) => new Quantile(columns, Number(literals[0])),
};
