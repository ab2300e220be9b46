import { BytePieces } from './byte-pieces.ts';
import { damaged, type SavedBytes } from './saved-bytes.ts';
import { readNumbers, selected, writeNumbers } from './saved-numbers.ts';

/**
 * Typed columns of a table: entry `slot` belongs to the row in that slot. They grow with the table, and a
 * slot that is given back is set to the column's initial value, so whoever gets a slot finds it clean.
 * All state of operators and aggregates lives in such columns, so that snapshots and spilling are the
 * table's business alone.
 */
export interface Column {
  /** A byte for what kind of values it has, in snapshots. */
  readonly kind: number;
  grow(capacity: number): void;
  /** Sets a slot to the initial value. */
  reset(slot: number): void;
  /** Writes the values of the slots, or of the first `slots` of all. */
  save(out: BytePieces, slots: Int32Array | number): void;
  /** Reads what `save` wrote of as many slots, which are reset; -1: that value is passed over. @throws TidemarkError `failed` */
  load(from: SavedBytes, slots: Int32Array | number): void;
}

export class DoubleColumn implements Column {
  readonly kind = 1;
  values: Float64Array;
  readonly initial: number;

  constructor(capacity: number, initial: number) {
    this.values = new Float64Array(capacity);
    this.initial = initial;
    if (initial !== 0) this.values.fill(initial);
  }

  grow(capacity: number): void {
    const grown = new Float64Array(capacity);
    grown.set(this.values);
    if (this.initial !== 0) grown.fill(this.initial, this.values.length);
    this.values = grown;
  }

  reset(slot: number): void {
    this.values[slot] = this.initial;
  }

  save(out: BytePieces, slots: Int32Array | number): void {
    writeNumbers(out, selected(this.values, slots));
  }

  load(from: SavedBytes, slots: Int32Array | number): void {
    const values = readNumbers(from, countOf(slots), 8);
    if (typeof slots === 'number') this.values.set(values);
    else for (let i = 0; i < slots.length; i++) if (slots[i]! >= 0) this.values[slots[i]!] = values[i]!;
  }
}

export class IntegerColumn implements Column {
  readonly kind = 2;
  values: Int32Array;
  readonly initial: number;

  constructor(capacity: number, initial: number) {
    this.values = new Int32Array(capacity);
    this.initial = initial;
    if (initial !== 0) this.values.fill(initial);
  }

  grow(capacity: number): void {
    const grown = new Int32Array(capacity);
    grown.set(this.values);
    if (this.initial !== 0) grown.fill(this.initial, this.values.length);
    this.values = grown;
  }

  reset(slot: number): void {
    this.values[slot] = this.initial;
  }

  save(out: BytePieces, slots: Int32Array | number): void {
    writeNumbers(out, selected(this.values, slots));
  }

  load(from: SavedBytes, slots: Int32Array | number): void {
    const values = readNumbers(from, countOf(slots), 4);
    if (typeof slots === 'number') this.values.set(values);
    else for (let i = 0; i < slots.length; i++) if (slots[i]! >= 0) this.values[slots[i]!] = values[i]!;
  }
}

const countOf = (slots: Int32Array | number): number => (typeof slots === 'number' ? slots : slots.length);

/** How the values of an object column are written in snapshots. What has been read is as it was, for all that follows. */
export interface ObjectCodec<T> {
  write(value: T, out: BytePieces, slot: number): void;
  /** @throws TidemarkError `failed` when it is nothing that `write` has written */
  read(from: SavedBytes): T;
}

/** Values of any size: for what does not fit a number (exact sums, lists). Sparse: most slots hold none. */
export class ObjectColumn<T> implements Column {
  readonly kind = 3;
  values: (T | undefined)[] = [];
  readonly #codec: ObjectCodec<T>;
  /** Where the next sample of `footprint` begins. */
  #sampled = 0;

  constructor(codec: ObjectCodec<T>) {
    this.#codec = codec;
  }

  grow(): void {}

  reset(slot: number): void {
    if (slot < this.values.length) this.values[slot] = undefined;
  }

  /** Each value behind how many slots without one stand before it; all slots but those have none. */
  save(out: BytePieces, slots: Int32Array | number): void {
    const { values } = this;
    const all = typeof slots === 'number';
    const count = all ? Math.min(slots, values.length) : slots.length;
    let present = 0;
    for (let i = 0; i < count; i++) if (values[all ? i : slots[i]!] !== undefined) present++;
    out.varint(present);
    for (let i = 0, next = 0; present > 0; i++) {
      const slot = all ? i : slots[i]!;
      const value = values[slot];
      if (value === undefined) continue;
      out.varint(i - next);
      next = i + 1;
      present--;
      this.#codec.write(value, out, slot);
    }
  }

  load(from: SavedBytes, slots: Int32Array | number): void {
    const count = countOf(slots);
    let at = -1;
    for (let present = from.count(1); present > 0; present--) {
      at += 1 + from.varint(count);
      if (at >= count) throw damaged('it has a value for no row');
      const value = this.#codec.read(from);
      const slot = typeof slots === 'number' ? at : slots[at]!;
      if (slot < 0) continue;
      // In the order of slots: the array never has a hole before its end.
      while (this.values.length < slot) this.values.push(undefined);
      this.values[slot] = value;
    }
  }

  /**
   * About how many bytes its values take in memory: a few are looked at, others each time.
   * @returns these bytes, and how many were written to know them
   */
  footprint(): { readonly bytes: number; readonly looked: number } {
    const { values } = this;
    const step = Math.max(1, Math.floor(values.length / SAMPLE));
    this.#sampled = (this.#sampled + 1) % step;
    const sample = new BytePieces();
    let objects = 0;
    let seen = 0;
    for (let slot = this.#sampled; slot < values.length && sample.length < SAMPLE_BYTES; slot += step) {
      seen++;
      const value = values[slot];
      if (value === undefined) continue;
      this.#codec.write(value, sample, slot);
      objects++;
    }
    const each = seen === 0 ? 0 : (objects * OBJECT_BYTES + sample.length * 2) / seen;
    return { bytes: values.length * (8 + each), looked: sample.length };
  }
}

/** Objects that are looked at to tell how large they are, and bytes of them, unless one is larger. */
const SAMPLE = 64;
const SAMPLE_BYTES = 1 << 18;
/** Bytes of an object in memory beside what is written of it, which may be half of what it has room for. */
const OBJECT_BYTES = 128;

/** Gives out columns; a table is one. `values` of a column is replaced when it grows: read it each time. */
export interface Columns {
  doubles(initial?: number): DoubleColumn;
  integers(initial?: number): IntegerColumn;
  objects<T>(codec: ObjectCodec<T>): ObjectColumn<T>;
}
