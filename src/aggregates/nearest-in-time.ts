import type { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import type { Columns, DoubleColumn } from '../state/columns.ts';
import { NULL } from '../stream/projection.ts';
import { AccumulatorReader, FIRST_LOADED } from './accumulator.ts';
import type { Aggregate, AggregateInput } from './aggregate.ts';
import { ValueColumn } from './value-column.ts';

/**
 * The first value of a group by event time, then by position in the stream, or the last one: `direction` is
 * 1 or -1, which times and positions are multiplied by, so that the lesser is always wanted.
 *
 * 28 bytes a group and the value's buffer (about 100 bytes and the value).
 */
export class NearestInTime implements Aggregate {
  /** Event time (ms) and position in the stream of the value held, times the direction; +Infinity: none. */
  readonly #times: DoubleColumn;
  readonly #positions: DoubleColumn;
  /** The value held. */
  readonly #values: ValueColumn;
  readonly #direction: 1 | -1;
  /** The position of the next value that is loaded. */
  loaded = FIRST_LOADED;

  constructor(columns: Columns, direction: 1 | -1) {
    this.#times = columns.doubles(Infinity);
    this.#positions = columns.doubles(Infinity);
    this.#values = new ValueColumn(columns);
    this.#direction = direction;
  }

  add(input: AggregateInput, rows: Int32Array, slots: Int32Array, count: number): void {
    const { type, start, end } = input.values[0]!;
    const { bytes, time, position } = input;
    const times = this.#times.values;
    const positions = this.#positions.values;
    const direction = this.#direction;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      if (type[row]! <= NULL) continue;
      const slot = slots[i]!;
      const at = time[row]! * direction;
      const held = times[slot]!;
      if (at > held) continue;
      const place = (position + row) * direction;
      if (at === held && place >= positions[slot]!) continue;
      times[slot] = at;
      positions[slot] = place;
      this.#values.set(slot, bytes, start[row]!, end[row]!);
    }
  }

  merge(into: number, from: number): void {
    if (this.#values.length(from) === 0) return;
    const times = this.#times.values;
    const positions = this.#positions.values;
    if (times[from]! > times[into]!) return;
    if (times[from] === times[into] && positions[from]! >= positions[into]!) return;
    times[into] = times[from]!;
    positions[into] = positions[from]!;
    this.#values.copy(into, from);
  }

  result(slot: number, out: ByteWriter): void {
    if (this.#values.length(slot) === 0) out.ascii('null');
    else this.#values.write(slot, out);
  }

  save(slot: number, out: ByteWriter): void {
    if (this.#values.length(slot) === 0) {
      out.ascii('null');
      return;
    }
    out.ascii(`[${this.#times.values[slot]! * this.#direction},`);
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
    const time = saved.integer(Number.MIN_SAFE_INTEGER) * this.#direction;
    saved.value();
    const place = this.loaded++ * this.#direction;
    if (this.#isBefore(time, place, slot)) {
      this.#times.values[slot] = time;
      this.#positions.values[slot] = place;
      this.#values.set(slot, bytes, saved.start, saved.end);
    }
    saved.close();
  }

  /** Whether a time and position, times the direction, are before those held. */
  #isBefore(time: number, place: number, slot: number): boolean {
    const held = this.#times.values[slot]!;
    return time < held || (time === held && place < this.#positions.values[slot]!);
  }
}
