import { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import { compareValues } from '../json/compare.ts';
import { compareNumbers, readDouble } from '../json/number.ts';
import type { Columns, DoubleColumn, IntegerColumn } from '../state/columns.ts';
import { ABSENT, NULL, NUMBER } from '../stream/projection.ts';
import { AccumulatorReader, FIRST_LOADED } from './accumulator.ts';
import type { Aggregate, AggregateInput } from './aggregate.ts';
import { ValueColumn } from './value-column.ts';

/** Digits of an integer that a double certainly holds, and that has one spelling. */
const SHORT = 15;

const NOTHING = Buffer.alloc(0);

/**
 * The integer spelled by `bytes[start, end)`, or NaN when that is another kind of number, is long, or is
 * `-0` (whose spelling a double printed anew would lose).
 */
function shortInteger(bytes: Buffer, start: number, end: number): number {
  const negative = bytes[start] === 0x2d;
  let at = negative ? start + 1 : start;
  if (end - at > SHORT || (negative && bytes[at] === 0x30)) return Number.NaN;
  let value = 0;
  for (; at < end; at++) {
    const digit = bytes[at]! - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

/**
 * The least value of a group in the order of values (json/compare.ts), or the greatest (`direction` -1), spelled as
 * it came. Of values that are equal but spelled differently (1, 1.0) it is the first, by event time, then by
 * position in the stream.
 *
 * 40 bytes a group; values that are no short integers take a buffer more (about 100 bytes and the value).
 */
export class Extreme implements Aggregate {
  /** Type of the value held; ABSENT: none. */
  readonly #types: IntegerColumn;
  /** The value held, if a number, as the nearest double. Exact and all there is for a short integer. */
  readonly #numbers: DoubleColumn;
  /** Event time (ms) and position in the stream of the value held. */
  readonly #times: DoubleColumn;
  readonly #positions: DoubleColumn;
  /** The value held, unless it is a short integer. */
  readonly #values: ValueColumn;
  readonly #direction: 1 | -1;
  /** The position of the next value that is loaded. */
  loaded = FIRST_LOADED;

  constructor(columns: Columns, direction: 1 | -1) {
    this.#types = columns.integers(ABSENT);
    this.#numbers = columns.doubles();
    this.#times = columns.doubles();
    this.#positions = columns.doubles();
    this.#values = new ValueColumn(columns);
    this.#direction = direction;
  }

  add(input: AggregateInput, rows: Int32Array, slots: Int32Array, count: number): void {
    const { type, start, end } = input.values[0]!;
    const { bytes, time, position } = input;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      const kind = type[row]!;
      if (kind <= NULL) continue;
      this.#offer(slots[i]!, kind, bytes, start[row]!, end[row]!, time[row]!, position + row);
    }
  }

  merge(into: number, from: number): void {
    const kind = this.#types.values[from]!;
    if (kind === ABSENT) return;
    const length = this.#values.length(from);
    const number = this.#numbers.values[from]!;
    const time = this.#times.values[from]!;
    const place = this.#positions.values[from]!;
    const order =
      length === 0
        ? this.#compare(into, kind, number, true, NOTHING, 0, 0)
        : this.#compare(into, kind, number, false, this.#values.buffer(from), 0, length);
    if (order > 0 || (order === 0 && !this.#earlier(time, place, into))) return;
    this.#hold(into, kind, number, time, place);
    this.#values.copy(into, from);
  }

  result(slot: number, out: ByteWriter): void {
    if (this.#types.values[slot] === ABSENT) out.ascii('null');
    else if (this.#values.length(slot) === 0) out.ascii(String(this.#numbers.values[slot]));
    else this.#values.write(slot, out);
  }

  save(slot: number, out: ByteWriter): void {
    if (this.#types.values[slot] === ABSENT) {
      out.ascii('null');
      return;
    }
    out.ascii(`[${this.#times.values[slot]},`);
    this.result(slot, out);
    out.byte(0x5d);
  }

  load(slot: number, bytes: Buffer, start: number, end: number): void {
    const saved = new AccumulatorReader(bytes, start, end);
    if (!saved.isList) {
      saved.none();
      return;
    }
    saved.open();
    const time = saved.integer(Number.MIN_SAFE_INTEGER);
    saved.value();
    this.#offer(slot, saved.type, bytes, saved.start, saved.end, time, this.loaded++);
    saved.close();
  }

  /** Holds the value bytes[from, to) if it is more extreme than the one held, or as extreme and earlier. */
  #offer(
    slot: number,
    kind: number,
    bytes: Buffer,
    from: number,
    to: number,
    time: number,
    place: number,
  ): void {
    let number = 0;
    let short = false;
    if (kind === NUMBER) {
      number = shortInteger(bytes, from, to);
      short = !Number.isNaN(number);
      if (!short) number = readDouble(bytes, from, to);
    }
    const order = this.#compare(slot, kind, number, short, bytes, from, to);
    if (order > 0 || (order === 0 && !this.#earlier(time, place, slot))) return;
    this.#hold(slot, kind, number, time, place);
    if (short) this.#values.clear(slot);
    else this.#values.set(slot, bytes, from, to);
  }

  /** Below 0 when the value given is more extreme than the one held, 0 when they are equal. */
  #compare(
    slot: number,
    kind: number,
    number: number,
    short: boolean,
    bytes: Buffer,
    start: number,
    end: number,
  ): number {
    const held = this.#types.values[slot]!;
    if (held === ABSENT) return -1;
    if (held !== kind) return (kind < held ? -1 : 1) * this.#direction;
    if (kind === NUMBER) {
      const other = this.#numbers.values[slot]!;
      if (number !== other) return (number < other ? -1 : 1) * this.#direction;
      // A short integer has few enough digits that what has the same nearest double is equal to it.
      const length = this.#values.length(slot);
      if (short || length === 0) return 0;
      return compareNumbers(bytes, start, end, this.#values.buffer(slot), 0, length) * this.#direction;
    }
    const length = this.#values.length(slot);
    return compareValues(bytes, start, end, this.#values.buffer(slot), 0, length) * this.#direction;
  }

  #earlier(time: number, place: number, slot: number): boolean {
    const held = this.#times.values[slot]!;
    return time < held || (time === held && place < this.#positions.values[slot]!);
  }

  #hold(slot: number, kind: number, number: number, time: number, place: number): void {
    this.#types.values[slot] = kind;
    this.#numbers.values[slot] = number;
    this.#times.values[slot] = time;
    this.#positions.values[slot] = place;
  }
}
