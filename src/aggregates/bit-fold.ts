import type { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import { readInteger } from '../json/number.ts';
import type { Columns, IntegerColumn, ObjectColumn } from '../state/columns.ts';
import { BIG_INTEGER, NO_NUMBER } from '../stream/projection.ts';
import { AccumulatorReader } from './accumulator.ts';
import type { Aggregate, AggregateInput } from './aggregate.ts';

export type BitOperation = 'and' | 'or' | 'xor';

/** States of a slot: nothing was added; the value is a small one; it is a big one. */
const NONE = 0;
const SMALL = 1;
const BIG = 2;

/**
 * Bitwise operations over integers of any size; a negative one counts as its two's complement with as many
 * leading ones as are needed.
 *
 * 8 bytes a group; about 50 more once a value was past 32 bits.
 */
export class BitFold implements Aggregate {
  readonly #states: IntegerColumn;
  /** The value of a SMALL slot. */
  readonly #small: IntegerColumn;
  /** The value of a BIG slot; freed with it. */
  readonly #big: ObjectColumn<bigint>;
  readonly #operation: BitOperation;

  constructor(columns: Columns, operation: BitOperation) {
    this.#states = columns.integers();
    this.#small = columns.integers();
    this.#big = columns.objects<bigint>({
      write: (value, out) => out.bigInteger(value),
      read: (from) => from.bigInteger(),
    });
    this.#operation = operation;
  }

  add(input: AggregateInput, rows: Int32Array, slots: Int32Array, count: number): void {
    const numbers = input.numbers[0]!;
    const { form, value } = numbers;
    const { start, end } = numbers.source;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      const kind = form[row]!;
      if (kind === NO_NUMBER) continue;
      const slot = slots[i]!;
      const x = value[row]!;
      if (kind === BIG_INTEGER) this.#foldBig(slot, readInteger(numbers.bytes, start[row]!, end[row]!));
      else if (x === (x | 0)) this.#foldSmall(slot, x);
      else this.#foldBig(slot, BigInt(x));
    }
  }

  merge(into: number, from: number): void {
    const state = this.#states.values[from]!;
    if (state === SMALL) this.#foldSmall(into, this.#small.values[from]!);
    else if (state === BIG) this.#foldBig(into, this.#big.values[from]!);
  }

  result(slot: number, out: ByteWriter): void {
    const state = this.#states.values[slot]!;
    if (state === NONE) out.ascii('null');
    else out.ascii(String(state === SMALL ? this.#small.values[slot] : this.#big.values[slot]));
  }

  /** The value in quotes, or null. */
  save(slot: number, out: ByteWriter): void {
    if (this.#states.values[slot] === NONE) {
      out.ascii('null');
      return;
    }
    out.byte(0x22);
    this.result(slot, out);
    out.byte(0x22);
  }

  load(slot: number, bytes: Buffer, start: number, end: number): void {
    const saved = new AccumulatorReader(bytes, start, end);
    if (!saved.isText) {
      saved.none();
      return;
    }
    this.#foldBig(slot, saved.bigInteger());
  }

  #foldSmall(slot: number, x: number): void {
    const states = this.#states.values;
    if (states[slot] === BIG) {
      this.#foldBig(slot, BigInt(x));
      return;
    }
    const small = this.#small.values;
    const held = small[slot]!;
    if (states[slot] === NONE) small[slot] = x;
    else if (this.#operation === 'and') small[slot] = held & x;
    else if (this.#operation === 'or') small[slot] = held | x;
    else small[slot] = held ^ x;
    states[slot] = SMALL;
  }

  #foldBig(slot: number, x: bigint): void {
    const state = this.#states.values[slot]!;
    const big = this.#big.values;
    this.#states.values[slot] = BIG;
    if (state === NONE) {
      big[slot] = x;
      return;
    }
    const held = state === SMALL ? BigInt(this.#small.values[slot]!) : big[slot]!;
    if (this.#operation === 'and') big[slot] = held & x;
    else if (this.#operation === 'or') big[slot] = held | x;
    else big[slot] = held ^ x;
  }
}
