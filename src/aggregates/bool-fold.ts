import type { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import type { Columns, IntegerColumn } from '../state/columns.ts';
import { NO_NUMBER } from '../stream/projection.ts';
import { AccumulatorReader } from './accumulator.ts';
import type { Aggregate, AggregateInput } from './aggregate.ts';

/** State of a slot besides 0 (false) and 1 (true): nothing was added. */
const NONE = -1;

/** Conjunction or disjunction: the value that decides is 0 (false) or 1 (true). 4 bytes a group. */
export class BoolFold implements Aggregate {
  /** NONE, 0 or 1. */
  readonly #states: IntegerColumn;
  readonly #deciding: 0 | 1;

  constructor(columns: Columns, deciding: 0 | 1) {
    this.#states = columns.integers(NONE);
    this.#deciding = deciding;
  }

  add(input: AggregateInput, rows: Int32Array, slots: Int32Array, count: number): void {
    const { form, value } = input.numbers[0]!;
    const states = this.#states.values;
    const deciding = this.#deciding;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      if (form[row] === NO_NUMBER) continue;
      const slot = slots[i]!;
      if (states[slot] !== deciding) states[slot] = value[row]!;
    }
  }

  merge(into: number, from: number): void {
    this.#fold(into, this.#states.values[from]!);
  }

  result(slot: number, out: ByteWriter): void {
    const state = this.#states.values[slot];
    out.ascii(state === NONE ? 'null' : state === 1 ? 'true' : 'false');
  }

  /** `[1]`, `[0]`, or `[]` when nothing was added. */
  save(slot: number, out: ByteWriter): void {
    const state = this.#states.values[slot]!;
    out.ascii(state === NONE ? '[]' : `[${state}]`);
  }

  load(slot: number, bytes: Buffer, start: number, end: number): void {
    const saved = new AccumulatorReader(bytes, start, end);
    saved.open();
    if (saved.more()) this.#fold(slot, saved.integer(0, 1));
    saved.close();
  }

  #fold(slot: number, state: number): void {
    const states = this.#states.values;
    if (state !== NONE && states[slot] !== this.#deciding) states[slot] = state;
  }
}
