/** The order of keys that are strings: results of a window are written in it. */

import { keyAddress, keyLength } from './table';

/** A record of a key that is sorted: eight bytes of it, its row in the table, its place in the input. */
const RECORD: usize = 16;

/** Bytes that all keys begin with, the opening quote included. */
let common: usize = 0;

/**
 * Sorts keys by their bytes, which is the order of their code points: rows of `table`, `count` of them at `slots`, four bytes
 * each. Where each stood goes to `order`, in the order of the keys; equal ones keep their order. `records` has room
 * for two records a key.
 * @returns false where a key is not one string without escapes: nothing is done then
 */
export function sortKeys(table: usize, slots: usize, count: i32, order: usize, records: usize): bool {
  if (!measure(table, slots, count)) return false;
  for (let i = 0; i < count; i++) {
    const slot = load<i32>(slots + (<usize>i << 2));
    const key = keyAddress(table, slot);
    const end = key + <usize>keyLength(table, slot) - 1;
    const at = key + common;
    // Big-endian, so that numbers compare as bytes do; zero behind the end.
    let word = bswap<u64>(load<u64>(at));
    const left = end - at;
    if (left < 8) word = left == 0 ? 0 : word & (u64.MAX_VALUE << ((8 - <u64>left) << 3));
    const record = records + <usize>i * RECORD;
    store<u64>(record, word);
    store<i32>(record, slot, 8);
    store<i32>(record, i, 12);
  }
  const sorted = mergeSort(table, records, records + <usize>count * RECORD, count);
  for (let i = 0; i < count; i++) store<i32>(order + (<usize>i << 2), load<i32>(sorted + <usize>i * RECORD, 12));
  return true;
}

/** Sets `common`; false where a key is not one string without escapes. */
function measure(table: usize, slots: usize, count: i32): bool {
  const first = keyAddress(table, load<i32>(slots));
  common = <usize>keyLength(table, load<i32>(slots)) - 1;
  for (let i = 0; i < count; i++) {
    const slot = load<i32>(slots + (<usize>i << 2));
    const key = keyAddress(table, slot);
    const length = <usize>keyLength(table, slot);
    if (load<u8>(key) != 0x22 || !isPlain(key + 1, key + length - 1)) return false;
    let same: usize = 1;
    const most = min(common, length - 1);
    while (same < most && load<u8>(key + same) == load<u8>(first + same)) same++;
    common = min(common, same);
  }
  return true;
}

/** Whether nothing in [from, end) is a backslash, or the NUL between the members of a key. */
@inline
function isPlain(from: usize, end: usize): bool {
  for (let p = from; p < end; p += 16) {
    const v = v128.load(p);
    let found = i8x16.bitmask(v128.or(i8x16.eq(v, i8x16.splat(0x5c)), i8x16.eq(v, i8x16.splat(0))));
    if (p + 16 > end) found &= (1 << <i32>(end - p)) - 1;
    if (found != 0) return false;
  }
  return true;
}

/** Whether the key of record `b` stands before that of `a`. */
@inline
function isBefore(table: usize, b: usize, a: usize): bool {
  const x = load<u64>(b);
  const y = load<u64>(a);
  return x != y ? x < y : compareKeys(table, load<i32>(b, 8), load<i32>(a, 8)) < 0;
}

function compareKeys(table: usize, a: i32, b: i32): i32 {
  const lengthA = keyLength(table, a) - 1;
  const lengthB = keyLength(table, b) - 1;
  const least = <usize>min(lengthA, lengthB);
  const order = memory.compare(keyAddress(table, a) + common, keyAddress(table, b) + common, least - common);
  return order != 0 ? order : lengthA - lengthB;
}

/** Keys that are sorted by insertion before runs are merged. */
const RUN: i32 = 8;

/** Sorts `count` records, bottom up, between two places; the address where they are in the end. */
function mergeSort(table: usize, records: usize, spare: usize, count: i32): usize {
  for (let start = 0; start < count; start += RUN) {
    const end = min(start + RUN, count);
    for (let i = start + 1; i < end; i++) insertRecord(table, records, start, i);
  }
  let from = records;
  let to = spare;
  for (let width = RUN; width < count; width *= 2) {
    for (let start = 0; start < count; start += width * 2) {
      merge(table, from, to, start, min(start + width, count), min(start + width * 2, count));
    }
    const other = from;
    from = to;
    to = other;
  }
  return from;
}

function insertRecord(table: usize, records: usize, start: i32, index: i32): void {
  const moved = v128.load(records + <usize>index * RECORD);
  let i = index;
  v128.store(HELD, moved);
  while (i > start && isBefore(table, HELD, records + <usize>(i - 1) * RECORD)) {
    v128.store(records + <usize>i * RECORD, v128.load(records + <usize>(i - 1) * RECORD));
    i--;
  }
  v128.store(records + <usize>i * RECORD, moved);
}

/** The record that is being put into its place. */
const HELD: usize = memory.data(16);

function merge(table: usize, from: usize, to: usize, start: i32, middle: i32, end: i32): void {
  let a = start;
  let b = middle;
  for (let i = start; i < end; i++) {
    const left = a < middle
      && (b >= end || !isBefore(table, from + <usize>b * RECORD, from + <usize>a * RECORD));
    const taken = left ? a++ : b++;
    v128.store(to + <usize>i * RECORD, v128.load(from + <usize>taken * RECORD));
  }
}
