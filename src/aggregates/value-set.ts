import { Buffer } from 'node:buffer';
import { ByteWriter } from '../json/byte-writer.ts';
import { isCanonical, writeCanonical } from '../json/canonical.ts';
import { compareValues } from '../json/compare.ts';
import type { ObjectCodec, ObjectColumn } from '../state/columns.ts';
import { damaged } from '../state/saved-bytes.ts';
import { NULL } from '../stream/projection.ts';
import type { AggregateInput } from './aggregate.ts';
import { copyBytes, growBytes, growDoubles, growIntegers } from './growth.ts';

/**
 * Distinct JSON values and how often each was added; plain data, so that a snapshot can copy it. Values are
 * equal when their canonical bytes are. An entry keeps the spelling that its value came in as long as there
 * was only one; from the second on it is written canonically, as keys of groups are.
 *
 * Memory: about 600 bytes, and per value its bytes (twice if not canonical) and 32 to 56 more.
 */
export interface ValueSet {
  size: number;
  /** Canonical bytes of each entry, its own spelling behind them; how many bytes are used. */
  bytes: Buffer;
  used: number;
  /** Four integers an entry, see below. */
  entries: Int32Array;
  /** How often each entry was added. */
  counts: Float64Array;
  /** Open addressing, at most half full, a power of two long: entry + 1, 0: free. */
  table: Int32Array;
}

/** Integers of an entry: its canonical bytes are [START, MIDDLE), its spelling [MIDDLE, END) or, if empty, those. */
const START = 0;
const MIDDLE = 1;
const END = 2;
const HASH = 3;
const STRIDE = 4;

const createSet = (): ValueSet => ({
  size: 0,
  bytes: Buffer.allocUnsafe(64),
  used: 0,
  entries: new Int32Array(4 * STRIDE),
  counts: new Float64Array(4),
  table: new Int32Array(8),
});

/** Holds the canonical spelling of one value between two statements. */
const canonical = new ByteWriter(256);

const NO_SPELLING = Buffer.alloc(0);

/** FNV-1a, its bits mixed once more as the table takes the low ones. */
export function hashBytes(bytes: Buffer, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash ^ (hash >>> 15);
}

/** Adds the value of row `rows[i]` to the set of slot `slots[i]`, for every i in [0, count); null is passed over. */
export function addToSets(
  sets: ObjectColumn<ValueSet>,
  input: AggregateInput,
  rows: Int32Array,
  slots: Int32Array,
  count: number,
): void {
  const { type, start, end } = input.values[0]!;
  const { bytes } = input;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    if (type[row]! <= NULL) continue;
    addToSet(setOf(sets, slots[i]!), bytes, start[row]!, end[row]!, 1);
  }
}

/** Adds the value bytes[from, to), which is not null, so many times. */
export function addToSet(set: ValueSet, bytes: Buffer, from: number, to: number, times: number): void {
  if (isCanonical(bytes, from, to)) {
    addEntry(set, hashBytes(bytes, from, to), bytes, from, to, NO_SPELLING, 0, 0, times);
    return;
  }
  canonical.clear();
  writeCanonical(canonical, bytes, from, to);
  const { bytes: key, length } = canonical;
  // What calls itself not canonical may be so all the same.
  const same = length === to - from && bytes.compare(key, 0, length, from, to) === 0;
  addEntry(set, hashBytes(key, 0, length), key, 0, length, bytes, from, same ? from : to, times);
}

/** Adds the entries of one set to those of another. */
export function mergeSets(sets: ObjectColumn<ValueSet>, into: number, from: number): void {
  const source = sets.values[from];
  if (source === undefined) return;
  const target = setOf(sets, into);
  const { entries, bytes, counts } = source;
  for (let i = 0; i < source.size; i++) {
    const at = i * STRIDE;
    const middle = entries[at + MIDDLE]!;
    const hash = entries[at + HASH]!;
    const end = entries[at + END]!;
    addEntry(target, hash, bytes, entries[at + START]!, middle, bytes, middle, end, counts[i]!);
  }
}

/** The entries in the order of values (json/compare.ts). */
export function sortedEntries(set: ValueSet): Int32Array {
  return allEntries(set).sort((a, b) => compareEntries(set, a, b));
}

export const allEntries = (set: ValueSet): Int32Array => Int32Array.from({ length: set.size }, (_, i) => i);

export function compareEntries(set: ValueSet, a: number, b: number): number {
  const { bytes, entries } = set;
  const i = a * STRIDE;
  const j = b * STRIDE;
  return compareValues(
    bytes,
    entries[i + START]!,
    entries[i + MIDDLE]!,
    bytes,
    entries[j + START]!,
    entries[j + MIDDLE]!,
  );
}

export function writeEntry(set: ValueSet, entry: number, out: ByteWriter): void {
  const at = entry * STRIDE;
  const middle = set.entries[at + MIDDLE]!;
  const end = set.entries[at + END]!;
  if (end > middle) out.copy(set.bytes, middle, end);
  else out.copy(set.bytes, set.entries[at + START]!, middle);
}

/** The set of a slot; a new one where there was none. */
export function setOf(sets: ObjectColumn<ValueSet>, slot: number): ValueSet {
  let set = sets.values[slot];
  if (set === undefined) {
    set = createSet();
    sets.values[slot] = set;
  }
  return set;
}

/** `key[start, end)` are the canonical bytes, `spelling[from, to)` what the value came as, empty if that is the same. */
function addEntry(
  set: ValueSet,
  hash: number,
  key: Buffer,
  start: number,
  end: number,
  spelling: Buffer,
  from: number,
  to: number,
  times: number,
): void {
  const { entries, table, bytes } = set;
  const mask = table.length - 1;
  let place = hash & mask;
  for (let entry = table[place]!; entry !== 0; entry = table[place]!) {
    const at = (entry - 1) * STRIDE;
    if (
      entries[at + HASH] === hash &&
      sameBytes(bytes, entries[at + START]!, entries[at + MIDDLE]!, key, start, end)
    ) {
      set.counts[entry - 1]! += times;
      const middle = entries[at + MIDDLE]!;
      const old = entries[at + END]!;
      if (old > middle && !sameBytes(bytes, middle, old, spelling, from, to)) entries[at + END] = middle;
      return;
    }
    place = (place + 1) & mask;
  }
  appendEntry(set, hash, key, start, end, spelling, from, to, times);
  table[place] = set.size;
  if (set.size * 2 > table.length) rebuildTable(set);
}

function appendEntry(
  set: ValueSet,
  hash: number,
  key: Buffer,
  start: number,
  end: number,
  spelling: Buffer,
  from: number,
  to: number,
  times: number,
): void {
  const entry = set.size++;
  set.entries = growIntegers(set.entries, set.size * STRIDE);
  set.counts = growDoubles(set.counts, set.size);
  const at = entry * STRIDE;
  const first = set.used;
  const middle = first + end - start;
  set.used = middle + to - from;
  set.bytes = growBytes(set.bytes, first, set.used);
  copyBytes(key, start, end, set.bytes, first);
  copyBytes(spelling, from, to, set.bytes, middle);
  set.entries[at + START] = first;
  set.entries[at + MIDDLE] = middle;
  set.entries[at + END] = set.used;
  set.entries[at + HASH] = hash;
  set.counts[entry] = times;
}

function rebuildTable(set: ValueSet): void {
  const table = new Int32Array(set.table.length * 2);
  const mask = table.length - 1;
  for (let entry = 0; entry < set.size; entry++) {
    let place = set.entries[entry * STRIDE + HASH]! & mask;
    while (table[place] !== 0) place = (place + 1) & mask;
    table[place] = entry + 1;
  }
  set.table = table;
}

export function sameBytes(
  a: Buffer,
  aStart: number,
  aEnd: number,
  b: Buffer,
  bStart: number,
  bEnd: number,
): boolean {
  if (aEnd - aStart !== bEnd - bStart) return false;
  for (let i = aStart, j = bStart; i < aEnd; i++, j++) if (a[i] !== b[j]) return false;
  return true;
}

/** Entries in the order in which they came first; the table follows from them. */
export const VALUE_SETS: ObjectCodec<ValueSet> = {
  write({ size, bytes, entries, counts }, out) {
    out.varint(size);
    for (let entry = 0; entry < size; entry++) {
      const start = entries[entry * STRIDE + START]!;
      const middle = entries[entry * STRIDE + MIDDLE]!;
      const end = entries[entry * STRIDE + END]!;
      out.varint(middle - start);
      out.varint(end - middle);
      out.copy(bytes, start, end);
      out.varint(counts[entry]!);
    }
  },
  read(from) {
    const set = createSet();
    const size = from.count(3);
    for (let entry = 0; entry < size; entry++) {
      const middle = from.count(1);
      const end = middle + from.count(1);
      const value = from.take(end);
      addEntry(set, hashBytes(value, 0, middle), value, 0, middle, value, middle, end, from.varint());
    }
    if (set.size !== size) throw damaged('a value is counted twice');
    return set;
  },
};
