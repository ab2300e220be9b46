/**
 * Rows of state found by scope and key: open addressing with linear probing. A removed entry is closed by
 * shifting its followers back (Knuth, TAOCP 6.4, algorithm R), so there are no tombstones. An entry of the index
 * is the hash and slot + 1, eight bytes; 0 is empty. JavaScript (src/state/table.ts) allocates what a table points to, and
 * makes it larger when a call says that it is FULL.
 */

import {
  FIELD_END,
  FIELD_START,
  FIELD_TYPE,
  INSERTED,
  ROWS,
  SCOPES,
  SCRATCH,
  SCRATCH_SIZE,
  SLOTS,
} from './columns';
import { ABSENT, NUMBER, STRING } from './values';

/** Fields of a table, each four bytes, by their offsets from its address. */
const INDEX: usize = 0;
const MASK: usize = 4;
const SIZE: usize = 8;
const CAPACITY: usize = 12;
const HIGH: usize = 16;
/** First of the slots given back, a chain through KEY_START, whose KEY_LENGTH is NONE; -1: none. */
const FREE: usize = 20;
const SCOPE: usize = 24;
const KEY_START: usize = 28;
const KEY_LENGTH: usize = 32;
const KEYS: usize = 36;
const KEYS_USED: usize = 40;
const KEYS_CAPACITY: usize = 44;
const KEYS_DEAD: usize = 48;
const WAS_INSERTED: usize = 52;
/** A byte for each slot, 1: it was found or filled by `tableUpsertRows`; 0: nobody wants to know. */
const MARKS: usize = 56;
export const TABLE_BYTES: i32 = 64;

/** Returned instead of a slot: there is none, or no room. */
export const NONE: i32 = -1;
export const FULL: i32 = -2;

@inline
function field(table: usize, name: usize): usize {
  return <usize>load<u32>(table + name);
}

/** Where the key of a row is, and how long it is. */
@inline
export function keyAddress(table: usize, slot: i32): usize {
  return field(table, KEYS) + <usize>load<u32>(field(table, KEY_START) + (<usize>slot << 2));
}

@inline
export function keyLength(table: usize, slot: i32): i32 {
  return load<i32>(field(table, KEY_LENGTH) + (<usize>slot << 2));
}

/**
 * Multiplies and folds 64 bits at a time, in the manner of wyhash (Wang Yi): keys are mostly shorter than 32
 * bytes. Reads up to seven bytes behind the key.
 */
@inline
function hashOf(scope: i32, key: usize, length: i32): u32 {
  let h: u64 = (<u64>scope + 0x9e3779b97f4a7c15) * 0xd6e8feb86659fd93 ^ <u64>length;
  let p = key;
  let left = length;
  while (left >= 8) {
    h = (h ^ load<u64>(p)) * 0x9fb21c651e98df25;
    h ^= h >> 32;
    p += 8;
    left -= 8;
  }
  if (left > 0) {
    const mask = (<u64>1 << (<u64>left << 3)) - 1;
    h = (h ^ (load<u64>(p) & mask)) * 0x9fb21c651e98df25;
    h ^= h >> 32;
  }
  h *= 0xd6e8feb86659fd93;
  return <u32>(h >> 32);
}

@inline
function matches(table: usize, slot: i32, scope: i32, key: usize, length: i32): bool {
  const at = <usize>slot << 2;
  if (load<i32>(field(table, KEY_LENGTH) + at) != length) return false;
  if (load<i32>(field(table, SCOPE) + at) != scope) return false;
  let a = field(table, KEYS) + <usize>load<u32>(field(table, KEY_START) + at);
  let b = key;
  let left = length;
  while (left >= 8) {
    if (load<u64>(a) != load<u64>(b)) return false;
    a += 8;
    b += 8;
    left -= 8;
  }
  return left == 0 || ((load<u64>(a) ^ load<u64>(b)) << (64 - (<u64>left << 3))) == 0;
}

/** The slot of the row of this key in this scope, or NONE. */
export function tableFind(table: usize, scope: i32, key: usize, length: i32): i32 {
  const index = field(table, INDEX);
  const mask = load<u32>(table + MASK);
  const hash = hashOf(scope, key, length);
  for (let at = hash & mask; ; at = (at + 1) & mask) {
    const entry = index + (<usize>at << 3);
    const slot = load<i32>(entry, 4) - 1;
    if (slot < 0) return NONE;
    if (load<u32>(entry) == hash && matches(table, slot, scope, key, length)) return slot;
  }
  return NONE;
}

/** The slot of the row of this key in this scope, a new one when there was none (WAS_INSERTED); or FULL. */
@inline
function upsert(table: usize, scope: i32, key: usize, length: i32): i32 {
  const index = field(table, INDEX);
  const mask = load<u32>(table + MASK);
  const hash = hashOf(scope, key, length);
  let at = hash & mask;
  let entry: usize = 0;
  for (;;) {
    entry = index + (<usize>at << 3);
    const slot = load<i32>(entry, 4) - 1;
    if (slot < 0) break;
    if (load<u32>(entry) == hash && matches(table, slot, scope, key, length)) {
      store<i32>(table + WAS_INSERTED, 0);
      return slot;
    }
    at = (at + 1) & mask;
  }
  return insert(table, entry, hash, scope, key, length);
}

function insert(table: usize, entry: usize, hash: u32, scope: i32, key: usize, length: i32): i32 {
  if (!hasRoom(table, length)) return FULL;
  let slot = load<i32>(table + FREE);
  if (slot >= 0) store<i32>(table + FREE, load<i32>(field(table, KEY_START) + (<usize>slot << 2)));
  else {
    slot = load<i32>(table + HIGH);
    if (slot == load<i32>(table + CAPACITY)) return FULL;
    store<i32>(table + HIGH, slot + 1);
  }
  fill(table, slot, entry, hash, scope, key, length);
  store<i32>(table + WAS_INSERTED, 1);
  return slot;
}

/** Whether the index and the keys have room for one more of this length. */
@inline
function hasRoom(table: usize, length: i32): bool {
  const size = load<u32>(table + SIZE) + 1;
  if (<u64>size * 4 > (<u64>load<u32>(table + MASK) + 1) * 3) return false;
  return <u64>load<u32>(table + KEYS_USED) + <u64>length <= <u64>load<u32>(table + KEYS_CAPACITY);
}

/** Puts a key into a slot that is not in use, and into the free entry of the index. */
@inline
function fill(table: usize, slot: i32, entry: usize, hash: u32, scope: i32, key: usize, length: i32): void {
  const used = load<u32>(table + KEYS_USED);
  store<u32>(table + SIZE, load<u32>(table + SIZE) + 1);
  store<u32>(entry, hash);
  store<i32>(entry, slot + 1, 4);
  const at = <usize>slot << 2;
  store<i32>(field(table, SCOPE) + at, scope);
  store<u32>(field(table, KEY_START) + at, used);
  store<i32>(field(table, KEY_LENGTH) + at, length);
  memory.copy(field(table, KEYS) + <usize>used, key, <usize>length);
  store<u32>(table + KEYS_USED, used + <u32>length);
}

/** The entry of the index where a key is to go; 0: it is there already. */
function freeEntry(table: usize, hash: u32, scope: i32, key: usize, length: i32): usize {
  const index = field(table, INDEX);
  const mask = load<u32>(table + MASK);
  for (let at = hash & mask; ; at = (at + 1) & mask) {
    const entry = index + (<usize>at << 3);
    const slot = load<i32>(entry, 4) - 1;
    if (slot < 0) return entry;
    if (load<u32>(entry) == hash && matches(table, slot, scope, key, length)) return 0;
  }
  return 0;
}

/**
 * Puts a key into a slot below HIGH that is not in use; the chain of free slots is the caller's business, who has
 * made room. @returns false when the key is in the table already
 */
export function tablePut(table: usize, slot: i32, scope: i32, key: usize, length: i32): bool {
  const hash = hashOf(scope, key, length);
  const entry = freeEntry(table, hash, scope, key, length);
  if (entry == 0 || !hasRoom(table, length)) return false;
  fill(table, slot, entry, hash, scope, key, length);
  return true;
}

/**
 * Fills the index, whose bytes are 0 and which has room, with all rows that have a key.
 * @returns false when two have the same
 */
export function tableIndex(table: usize): bool {
  const high = load<i32>(table + HIGH);
  for (let slot = 0; slot < high; slot++) {
    const length = keyLength(table, slot);
    if (length < 0) continue;
    const scope = load<i32>(field(table, SCOPE) + (<usize>slot << 2));
    const key = keyAddress(table, slot);
    const hash = hashOf(scope, key, length);
    const entry = freeEntry(table, hash, scope, key, length);
    if (entry == 0) return false;
    store<u32>(entry, hash);
    store<i32>(entry, slot + 1, 4);
  }
  return true;
}

export function tableUpsert(table: usize, scope: i32, key: usize, length: i32): i32 {
  return upsert(table, scope, key, length);
}

/** Takes a row out; its slot is the next that is given out. */
export function tableRemove(table: usize, slot: i32): void {
  tableUnlink(table, slot);
  store<i32>(field(table, KEY_START) + (<usize>slot << 2), load<i32>(table + FREE));
  store<i32>(table + FREE, slot);
  if (load<u32>(table + SIZE) == 0) {
    store<u32>(table + KEYS_USED, 0);
    store<u32>(table + KEYS_DEAD, 0);
  }
}

/** Takes a row out of the index; the chain of free slots is the caller's business. */
export function tableUnlink(table: usize, slot: i32): void {
  const index = field(table, INDEX);
  const mask = load<u32>(table + MASK);
  const row = <usize>slot << 2;
  const length = load<i32>(field(table, KEY_LENGTH) + row);
  const start = field(table, KEY_START) + row;
  const hash = hashOf(load<i32>(field(table, SCOPE) + row), field(table, KEYS) + <usize>load<u32>(start), length);
  let hole = hash & mask;
  while (load<i32>(index + (<usize>hole << 3), 4) != slot + 1) hole = (hole + 1) & mask;
  for (let at = (hole + 1) & mask; ; at = (at + 1) & mask) {
    const entry = load<u64>(index + (<usize>at << 3));
    if (entry >> 32 == 0) break;
    const home = <u32>entry & mask;
    // The entry may move into the hole unless its home lies cyclically behind the hole.
    if (((at - home) & mask) >= ((at - hole) & mask)) {
      store<u64>(index + (<usize>hole << 3), entry);
      hole = at;
    }
  }
  store<u64>(index + (<usize>hole << 3), 0);
  store<i32>(field(table, KEY_LENGTH) + row, NONE);
  store<u32>(table + SIZE, load<u32>(table + SIZE) - 1);
  store<u32>(table + KEYS_DEAD, load<u32>(table + KEYS_DEAD) + <u32>length);
}

/** Moves the entries to another index, whose bytes are 0, of `mask` + 1 entries. */
export function tableRehash(table: usize, to: usize, mask: u32): void {
  const from = field(table, INDEX);
  const entries = load<u32>(table + MASK) + 1;
  for (let i: u32 = 0; i < entries; i++) {
    const entry = load<u64>(from + (<usize>i << 3));
    if (entry >> 32 == 0) continue;
    let at = <u32>entry & mask;
    while (load<u32>(to + (<usize>at << 3), 4) != 0) at = (at + 1) & mask;
    store<u64>(to + (<usize>at << 3), entry);
  }
  store<u32>(table + INDEX, <u32>to);
  store<u32>(table + MASK, mask);
}

/** Copies the keys of the rows that are left to `to`, which has room for them. */
export function tablePack(table: usize, to: usize, capacity: u32): void {
  const index = field(table, INDEX);
  const keys = field(table, KEYS);
  const entries = load<u32>(table + MASK) + 1;
  let used: u32 = 0;
  for (let i: u32 = 0; i < entries; i++) {
    const slot = load<i32>(index + (<usize>i << 3), 4) - 1;
    if (slot < 0) continue;
    const start = field(table, KEY_START) + (<usize>slot << 2);
    const length = load<u32>(field(table, KEY_LENGTH) + (<usize>slot << 2));
    memory.copy(to + <usize>used, keys + <usize>load<u32>(start), <usize>length);
    store<u32>(start, used);
    used += length;
  }
  store<u32>(table + KEYS, <u32>to);
  store<u32>(table + KEYS_USED, used);
  store<u32>(table + KEYS_CAPACITY, capacity);
  store<u32>(table + KEYS_DEAD, 0);
}

/** `null`, the key of a member that is not there. */
const NULL: usize = memory.data<u8>([0x6e, 0x75, 0x6c, 0x6c, 0, 0, 0, 0, 0, 0, 0, 0]);

/** A key of several members is put together here. */
const JOINED: usize = SCRATCH + 0x8000;
const JOINED_LIMIT: usize = SCRATCH_SIZE - 0x8000 - 16;

/** How many indexes `tableUpsertRows` has put into INSERTED. */
export let insertedCount: i32 = 0;
/** Whether it stopped as the table is FULL, and the length of the key that wants room. */
export let stoppedFull: bool = false;
export let stoppedLength: i32 = 0;

/**
 * Finds the rows of the keys of events ROWS[from, count): values of members in the columns 0 to `members` - 1 of
 * the FIELD columns, relative to `base`, joined by NUL, in the scopes SCOPES[i]. Slots go to SLOTS[i], the i of
 * new rows to INSERTED. Stops before a key that has a value with more than one spelling, or at FULL.
 * @returns where it stopped; `count` when nowhere
 */
export function tableUpsertRows(table: usize, base: usize, from: i32, count: i32, members: i32): i32 {
  insertedCount = 0;
  stoppedFull = false;
  const marks = field(table, MARKS);
  for (let i = from; i < count; i++) {
    const row = <usize>load<i32>(ROWS + (<usize>i << 2));
    let key: usize = 0;
    let length = 0;
    if (members == 1) {
      key = load<u8>(FIELD_TYPE + row) == ABSENT ? NULL : base + <usize>load<i32>(FIELD_START + (row << 2));
      length = key == NULL ? 4 : load<i32>(FIELD_END + (row << 2)) - load<i32>(FIELD_START + (row << 2));
      if (!isCanonical(load<u8>(FIELD_TYPE + row), key, length)) return i;
    } else {
      let at = JOINED;
      for (let m = 0; m < members; m++) {
        const type = load<u8>(FIELD_TYPE + ((<usize>m << 13) + row));
        const cell = (<usize>m << 15) + (row << 2);
        const start = load<i32>(FIELD_START + cell);
        const value = type == ABSENT ? NULL : base + <usize>start;
        const size = type == ABSENT ? 4 : load<i32>(FIELD_END + cell) - start;
        if (!isCanonical(type, value, size)) return i;
        if (at + <usize>size + 1 > JOINED + JOINED_LIMIT) return i;
        if (m > 0) store<u8>(at++, 0);
        if (size <= 16) v128.store(at, v128.load(value));
        else memory.copy(at, value, <usize>size);
        at += <usize>size;
      }
      key = JOINED;
      length = <i32>(at - JOINED);
    }
    const slot = upsert(table, load<i32>(SCOPES + (<usize>i << 2)), key, length);
    if (slot < 0) {
      stoppedFull = true;
      stoppedLength = length;
      return i;
    }
    store<i32>(SLOTS + (<usize>i << 2), slot);
    if (marks != 0) store<u8>(marks + <usize>slot, 1);
    if (load<i32>(table + WAS_INSERTED) != 0) {
      store<i32>(INSERTED + (<usize>insertedCount << 2), i);
      insertedCount++;
    }
  }
  return count;
}

/** Whether a value is spelled in the one way that equal values have; see src/json/canonical.ts. */
@inline
function isCanonical(type: u8, from: usize, length: i32): bool {
  const end = from + <usize>length;
  if (type == STRING) {
    for (let p = from; p < end; p += 16) {
      let found = i8x16.bitmask(i8x16.eq(v128.load(p), i8x16.splat(0x5c)));
      if (p + 16 > end) found &= (1 << <i32>(end - p)) - 1;
      if (found != 0) return false;
    }
    return true;
  }
  if (type != NUMBER) return true;
  let p = from;
  if (load<u8>(p) == 0x2d) {
    p++;
    if (load<u8>(p) == 0x30) return false;
  }
  for (; p < end; p++) if (<u8>(load<u8>(p) - 48) > 9) return false;
  return true;
}
