import { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import type { Columns, ObjectCodec, ObjectColumn } from '../state/columns.ts';
import { NULL } from '../stream/projection.ts';
import { AccumulatorReader, FIRST_LOADED } from './accumulator.ts';
import type { Aggregate, AggregateInput } from './aggregate.ts';
import { copyBytes, growBytes, growDoubles, growIntegers } from './growth.ts';

/** The values of a group as they came; plain data, so that a snapshot can copy it. */
export interface ValueList {
  count: number;
  /** Whether the values so far came in the order of the result. */
  ordered: boolean;
  /** The values, one behind the other, and how many bytes of it are used. */
  bytes: Buffer;
  used: number;
  /** Per value: where it ends in `bytes` (it begins where the one before it ends), its time and position. */
  ends: Int32Array;
  times: Float64Array;
  positions: Float64Array;
}

const createList = (): ValueList => ({
  count: 0,
  ordered: true,
  bytes: Buffer.allocUnsafe(64),
  used: 0,
  ends: new Int32Array(4),
  times: new Float64Array(4),
  positions: new Float64Array(4),
});

const LISTS: ObjectCodec<ValueList> = {
  write(list, out) {
    const { count, bytes, used, times, positions } = list;
    out.varint(count);
    for (let entry = 0; entry < count; entry++) out.varint(list.ends[entry]! - startOf(list, entry));
    out.view(bytes.subarray(0, used));
    out.view(times.subarray(0, count));
    out.view(positions.subarray(0, count));
    out.byte(list.ordered ? 1 : 0);
  },
  read(from) {
    const list = createList();
    const count = from.count(17);
    list.ends = growIntegers(list.ends, count);
    list.times = growDoubles(list.times, count);
    list.positions = growDoubles(list.positions, count);
    for (let entry = 0; entry < count; entry++) {
      list.used += from.count(1);
      list.ends[entry] = list.used;
    }
    const bytes = from.take(list.used);
    list.bytes = growBytes(list.bytes, 0, list.used);
    copyBytes(bytes, 0, list.used, list.bytes, 0);
    from.fill(list.times.subarray(0, count));
    from.fill(list.positions.subarray(0, count));
    list.count = count;
    list.ordered = from.byte() === 1;
    return list;
  },
};

/**
 * Every value of a group with its time and position, for what is made of them in order.
 *
 * About 400 bytes a group that has values, and per value its bytes and 20 more.
 */
export abstract class ValueListAggregate implements Aggregate {
  /** The values of a group; undefined until the first, freed with the slot. */
  readonly #lists: ObjectColumn<ValueList>;
  /** The position of the next value that is loaded. */
  loaded = FIRST_LOADED;

  constructor(columns: Columns) {
    this.#lists = columns.objects(LISTS);
  }

  add(input: AggregateInput, rows: Int32Array, slots: Int32Array, count: number): void {
    const { type, start, end } = input.values[0]!;
    const { bytes, time, position } = input;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      if (type[row]! <= NULL) continue;
      append(this.#list(slots[i]!), bytes, start[row]!, end[row]!, time[row]!, position + row);
    }
  }

  merge(into: number, from: number): void {
    const source = this.#lists.values[from];
    if (source === undefined) return;
    const target = this.#list(into);
    let start = 0;
    for (let i = 0; i < source.count; i++) {
      const end = source.ends[i]!;
      append(target, source.bytes, start, end, source.times[i]!, source.positions[i]!);
      start = end;
    }
  }

  result(slot: number, out: ByteWriter): void {
    this.write(this.#lists.values[slot], out);
  }

  /** `[time,value,time,value]`, in order. */
  save(slot: number, out: ByteWriter): void {
    const list = this.#lists.values[slot];
    out.byte(0x5b);
    if (list !== undefined) {
      for (const [i, entry] of orderOf(list).entries()) {
        out.ascii(`${i > 0 ? ',' : ''}${list.times[entry]},`);
        writeEntry(list, entry, out);
      }
    }
    out.byte(0x5d);
  }

  load(slot: number, bytes: Buffer, start: number, end: number): void {
    const saved = new AccumulatorReader(bytes, start, end);
    saved.open();
    while (saved.more()) {
      const time = saved.integer(Number.MIN_SAFE_INTEGER);
      saved.value();
      append(this.#list(slot), bytes, saved.start, saved.end, time, this.loaded++);
    }
    saved.close();
  }

  /** Writes the result of a group as JSON; undefined: it has no values. */
  protected abstract write(list: ValueList | undefined, out: ByteWriter): void;

  #list(slot: number): ValueList {
    const lists = this.#lists.values;
    let list = lists[slot];
    if (list === undefined) {
      list = createList();
      lists[slot] = list;
    }
    return list;
  }
}

function append(
  list: ValueList,
  bytes: Buffer,
  start: number,
  end: number,
  time: number,
  place: number,
): void {
  const at = list.count;
  if (at === list.ends.length) {
    list.ends = growIntegers(list.ends, at + 1);
    list.times = growDoubles(list.times, at + 1);
    list.positions = growDoubles(list.positions, at + 1);
  }
  const used = list.used + end - start;
  list.bytes = growBytes(list.bytes, list.used, used);
  copyBytes(bytes, start, end, list.bytes, list.used);
  if (at > 0) {
    const before = list.times[at - 1]!;
    if (time < before || (time === before && place < list.positions[at - 1]!)) list.ordered = false;
  }
  list.ends[at] = used;
  list.times[at] = time;
  list.positions[at] = place;
  list.used = used;
  list.count = at + 1;
}

/** The entries by time, then by position. */
export function orderOf({ count, ordered, times, positions }: ValueList): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  return ordered ? order : order.sort((a, b) => times[a]! - times[b]! || positions[a]! - positions[b]!);
}

/** Where the value of an entry begins in `bytes`. */
export const startOf = ({ ends }: ValueList, entry: number): number => (entry === 0 ? 0 : ends[entry - 1]!);

export function writeEntry(list: ValueList, entry: number, out: ByteWriter): void {
  out.copy(list.bytes, startOf(list, entry), list.ends[entry]!);
}
