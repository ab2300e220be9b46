import type { ByteWriter } from '../json/byte-writer.ts';
import type { Columns, DoubleColumn } from '../state/columns.ts';
import { NULL } from '../stream/projection.ts';
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
}
