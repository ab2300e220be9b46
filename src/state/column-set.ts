import type { Buffer } from 'node:buffer';
import { BytePieces } from './byte-pieces.ts';
import {
  type Column,
  type Columns,
  DoubleColumn,
  IntegerColumn,
  type ObjectCodec,
  ObjectColumn,
} from './columns.ts';
import { damaged, SavedBytes } from './saved-bytes.ts';
import { readNumbers, writeNumbers } from './saved-numbers.ts';
import type { Persistent } from './snapshot.ts';

/** A column, and the name that it is found by in snapshots: its owner's, and its number among the owner's columns. */
interface Named {
  readonly owner: string;
  readonly name: string;
  readonly column: Column;
}

/** Columns that grow together, and are saved together: all their rows, or those that have changed. */
export abstract class ColumnSet implements Columns, Persistent {
  #capacity: number;
  readonly #columns: Named[] = [];
  /** Of each slot, 1: its values have changed since the last save; undefined: nobody wants to know. */
  #changed: Uint8Array | undefined;
  /** Whether rows were saved or loaded, so that changes can be put on them. */
  #founded = false;
  /** Whether they were loaded with other columns than there are now: until the next whole save. */
  #reshaped = false;
  /** What objects took when they were looked at last, bytes, and how often is asked before the next look. */
  #objectBytes = 0;
  #untilLook = 0;

  constructor(capacity = 64) {
    this.#capacity = capacity;
  }

  /** Slots that the columns have room for. */
  get capacity(): number {
    return this.#capacity;
  }

  doubles(initial = 0): DoubleColumn {
    return this.#add('', new DoubleColumn(this.#capacity, initial));
  }

  integers(initial = 0): IntegerColumn {
    return this.#add('', new IntegerColumn(this.#capacity, initial));
  }

  objects<T>(codec: ObjectCodec<T>): ObjectColumn<T> {
    return this.#add('', new ObjectColumn<T>(codec));
  }

  /** Gives out columns of an owner, which are restored where there is one of the same name, whatever others there are. */
  ownedBy(owner: string): Columns {
    return {
      doubles: (initial = 0) => this.#add(owner, new DoubleColumn(this.#capacity, initial)),
      integers: (initial = 0) => this.#add(owner, new IntegerColumn(this.#capacity, initial)),
      objects: <T>(codec: ObjectCodec<T>) => this.#add(owner, new ObjectColumn<T>(codec)),
    };
  }

  /** The columns that were given to these owners. */
  columnsOf(owners: readonly string[]): readonly Column[] {
    return this.#columns.filter(({ owner }) => owners.includes(owner)).map(({ column }) => column);
  }

  /** From now on remembers which rows change. */
  track(): void {
    this.#changed = this.createMarks();
  }

  get tracked(): boolean {
    return this.#changed !== undefined;
  }

  /** The values of a row have changed. */
  mark(slot: number): void {
    if (this.#changed !== undefined) this.#changed[slot] = 1;
  }

  /** The values of the rows slots[0, count) have changed. */
  markAll(slots: Int32Array, count: number): void {
    const changed = this.#changed;
    if (changed === undefined) return;
    for (let i = 0; i < count; i++) changed[slots[i]!] = 1;
  }

  /**
   * Bytes of memory that are taken, or will be when `more` rows have come; what it takes to put the rows in order and write them
   * elsewhere is part of it. Infinity: there is no room for so many.
   */
  memoryFor(more: number): number {
    const { count } = this;
    if (count === 0) return 0;
    if (this.#untilLook-- === 0) this.#lookAtObjects();
    let fixed = this.heldBytes;
    for (const { column } of this.#columns)
      if (column instanceof DoubleColumn || column instanceof IntegerColumn)
        fixed += column.values.byteLength;
    const beside = this.#objectBytes + count * ORDER_BYTES;
    if (count + more <= this.#capacity) return (fixed / this.#capacity) * count + beside;
    return this.roomToGrow ? fixed * 2 + beside : Number.POSITIVE_INFINITY;
  }

  /** Names and kinds of the columns, by which `loadSlots` finds them again. */
  saveLayout(out: BytePieces): void {
    out.varint(this.#columns.length);
    for (const { name, column } of this.#columns) {
      out.text(name);
      out.byte(column.kind);
    }
  }

  /** The columns of a layout; undefined: one that is no longer there. @throws TidemarkError `failed` */
  loadLayout(from: SavedBytes): readonly (Column | undefined)[] {
    const known = new Map(this.#columns.map(({ name, column }) => [name, column]));
    return Array.from({ length: from.count(2) }, () => {
      const column = known.get(from.text());
      if (from.byte() !== (column?.kind ?? 0) && column !== undefined)
        throw damaged('a column is of another kind');
      return column;
    });
  }

  /** Writes the values of some rows, without their keys. */
  saveSlots(out: BytePieces, slots: Int32Array): void {
    for (const { column } of this.#columns) {
      const values = new BytePieces();
      column.save(values, slots);
      out.varint(values.length);
      out.append(values.take());
    }
  }

  /** Reads what `saveSlots` wrote into as many rows, which are new; -1: that row is passed over. @throws TidemarkError `failed` */
  loadSlots(from: SavedBytes, layout: readonly (Column | undefined)[], slots: Int32Array): void {
    for (const column of layout) {
      const values = new SavedBytes(from.take(from.count(1)));
      if (column === undefined) continue;
      column.load(values, slots);
      values.end();
    }
  }

  /** Slots in use. */
  abstract readonly count: number;
  /** Bytes that it takes beside its columns. */
  protected abstract readonly heldBytes: number;
  /** Whether there can be twice the room. */
  protected abstract readonly roomToGrow: boolean;
  /** Slots that were ever given out. */
  protected abstract readonly high: number;
  /** Writes what tells rows apart and which are in use. `slots`: those that have changed, in order; undefined: all. */
  protected abstract saveKeys(out: BytePieces, slots: Int32Array | undefined): void;
  /** Reads it. Rows that are new or have given way are reset. @throws TidemarkError `failed` */
  protected abstract loadKeys(from: SavedBytes, slots: Int32Array | undefined): void;
  /** A zero for each slot that there is room for. What was given before is not used any more, once it has been copied. */
  protected createMarks(): Uint8Array {
    return new Uint8Array(this.#capacity);
  }

  /** Doubles the room. */
  protected grow(): void {
    this.#capacity *= 2;
    for (const { column } of this.#columns) column.grow(this.#capacity);
    const changed = this.#changed;
    if (changed === undefined) return;
    this.#changed = this.createMarks();
    this.#changed.set(changed);
  }

  /** Sets a slot of all columns to their initial values. */
  protected reset(slot: number): void {
    for (const { column } of this.#columns) column.reset(slot);
  }

  /** Sets slots of all columns to their initial values: some, or so many from the first on. */
  protected resetAll(slots: Int32Array | number): void {
    if (typeof slots === 'number') for (let slot = 0; slot < slots; slot++) this.reset(slot);
    else for (const slot of slots) this.reset(slot);
  }

  /** Reads how many slots have been given out, when those that have changed since `high` was so many are `slots`. */
  protected newHigh(from: SavedBytes, slots: Int32Array | undefined): number {
    if (slots === undefined) return from.count(1);
    const before = this.high;
    const high = from.varint(before + slots.length);
    let known = slots.length;
    while (known > 0 && slots[known - 1]! >= before) known--;
    // All slots that are new have changed.
    if (high - before !== slots.length - known || (slots.at(-1) ?? -1) >= high)
      throw damaged('its rows are not as many as it says');
    return high;
  }

  /**
   * Writes all rows (`all`), or those that changed since the last call; all, too, where there is nothing yet that changes
   * could be put on, or where all have changed.
   */
  saveRows(all: boolean): readonly Uint8Array[] {
    const out = new BytePieces();
    const slots = all || !this.#founded ? undefined : this.#changedSlots();
    out.byte(slots === undefined ? WHOLE : CHANGES);
    if (slots !== undefined) writeSlots(out, slots);
    this.saveKeys(out, slots);
    out.varint(this.#columns.length);
    for (const { name, column } of this.#columns) {
      const values = new BytePieces();
      column.save(values, slots ?? this.high);
      out.text(name);
      out.byte(column.kind);
      out.varint(values.length);
      out.append(values.take());
    }
    this.#founded = true;
    if (slots === undefined) this.#reshaped = false;
    this.#changed?.fill(0);
    return out.take();
  }

  loadRows(bytes: Buffer): void {
    const from = new SavedBytes(bytes);
    const mode = from.byte();
    if (mode !== WHOLE && !(mode === CHANGES && this.#founded))
      throw damaged('its rows are of no known kind');
    const slots = mode === WHOLE ? undefined : readSlots(from);
    this.loadKeys(from, slots);
    // Where columns have come or gone, changes would be put on values that belong to nobody.
    const known = new Map(this.#columns.map(({ name, column }) => [name, column]));
    let missing = known.size;
    let strange = 0;
    for (let left = from.count(3); left > 0; left--) {
      const name = from.text();
      const kind = from.byte();
      const values = new SavedBytes(from.take(from.count(1)));
      const column = known.get(name);
      known.delete(name);
      if (column === undefined) strange++;
      else {
        if (column.kind !== kind) throw damaged('a column is of another kind');
        missing--;
        column.load(values, slots ?? this.high);
        values.end();
      }
    }
    from.end();
    this.#founded = true;
    if (missing > 0 || strange > 0) this.#reshaped = true;
    this.#changed?.fill(0);
  }

  /** The slots that have changed, in order; undefined: all are to be written. */
  #changedSlots(): Int32Array | undefined {
    const changed = this.#changed;
    if (changed === undefined || this.#reshaped) return undefined;
    const count = this.#changedCount();
    if (count === this.high) return undefined;
    const slots = new Int32Array(count);
    let at = 0;
    for (let slot = changed.indexOf(1); slot >= 0; slot = changed.indexOf(1, slot + 1)) slots[at++] = slot;
    return slots;
  }

  #changedCount(): number {
    const changed = this.#changed;
    if (changed === undefined || !this.#founded || this.#reshaped) return this.high;
    let count = 0;
    for (let slot = 0; slot < changed.length; slot++) count += changed[slot]!;
    return count;
  }

  #lookAtObjects(): void {
    let all = 0;
    this.#objectBytes = 0;
    for (const { column } of this.#columns) {
      if (!(column instanceof ObjectColumn)) continue;
      const { bytes, looked } = column.footprint();
      this.#objectBytes += bytes;
      all += looked;
    }
    this.#untilLook = Math.max(LOOK_EVERY, Math.ceil(all / LOOKED_BYTES));
  }

  #add<C extends Column>(owner: string, column: C): C {
    const number = this.#columns.filter((other) => other.owner === owner).length;
    this.#columns.push({ owner, name: `${owner}#${number}`, column });
    return column;
  }
}

/** Objects are looked at once in so many batches at most, and so many bytes of them a batch: a few microseconds. */
const LOOK_EVERY = 16;
const LOOKED_BYTES = 1 << 12;
/** Bytes that sorting takes for a row. */
const ORDER_BYTES = 48;

/** How rows are written. */
const WHOLE = 1;
const CHANGES = 2;

/** Slots in order, by their distances. */
function writeSlots(out: BytePieces, slots: Int32Array): void {
  out.varint(slots.length);
  const distances = new Int32Array(slots.length);
  for (let i = 0; i < slots.length; i++) distances[i] = slots[i]! - (i === 0 ? 0 : slots[i - 1]!);
  writeNumbers(out, distances);
}

function readSlots(from: SavedBytes): Int32Array {
  const count = from.count(1);
  const slots = Int32Array.from(readNumbers(from, count, 4));
  for (let i = 0; i < count; i++) {
    if (slots[i]! < (i === 0 ? 0 : 1)) throw damaged('its rows are in no order');
    if (i > 0) slots[i]! += slots[i - 1]!;
    if (slots[i]! < 0) throw damaged('its rows are in no order');
  }
  return slots;
}
