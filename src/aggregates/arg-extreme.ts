import type { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import { compareValues } from '../json/compare.ts';
import { readDouble } from '../json/number.ts';
import type { Columns, DoubleColumn } from '../state/columns.ts';
import { NULL, NUMBER } from '../stream/projection.ts';
import { AccumulatorReader, FIRST_LOADED } from './accumulator.ts';
import type { Aggregate, AggregateInput } from './aggregate.ts';
import { ValueColumn } from './value-column.ts';

/**
 * The value of one field where another is least in the order of values (json/compare.ts), or greatest (`direction`
 * -1); of equals the first, by event time, then by position in the stream. Events where either is null are
 * passed over.
 *
 * 48 bytes a group and the buffers of two values (about 100 bytes each and the value).
 */
export class ArgExtreme implements Aggregate {
  /** The value held, and what it was chosen by; none of both or both. */
  readonly #values: ValueColumn;
  readonly #keys: ValueColumn;
  /** What it was chosen by as the nearest double; NaN if it is no number. */
  readonly #numbers: DoubleColumn;
  /** Event time (ms) and position in the stream of the value held. */
  readonly #times: DoubleColumn;
  readonly #positions: DoubleColumn;
  readonly #direction: 1 | -1;
  /** The position of the next value that is loaded. */
  loaded = FIRST_LOADED;

  constructor(columns: Columns, direction: 1 | -1) {
    this.#values = new ValueColumn(columns);
    this.#keys = new ValueColumn(columns);
    this.#numbers = columns.doubles(Number.NaN);
    this.#times = columns.doubles();
    this.#positions = columns.doubles();
    this.#direction = direction;
  }

  add(input: AggregateInput, rows: Int32Array, slots: Int32Array, count: number): void {
    const { bytes, time, position } = input;
    const field = input.values[0]!;
    const by = input.values[1]!;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      const kind = by.type[row]!;
      if (kind <= NULL || field.type[row]! <= NULL) continue;
      const slot = slots[i]!;
      const from = by.start[row]!;
      const to = by.end[row]!;
      const number = kind === NUMBER ? readDouble(bytes, from, to) : Number.NaN;
      if (!this.#wins(slot, number, bytes, from, to, time[row]!, position + row)) continue;
      this.#hold(slot, number, time[row]!, position + row);
      this.#keys.set(slot, bytes, from, to);
      this.#values.set(slot, bytes, field.start[row]!, field.end[row]!);
    }
  }

  merge(into: number, from: number): void {
    const length = this.#keys.length(from);
    if (length === 0) return;
    const number = this.#numbers.values[from]!;
    const time = this.#times.values[from]!;
    const place = this.#positions.values[from]!;
    if (!this.#wins(into, number, this.#keys.buffer(from), 0, length, time, place)) return;
    this.#hold(into, number, time, place);
    this.#keys.copy(into, from);
    this.#values.copy(into, from);
  }

  result(slot: number, out: ByteWriter): void {
    if (this.#values.length(slot) === 0) out.ascii('null');
    else this.#values.write(slot, out);
  }

  /** `[time,key,value]`, or null. */
  save(slot: number, out: ByteWriter): void {
    if (this.#values.length(slot) === 0) {
      out.ascii('null');
      return;
    }
    out.ascii(`[${this.#times.values[slot]},`);
    this.#keys.write(slot, out);
    out.byte(0x2c);
    this.#values.write(slot, out);
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
    const { start: from, end: to, type } = saved;
    saved.value();
    const number = type === NUMBER ? readDouble(bytes, from, to) : Number.NaN;
    const place = this.loaded++;
    if (this.#wins(slot, number, bytes, from, to, time, place)) {
      this.#hold(slot, number, time, place);
      this.#keys.set(slot, bytes, from, to);
      this.#values.set(slot, bytes, saved.start, saved.end);
    }
    saved.close();
  }

  /** Whether the key bytes[from, to) is more extreme than the one held, or as extreme and earlier. */
  #wins(
    slot: number,
    number: number,
    bytes: Buffer,
    from: number,
    to: number,
    time: number,
    place: number,
  ): boolean {
    const length = this.#keys.length(slot);
    if (length === 0) return true;
    const held = this.#numbers.values[slot]!;
    // False where either is no number, and where they may differ by less than doubles tell.
    if (number < held || number > held) return number < held === (this.#direction === 1);
    const order = compareValues(bytes, from, to, this.#keys.buffer(slot), 0, length) * this.#direction;
    if (order !== 0) return order < 0;
    const heldTime = this.#times.values[slot]!;
    return time < heldTime || (time === heldTime && place < this.#positions.values[slot]!);
  }

  #hold(slot: number, number: number, time: number, place: number): void {
    this.#numbers.values[slot] = number;
    this.#times.values[slot] = time;
    this.#positions.values[slot] = place;
  }
}
