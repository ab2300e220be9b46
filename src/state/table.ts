import { Buffer } from 'node:buffer';
import { type Kernel, kernel } from '../kernel/kernel.ts';
import { addressOf } from '../kernel/staging.ts';
import { ColumnSet } from './column-set.ts';

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
const TABLE_BYTES = 64;
/** Returned instead of a slot when there is no room. */
const FULL = -2;

/** Bytes of an entry of the index: hash and slot. */
const ENTRY = 8;
const FIRST_ENTRIES = 256;
const FIRST_KEYS = 1 << 12;
/** Bytes of removed keys that are left lying: packing walks the whole index. */
const PACK_FROM = 1 << 20;
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
}

const abandoned = new FinalizationRegistry<Regions>((held) => {
  const { regions } = kernel();
  regions.release(held.fields, TABLE_BYTES);
  regions.release(held.index, held.indexSize);
  regions.release(held.rows, held.rowsSize);
  regions.release(held.keys, held.keysSize);
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
  get size(): number {
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
    return slot;
  }

  /**
   * Finds the rows of the keys of a block of events, making those that are not there: see `tableUpsertRows` in
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
      for (let i = 0; i < inserted; i++) onInserted(columns.inserted[i]!);
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
    const size = count * (4 + 4 + 32);
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
    if (fields[FREE]! < 0 && fields[HIGH] === fields[CAPACITY]) {
      this.grow();
      [this.#scopes, this.#starts, this.#lengths] = this.#setRows();
    }
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
