import type { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import { readInteger, writeDouble } from '../json/number.ts';
import type { Columns, ObjectCodec, ObjectColumn } from '../state/columns.ts';
import { BIG_INTEGER, NO_NUMBER } from '../stream/projection.ts';
import { AccumulatorReader } from './accumulator.ts';
import type { Aggregate, AggregateInput } from './aggregate.ts';

const countsCodec = (length: number): ObjectCodec<Float64Array> => ({
  write(counts, out) {
    for (const count of counts) out.varint(count);
  },
  read: (from) => Float64Array.from({ length }, () => from.varint()),
});

/**
 * How many values are in each of the intervals [bound, next bound), below the first bound, and from the last on:
 * no value is left out.
 *
 * 8 bytes a group, and for one that has values about 100 and 8 for each bound.
 */
export class BinnedCounts implements Aggregate {
  /** Ascending. */
  readonly #bounds: Float64Array;
  /** Per group the number of values below the first bound, in each interval, and from the last on; freed with the slot. */
  readonly #counts: ObjectColumn<Float64Array>;

  constructor(columns: Columns, bounds: readonly number[]) {
    this.#counts = columns.objects(countsCodec(bounds.length + 1));
    this.#bounds = Float64Array.from(bounds);
  }

  add(input: AggregateInput, rows: Int32Array, slots: Int32Array, count: number): void {
    const numbers = input.numbers[0]!;
    const { form, value } = numbers;
    const { start, end } = numbers.source;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      const kind = form[row]!;
      if (kind === NO_NUMBER) continue;
      const bin =
        kind === BIG_INTEGER
          ? this.#binOf(readInteger(numbers.bytes, start[row]!, end[row]!))
          : this.#binOf(value[row]!);
      this.#binsOf(slots[i]!)[bin]!++;
    }
  }

  merge(into: number, from: number): void {
    const source = this.#counts.values[from];
    if (source === undefined) return;
    const target = this.#binsOf(into);
    for (let bin = 0; bin < source.length; bin++) target[bin]! += source[bin]!;
  }

  result(slot: number, out: ByteWriter): void {
    const counts = this.#counts.values[slot];
    const bounds = this.#bounds;
    out.byte(0x5b);
    for (let bin = 0; bin <= bounds.length; bin++) {
      out.ascii(bin === 0 ? '{"from":' : ',{"from":');
      writeBound(out, bounds[bin - 1]);
      out.ascii(',"to":');
      writeBound(out, bounds[bin]);
      out.ascii(`,"count":${counts?.[bin] ?? 0}}`);
    }
    out.byte(0x5d);
  }

  save(slot: number, out: ByteWriter): void {
    const counts = this.#counts.values[slot];
    out.ascii(counts === undefined ? 'null' : `[${counts.join(',')}]`);
  }

  load(slot: number, bytes: Buffer, start: number, end: number): void {
    const saved = new AccumulatorReader(bytes, start, end);
    if (!saved.isList) {
      saved.none();
      return;
    }
    saved.open();
    const counts = this.#binsOf(slot);
    for (let bin = 0; bin < counts.length; bin++) counts[bin]! += saved.integer(0);
    saved.close();
  }

  /** How many bounds are at most the value. A big integer is compared by its exact value. */
  #binOf(value: number | bigint): number {
    const bounds = this.#bounds;
    let low = 0;
    let high = bounds.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (bounds[middle]! <= value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #binsOf(slot: number): Float64Array {
    const all = this.#counts.values;
    let counts = all[slot];
    if (counts === undefined) {
      counts = new Float64Array(this.#bounds.length + 1);
      all[slot] = counts;
    }
    return counts;
  }
}

function writeBound(out: ByteWriter, bound: number | undefined): void {
  if (bound === undefined) out.ascii('null');
  else writeDouble(out, bound);
}
