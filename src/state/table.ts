import { Buffer } from 'node:buffer';
import { type Kernel, kernel } from '../kernel/kernel.ts';
import { addressOf } from '../kernel/staging.ts';
import type { BytePieces } from './byte-pieces.ts';
import { ColumnSet } from './column-set.ts';
import { damaged, type SavedBytes } from './saved-bytes.ts';
import { readNumbers, selected, writeNumbers } from './saved-numbers.ts';

/** Fields of a table in the kernel's memory, in words of four bytes; kernel/table.ts tells what they are. */
const INDEX = 0;
const MASK = 1;
const SIZE = 2;
const CAPACITY = 3;
const HIGH = 4;
const FREE = 5;
const SCOPE = 6;
const KEY_START = 7;
const KEY_LENGTH = 8;
const KEYS = 9;
const KEYS_USED = 10;
const KEYS_CAPACITY = 11;
const KEYS_DEAD = 12;
const INSERTED = 13;
const MARKS = 14;
const TABLE_BYTES = 64;
/** Returned instead of a slot when there is no room. */
const FULL = -2;
/** The length of the key of a slot that is not in use. */
const ABSENT = -1;
const NO_MARKS = new Uint8Array(0);

/** Bytes of an entry of the index: hash and slot. */
const ENTRY = 8;
const FIRST_ENTRIES = 256;
const FIRST_KEYS = 1 << 12;
/** Bytes of removed keys that are left lying: packing walks the whole index. */
const PACK_FROM = 1 << 20;
/** Bytes of the kernel's memory that `order` takes for a row. */
const ROW_ORDER_BYTES = 4 + 4 + 32;
/** Keys up to this size are copied to the kernel's scratch, longer ones to its staging buffer. */
const SHORT_KEY = 1 << 12;

/** The regions of one table: kept apart from it, so that they can be given back when it has been collected. */
interface Regions {
  readonly fields: number;
  index: number;
  indexSize: number;
  rows: number;
  rowsSize: number;
  keys: number;
  keysSize: number;
  /** Which rows have changed; of no size as long as nobody wants to know. */
  marks: number;
  marksSize: number;
}

const abandoned = new FinalizationRegistry<Regions>((held) => {
  const { regions } = kernel();
  regions.release(held.fields, TABLE_BYTES);
  regions.release(held.index, held.indexSize);
  regions.release(held.rows, held.rowsSize);
  regions.release(held.keys, held.keysSize);
  if (held.marksSize > 0) regions.release(held.marks, held.marksSize);
});

/**
 * Rows of state found by scope (a small integer: a window's number) and key bytes: a hash table in the kernel's
 * memory (kernel/table.ts), so that a block of events finds its rows in one call. Keys lie end to end in one
 * region, which is packed anew when more than half of it belongs to removed rows. Memory: 23 to 45 bytes a row
 * beside its key and columns.
 */
export class Table extends ColumnSet {
  /** Whether the last `upsert` or `find` made the row. */
  inserted = false;
  readonly #kernel: Kernel = kernel();
  readonly #held: Regions;
  /** The table as the kernel sees it, and its columns of scopes, of starts and lengths of keys. */
  readonly #fields: Int32Array;
  #scopes: Int32Array;
  #starts: Uint32Array;
  #lengths: Int32Array;
  #keys: Buffer;
  /** Of each slot, 1: its key has come or gone since the last save; of no length as long as nobody wants to know. */
  #keysChanged = NO_MARKS;

  constructor() {
    super();
    const { regions, bytes } = this.#kernel;
    const indexSize = FIRST_ENTRIES * ENTRY;
    const rowsSize = this.capacity * 12;
    this.#held = {
      fields: regions.allocate(TABLE_BYTES),
      index: regions.allocate(indexSize),
      indexSize,
      rows: regions.allocate(rowsSize),
      rowsSize,
      keys: regions.allocate(FIRST_KEYS),
      keysSize: FIRST_KEYS,
      marks: 0,
      marksSize: 0,
    };
    abandoned.register(this, this.#held);
    bytes.fill(0, this.#held.index, this.#held.index + indexSize);
    this.#fields = new Int32Array(bytes.buffer, this.#held.fields, TABLE_BYTES / 4).fill(0);
    this.#fields[INDEX] = this.#held.index;
    this.#fields[MASK] = FIRST_ENTRIES - 1;
    this.#fields[FREE] = -1;
    this.#fields[KEYS] = this.#held.keys;
    this.#fields[KEYS_CAPACITY] = FIRST_KEYS;
    this.#keys = Buffer.from(bytes.buffer, this.#held.keys, FIRST_KEYS);
    [this.#scopes, this.#starts, this.#lengths] = this.#setRows();
  }

  /** Rows in use. */
  get count(): number {
    return this.#fields[SIZE]!;
  }

  /** The slot of the row of this key in this scope; a new one when there was none. */
  upsert(scope: number, bytes: Buffer, start: number, end: number): number {
    const { call } = this.#kernel;
    const key = this.#place(bytes, start, end);
    let slot = call.tableUpsert(this.#held.fields, scope, key, end - start);
    if (slot === FULL) {
      // The key may lie in what is about to be moved.
      const copy = Buffer.from(bytes.subarray(start, end));
      this.#makeRoom(copy.length);
      slot = call.tableUpsert(this.#held.fields, scope, this.#place(copy, 0, copy.length), copy.length);
    }
    this.inserted = this.#fields[INSERTED] !== 0;
    if (this.inserted && this.tracked) this.#markKey(slot);
    return slot;
  }

  /**
   * Finds the rows of the keys of a block of events, making those that are not there, and marks them: see `tableUpsertRows` in
   * kernel/table.ts, whose columns the caller has filled.
   * @param base address of the bytes that keys are spans of
   * @param onInserted told the index of each event whose row is new
   * @returns the index of the first event that was left, or `count`
   */
  upsertRows(
    base: number,
    from: number,
    count: number,
    members: number,
    onInserted: (index: number) => void,
  ): number {
    const { call, columns } = this.#kernel;
    for (let at = from; ; ) {
      at = call.tableUpsertRows(this.#held.fields, base, at, count, members);
      const inserted = call.insertedCount.value;
      for (let i = 0; i < inserted; i++) {
        const index = columns.inserted[i]!;
        if (this.tracked) this.#markKey(columns.slots[index]!);
        onInserted(index);
      }
      if (at === count || !call.stoppedFull.value) return at;
      this.#makeRoom(call.stoppedLength.value);
    }
  }

  /** The slot of the row of this key in this scope, or -1. */
  find(scope: number, bytes: Buffer, start: number, end: number): number {
    this.inserted = false;
    const key = this.#place(bytes, start, end);
    return this.#kernel.call.tableFind(this.#held.fields, scope, key, end - start);
  }

  remove(slot: number): void {
    this.reset(slot);
    if (this.tracked) this.#markKey(slot);
    this.#kernel.call.tableRemove(this.#held.fields, slot);
    const dead = this.#fields[KEYS_DEAD]!;
    if (dead > PACK_FROM && dead * 2 > this.#fields[KEYS_USED]!) this.#moveKeys(0);
  }

  /**
   * The order of rows by their keys' code points: which of `slots` comes first, second and so on.
   * @returns undefined where a key is not one string without escapes
   */
  order(slots: Int32Array): Int32Array | undefined {
    const { regions, bytes, call } = this.#kernel;
    const count = slots.length;
    const size = count * ROW_ORDER_BYTES;
    const at = regions.allocate(size);
    new Int32Array(bytes.buffer, at, count).set(slots);
    const sorted = call.sortKeys(this.#held.fields, at, count, at + count * 4, at + count * 8);
    const order = new Int32Array(bytes.buffer, at + count * 4, count).slice();
    regions.release(at, size);
    return sorted ? order : undefined;
  }

  /** The scope of a row. */
  scope(slot: number): number {
    return this.#scopes[slot]!;
  }

  /** The buffer that holds the keys: read it anew after every upsert and remove. */
  get keys(): Buffer {
    return this.#keys;
  }

  /** Where the key of a row begins in `keys`. */
  keyStart(slot: number): number {
    return this.#starts[slot]!;
  }

  keyEnd(slot: number): number {
    return this.#starts[slot]! + this.#lengths[slot]!;
  }

  override track(): void {
    super.track();
    this.#keysChanged = new Uint8Array(this.capacity);
  }

  /** In the kernel's memory: a block of events marks the rows that it finds. */
  protected override createMarks(): Uint8Array {
    const held = this.#held;
    const { regions, bytes } = this.#kernel;
    const size = this.capacity;
    const marks = regions.allocate(size);
    if (held.marksSize > 0) regions.release(held.marks, held.marksSize);
    held.marks = marks;
    held.marksSize = size;
    this.#fields[MARKS] = marks;
    return new Uint8Array(bytes.buffer, marks, size).fill(0);
  }

  protected override grow(): void {
    super.grow();
    [this.#scopes, this.#starts, this.#lengths] = this.#setRows();
    if (!this.tracked) return;
    const before = this.#keysChanged;
    this.#keysChanged = new Uint8Array(this.capacity);
    this.#keysChanged.set(before);
  }

  protected get heldBytes(): number {
    const { indexSize, rowsSize, keysSize, marksSize } = this.#held;
    return indexSize + rowsSize + keysSize + marksSize;
  }

  /** What grows is copied: both are there for a while, and then what it takes to put rows in order. */
  protected get roomToGrow(): boolean {
    return this.heldBytes * 2 + this.count * ROW_ORDER_BYTES < this.#kernel.regions.free;
  }

  #markKey(slot: number): void {
    this.mark(slot);
    this.#keysChanged[slot] = 1;
  }

  /** Slots ever given out. */
  protected get high(): number {
    return this.#fields[HIGH]!;
  }

  /** All rows: their keys as they lie. Else the keys that have come, end to end, and which slots have none any more. */
  protected saveKeys(out: BytePieces, slots: Int32Array | undefined): void {
    const fields = this.#fields;
    // What lies between the keys would be written with them.
    if (slots === undefined && fields[KEYS_DEAD]! * 2 > fields[KEYS_USED]!) this.#moveKeys(0);
    out.varint(fields[HIGH]!);
    out.varint(fields[SIZE]!);
    out.varint(fields[FREE]! + 1);
    if (slots === undefined) {
      const { high } = this;
      writeNumbers(out, this.#scopes.subarray(0, high));
      writeNumbers(out, this.#lengths.subarray(0, high));
      writeNumbers(out, new Int32Array(this.#starts.buffer, this.#starts.byteOffset, high));
      out.varint(fields[KEYS_USED]!);
      out.view(this.#keys.subarray(0, fields[KEYS_USED]!));
    } else this.#saveChanged(out, slots);
    this.#keysChanged.fill(0);
  }

  #saveChanged(out: BytePieces, slots: Int32Array): void {
    out.view(Uint8Array.from(slots, (slot) => this.#keysChanged[slot]!));
    const moved = slots.filter((slot) => this.#keysChanged[slot] === 1);
    const lengths = selected(this.#lengths, moved);
    writeNumbers(out, selected(this.#scopes, moved));
    writeNumbers(out, lengths);
    // Of those in use it says nothing: where the key lies then is another matter.
    writeNumbers(
      out,
      moved.map((slot, i) => (lengths[i] === ABSENT ? this.#starts[slot]! : 0)),
    );
    for (const slot of moved)
      if (this.#lengths[slot] !== ABSENT) out.copy(this.#keys, this.keyStart(slot), this.keyEnd(slot));
  }

  protected loadKeys(from: SavedBytes, slots: Int32Array | undefined): void {
    const before = this.high;
    const high = this.newHigh(from, slots);
    const size = from.varint(high);
    const free = from.varint(high) - 1;
    while (this.capacity < high) this.grow();
    this.resetAll(slots ?? before);
    const fields = this.#fields;
    fields[HIGH] = high;
    fields[FREE] = free;
    if (slots === undefined) this.#loadAll(from, size);
    else {
      this.#lengths.fill(ABSENT, before, high);
      const moved = from.take(slots.length);
      this.#loadChanged(
        from,
        slots.filter((_, i) => moved[i] === 1),
      );
    }
    this.#expectFree(size, free);
    this.#keysChanged.fill(0);
  }

  #loadAll(from: SavedBytes, size: number): void {
    const { regions, bytes, call } = this.#kernel;
    const held = this.#held;
    const fields = this.#fields;
    const { high } = this;
    this.#scopes.set(readNumbers(from, high, 4));
    this.#lengths.set(readNumbers(from, high, 4));
    this.#starts.set(readNumbers(from, high, 4));
    const used = from.count(1);
    let length = 0;
    let count = 0;
    for (let slot = 0; slot < high; slot++) {
      if (this.#lengths[slot] === ABSENT) continue;
      count++;
      length += this.#lengths[slot]!;
      if (this.#lengths[slot]! < 0 || this.keyEnd(slot) > used)
        throw damaged('a key lies outside of the others');
    }
    if (count !== size || length > used) throw damaged('its rows are not as many as it says');
    this.#replaceKeys(Math.max(FIRST_KEYS, Math.ceil(used * 1.25)));
    from.fill(this.#keys.subarray(0, used));
    fields[KEYS_USED] = used;
    fields[KEYS_DEAD] = used - length;
    fields[SIZE] = size;
    let entries = FIRST_ENTRIES;
    while (size * 4 > entries * 3) entries *= 2;
    const index = regions.allocate(entries * ENTRY);
    regions.release(held.index, held.indexSize);
    held.index = index;
    held.indexSize = entries * ENTRY;
    bytes.fill(0, index, index + held.indexSize);
    fields[INDEX] = index;
    fields[MASK] = entries - 1;
    if (!call.tableIndex(held.fields)) throw damaged('two rows have the same key');
  }

  /** Rows whose keys have come, gone or given way to others. */
  #loadChanged(from: SavedBytes, moved: Int32Array): void {
    const { call } = this.#kernel;
    const { fields } = this.#held;
    const scopes = readNumbers(from, moved.length, 4);
    const lengths = readNumbers(from, moved.length, 4);
    const starts = readNumbers(from, moved.length, 4);
    for (const slot of moved) if (this.#lengths[slot] !== ABSENT) call.tableUnlink(fields, slot);
    for (let i = 0; i < moved.length; i++) {
      const slot = moved[i]!;
      if (lengths[i] === ABSENT) {
        this.#starts[slot] = starts[i]!;
        continue;
      }
      const key = from.take(lengths[i]!);
      this.#makeRoom(key.length);
      if (!call.tablePut(fields, slot, scopes[i]!, this.#place(key, 0, key.length), key.length))
        throw damaged('two rows have the same key');
    }
  }

  /** @throws TidemarkError `failed` unless so many rows have keys, and the others are one chain */
  #expectFree(size: number, first: number): void {
    const { high } = this;
    if (this.count !== size) throw damaged('its rows are not as many as it says');
    let left = high - size;
    for (let slot = first; slot !== -1; slot = this.#starts[slot]! | 0, left--)
      if (left === 0 || slot < 0 || slot >= high || this.#lengths[slot] !== ABSENT)
        throw damaged('its free rows are no chain');
    if (left !== 0) throw damaged('its free rows are no chain');
  }

  /** Gives the keys another region, which holds none yet. */
  #replaceKeys(size: number): void {
    const held = this.#held;
    const { regions, bytes } = this.#kernel;
    const keys = regions.allocate(size);
    regions.release(held.keys, held.keysSize);
    held.keys = keys;
    held.keysSize = size;
    this.#fields[KEYS] = keys;
    this.#fields[KEYS_CAPACITY] = size;
    this.#keys = Buffer.from(bytes.buffer, held.keys, size);
  }

  /** The address of a key in the kernel's memory. */
  #place(bytes: Buffer, start: number, end: number): number {
    const { bytes: memory, scratch } = this.#kernel;
    if (bytes.buffer === memory.buffer) return bytes.byteOffset + start;
    const size = end - start;
    if (size > SHORT_KEY) return addressOf(bytes.subarray(start, end));
    const at = scratch + KEY_AT;
    for (let i = 0; i < size; i++) memory[at + i] = bytes[start + i]!;
    return at;
  }

  /** Makes room for one more row, whose key is `length` bytes long. */
  #makeRoom(length: number): void {
    const fields = this.#fields;
    const entries = fields[MASK]! + 1;
    if ((fields[SIZE]! + 1) * 4 > entries * 3) this.#rehash(entries * 2);
    if (fields[KEYS_USED]! + length > fields[KEYS_CAPACITY]!) this.#moveKeys(length);
    if (fields[FREE]! < 0 && fields[HIGH] === fields[CAPACITY]) this.grow();
  }

  #rehash(entries: number): void {
    const held = this.#held;
    const { regions, bytes, call } = this.#kernel;
    const size = entries * ENTRY;
    const index = regions.allocate(size);
    bytes.fill(0, index, index + size);
    call.tableRehash(held.fields, index, entries - 1);
    regions.release(held.index, held.indexSize);
    held.index = index;
    held.indexSize = size;
  }

  /** Copies the keys of the rows that are left into a region with room for as many again, and for `length` bytes. */
  #moveKeys(length: number): void {
    const held = this.#held;
    const { regions, bytes, call } = this.#kernel;
    const live = this.#fields[KEYS_USED]! - this.#fields[KEYS_DEAD]!;
    const size = Math.max(FIRST_KEYS, (live + length) * 2);
    const keys = regions.allocate(size);
    call.tablePack(held.fields, keys, size);
    regions.release(held.keys, held.keysSize);
    held.keys = keys;
    held.keysSize = size;
    this.#keys = Buffer.from(bytes.buffer, keys, size);
  }

  /** Gives the rows the room that the columns have. */
  #setRows(): [Int32Array, Uint32Array, Int32Array] {
    const held = this.#held;
    const fields = this.#fields;
    const { regions, bytes } = this.#kernel;
    const { capacity } = this;
    const before = fields[CAPACITY]!;
    if (before > 0) {
      const rowsSize = capacity * 12;
      const rows = regions.allocate(rowsSize);
      for (let column = 0; column < 3; column++) {
        const from = held.rows + column * before * 4;
        bytes.copyWithin(rows + column * capacity * 4, from, from + before * 4);
      }
      regions.release(held.rows, held.rowsSize);
      held.rows = rows;
      held.rowsSize = rowsSize;
    }
    fields[CAPACITY] = capacity;
    fields[SCOPE] = held.rows;
    fields[KEY_START] = held.rows + capacity * 4;
    fields[KEY_LENGTH] = held.rows + capacity * 8;
    return [
      new Int32Array(bytes.buffer, fields[SCOPE], capacity),
      new Uint32Array(bytes.buffer, fields[KEY_START], capacity),
      new Int32Array(bytes.buffer, fields[KEY_LENGTH], capacity),
    ];
  }
}

/** Where one key is put: in the scratch, behind the names and affixes. */
const KEY_AT = 0x8000;
