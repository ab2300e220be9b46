import { Buffer } from 'node:buffer';
import { compareValues } from '../json/compare.ts';
import type { ObjectCodec } from '../state/columns.ts';
import { damaged } from '../state/saved-bytes.ts';
import { copyBytes, growDoubles, growIntegers } from './growth.ts';
import { hashBytes, sameBytes } from './value-set.ts';

/**
 * Counters of the most frequent values: Space-Saving (Metwally, Agrawal, El Abbadi, "Efficient computation of frequent
 * and top-k elements in data streams", ICDT 2005). A value that has no counter, when all are taken, takes over the one
 * with the least count, and what that had counted is its error. So with n values added to m counters
 *
 * - a value was added at most as often as its count says, and at least as often as that less its error;
 * - no error is above n / m, and every value that was added more often than that has a counter;
 * - up to m distinct values all counts are exact.
 *
 * Values are equal when their canonical bytes are, and are written as those of a ValueSet. Plain data, so that a
 * snapshot can copy it. Memory: for each counter 44 bytes and its value, up to three times.
 */
export interface Counters {
  /** Counters in use. */
  size: number;
  counts: Float64Array;
  errors: Float64Array;
  /** Four integers a counter, see below. */
  spans: Int32Array;
  /** The counters as a heap, the least first; and where in it each counter is. */
  heap: Int32Array;
  places: Int32Array;
  /** Open addressing by the hashes of values, at most half full, a power of two long: counter + 1, 0: free. */
  table: Int32Array;
  /** The values' bytes, how many are used, and how many of these belong to values that have lost their counter. */
  bytes: Buffer;
  used: number;
  dead: number;
}

/** Integers of a counter: its value's canonical bytes are [START, MIDDLE), its spelling [MIDDLE, END) or, if empty, those. */
const START = 0;
const MIDDLE = 1;
const END = 2;
const HASH = 3;
const STRIDE = 4;

/** A value in some buffer: canonical bytes, and the spelling that it came in, empty if that is the same. */
export interface Spelled {
  bytes: Buffer;
  start: number;
  end: number;
  spelling: Buffer;
  from: number;
  to: number;
}

export const createCounters = (): Counters => ({
  size: 0,
  counts: new Float64Array(4),
  errors: new Float64Array(4),
  spans: new Int32Array(4 * STRIDE),
  heap: new Int32Array(4),
  places: new Int32Array(4),
  table: new Int32Array(8),
  bytes: Buffer.allocUnsafe(64),
  used: 0,
  dead: 0,
});

/** Counts a value once more. */
export function countValue(counters: Counters, most: number, value: Spelled): void {
  const hash = hashBytes(value.bytes, value.start, value.end);
  const counter = find(counters, hash, value.bytes, value.start, value.end);
  if (counter >= 0) {
    counters.counts[counter]!++;
    agree(counters, counter, value);
    sink(counters, counters.places[counter]!);
  } else if (counters.size < most) addCounter(counters, value, 1, 0);
  else takeOver(counters, hash, value);
}

/**
 * Gives a value that has none a counter of its own. There must be room.
 * @param error by how much the count may be too high
 */
export function addCounter(counters: Counters, value: Spelled, count: number, error: number): void {
  const counter = counters.size++;
  counters.counts = growDoubles(counters.counts, counters.size);
  counters.errors = growDoubles(counters.errors, counters.size);
  counters.spans = growIntegers(counters.spans, counters.size * STRIDE);
  counters.heap = growIntegers(counters.heap, counters.size);
  counters.places = growIntegers(counters.places, counters.size);
  counters.counts[counter] = count;
  counters.errors[counter] = error;
  hold(counters, counter, hashBytes(value.bytes, value.start, value.end), value);
  if (counters.size * 2 > counters.table.length) rebuildTable(counters);
  counters.heap[counter] = counter;
  counters.places[counter] = counter;
  rise(counters, counter);
}

/** Whether a value has a counter. */
export const hasCounter = (counters: Counters, { bytes, start, end }: Spelled): boolean =>
  find(counters, hashBytes(bytes, start, end), bytes, start, end) >= 0;

/**
 * What holds of both together: the counters of Cafaro, Pulimeno, Tempesta, "A parallel space saving algorithm for
 * frequent items and the Hurwitz zeta distribution" (2016). A value that one of them has no counter for was added to
 * it at most as often as its least count says, which is added to count and error; the greatest counts are kept, of
 * equal ones those of the lesser values. The bounds above hold for the sum of both, in whatever order counters are
 * merged.
 * @returns the merged counters, which may be `a`; `b` is not changed
 */
export function mergeCounters(a: Counters, b: Counters, most: number): Counters {
  if (a.size + b.size > most) return greatestOf(a, b, most);
  for (let j = 0; j < b.size; j++) {
    const value = valueOf(b, j);
    const twin = find(a, b.spans[j * STRIDE + HASH]!, value.bytes, value.start, value.end);
    if (twin < 0) {
      addCounter(a, value, b.counts[j]!, b.errors[j]!);
      continue;
    }
    a.counts[twin]! += b.counts[j]!;
    a.errors[twin]! += b.errors[j]!;
    agree(a, twin, value);
    sink(a, a.places[twin]!);
  }
  return a;
}

/** The greatest of the summed counters. */
function greatestOf(a: Counters, b: Counters, most: number): Counters {
  const absentA = leastCount(a, most);
  const absentB = leastCount(b, most);
  const total = a.size + b.size;
  const counts = new Float64Array(total);
  const errors = new Float64Array(total);
  for (let i = 0; i < a.size; i++) {
    counts[i] = a.counts[i]! + absentB;
    errors[i] = a.errors[i]! + absentB;
  }
  /** Counters of the sum: [0, a.size) are those of a, the others are of b. */
  const kept: number[] = Array.from({ length: a.size }, (_, i) => i);
  /** The counter of b with the value of one of a; -1: there is none. */
  const twins = new Int32Array(a.size).fill(-1);
  for (let j = 0; j < b.size; j++) {
    const at = j * STRIDE;
    const twin = find(a, b.spans[at + HASH]!, b.bytes, b.spans[at + START]!, b.spans[at + MIDDLE]!);
    if (twin < 0) {
      counts[a.size + j] = b.counts[j]! + absentA;
      errors[a.size + j] = b.errors[j]! + absentA;
      kept.push(a.size + j);
    } else {
      counts[twin] = a.counts[twin]! + b.counts[j]!;
      errors[twin] = a.errors[twin]! + b.errors[j]!;
      twins[twin] = j;
    }
  }
  const ofBoth = (i: number): readonly [Counters, number] => (i < a.size ? [a, i] : [b, i - a.size]);
  kept.sort((i, j) => counts[j]! - counts[i]! || compareOf(...ofBoth(i), ...ofBoth(j)));
  const merged = createCounters();
  for (const i of kept.slice(0, most)) {
    addCounter(merged, valueOf(...ofBoth(i)), counts[i]!, errors[i]!);
    if (i < a.size && twins[i]! >= 0) agree(merged, merged.size - 1, valueOf(b, twins[i]!));
  }
  return merged;
}

/** The counters by count, the greatest first, of equal ones in the order of values. */
export function sortedCounters(counters: Counters): Int32Array {
  const order = Int32Array.from({ length: counters.size }, (_, i) => i);
  return order.sort(
    (i, j) => counters.counts[j]! - counters.counts[i]! || compareOf(counters, i, counters, j),
  );
}

/** The value of a counter; its spelling is empty if it is the canonical one. */
export function valueOf(counters: Counters, counter: number): Spelled {
  const at = counter * STRIDE;
  const { bytes, spans } = counters;
  const middle = spans[at + MIDDLE]!;
  return {
    bytes,
    start: spans[at + START]!,
    end: middle,
    spelling: bytes,
    from: middle,
    to: spans[at + END]!,
  };
}

/** How often a value without counter may have been added. */
const leastCount = (counters: Counters, most: number): number =>
  counters.size < most ? 0 : counters.counts[counters.heap[0]!]!;

function compareOf(a: Counters, i: number, b: Counters, j: number): number {
  const x = i * STRIDE;
  const y = j * STRIDE;
  return compareValues(
    a.bytes,
    a.spans[x + START]!,
    a.spans[x + MIDDLE]!,
    b.bytes,
    b.spans[y + START]!,
    b.spans[y + MIDDLE]!,
  );
}

/** The counter with the least count is the value's from now on. */
function takeOver(counters: Counters, hash: number, value: Spelled): void {
  const counter = counters.heap[0]!;
  removeFromTable(counters, counter);
  counters.dead += counters.spans[counter * STRIDE + END]! - counters.spans[counter * STRIDE + START]!;
  counters.errors[counter] = counters.counts[counter]!;
  counters.counts[counter]!++;
  hold(counters, counter, hash, value);
  sink(counters, 0);
}

/** A value that came in two spellings is written in its canonical one. */
function agree({ bytes, spans }: Counters, counter: number, { spelling, from, to }: Spelled): void {
  const at = counter * STRIDE;
  const middle = spans[at + MIDDLE]!;
  const end = spans[at + END]!;
  if (end > middle && !sameBytes(bytes, middle, end, spelling, from, to)) spans[at + END] = middle;
}

/** The counter of a value, or -1. */
function find(counters: Counters, hash: number, bytes: Buffer, start: number, end: number): number {
  const { table, spans } = counters;
  const mask = table.length - 1;
  let place = hash & mask;
  for (let entry = table[place]!; entry !== 0; entry = table[place]!) {
    const at = (entry - 1) * STRIDE;
    if (
      spans[at + HASH] === hash &&
      sameBytes(counters.bytes, spans[at + START]!, spans[at + MIDDLE]!, bytes, start, end)
    )
      return entry - 1;
    place = (place + 1) & mask;
  }
  return -1;
}

/** Puts a value's bytes and its place in the table. */
function hold(counters: Counters, counter: number, hash: number, value: Spelled): void {
  const { bytes, start, end, spelling, from, to } = value;
  const at = counter * STRIDE;
  const { spans, table } = counters;
  // Of no length until it is there: room is made by moving all others.
  spans[at + START] = spans[at + MIDDLE] = spans[at + END] = counters.used;
  makeRoom(counters, end - start + to - from);
  const first = counters.used;
  const middle = first + end - start;
  copyBytes(bytes, start, end, counters.bytes, first);
  copyBytes(spelling, from, to, counters.bytes, middle);
  counters.used = middle + to - from;
  spans[at + START] = first;
  spans[at + MIDDLE] = middle;
  spans[at + END] = counters.used;
  spans[at + HASH] = hash;
  const mask = table.length - 1;
  let place = hash & mask;
  while (table[place] !== 0) place = (place + 1) & mask;
  table[place] = counter + 1;
}

/** Room for so many bytes: where those of lost values are no more than the others, in a larger buffer. */
function makeRoom(counters: Counters, count: number): void {
  if (counters.used + count <= counters.bytes.length) return;
  const live = counters.used - counters.dead;
  const packed = Buffer.allocUnsafe(Math.max(counters.bytes.length, (live + count) * 2));
  const { spans } = counters;
  let used = 0;
  for (let at = 0; at < counters.size * STRIDE; at += STRIDE) {
    const start = spans[at + START]!;
    const moved = used - start;
    copyBytes(counters.bytes, start, spans[at + END]!, packed, used);
    used += spans[at + END]! - start;
    spans[at + START] = start + moved;
    spans[at + MIDDLE]! += moved;
    spans[at + END]! += moved;
  }
  counters.bytes = packed;
  counters.used = used;
  counters.dead = 0;
}

function rebuildTable(counters: Counters): void {
  const table = new Int32Array(counters.table.length * 2);
  const mask = table.length - 1;
  for (let counter = 0; counter < counters.size; counter++) {
    let place = counters.spans[counter * STRIDE + HASH]! & mask;
    while (table[place] !== 0) place = (place + 1) & mask;
    table[place] = counter + 1;
  }
  counters.table = table;
}

/** Closes the gap by shifting followers back (Knuth, TAOCP 6.4, algorithm R). */
function removeFromTable({ table, spans }: Counters, counter: number): void {
  const mask = table.length - 1;
  let hole = spans[counter * STRIDE + HASH]! & mask;
  while (table[hole] !== counter + 1) hole = (hole + 1) & mask;
  for (let at = (hole + 1) & mask; table[at] !== 0; at = (at + 1) & mask) {
    const home = spans[(table[at]! - 1) * STRIDE + HASH]! & mask;
    if (((at - home) & mask) >= ((at - hole) & mask)) {
      table[hole] = table[at]!;
      hole = at;
    }
  }
  table[hole] = 0;
}

/** Whether a counter stands before another in the heap: of equal counts the one that was made first. */
const isBefore = (counts: Float64Array, a: number, b: number): boolean =>
  counts[a]! < counts[b]! || (counts[a] === counts[b] && a < b);

function rise({ heap, places, counts }: Counters, from: number): void {
  const counter = heap[from]!;
  let at = from;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const other = heap[parent]!;
    if (!isBefore(counts, counter, other)) break;
    heap[at] = other;
    places[other] = at;
    at = parent;
  }
  heap[at] = counter;
  places[counter] = at;
}

function sink({ heap, places, counts, size }: Counters, from: number): void {
  const counter = heap[from]!;
  let at = from;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    if (child + 1 < size && isBefore(counts, heap[child + 1]!, heap[child]!)) child++;
    const other = heap[child]!;
    if (!isBefore(counts, other, counter)) break;
    heap[at] = other;
    places[other] = at;
    at = child;
  }
  heap[at] = counter;
  places[counter] = at;
}

/**
 * Counters in their order, which decides between equal counts; the heap and the table follow from them.
 * @param most counters of a group
 */
export const countersCodec = (most: number): ObjectCodec<Counters> => ({
  write(counters, out) {
    out.varint(counters.size);
    for (let counter = 0; counter < counters.size; counter++) {
      const { bytes, start, end, from, to } = valueOf(counters, counter);
      out.varint(end - start);
      out.varint(to - from);
      out.copy(bytes, start, end);
      out.copy(bytes, from, to);
      out.varint(counters.counts[counter]!);
      out.varint(counters.errors[counter]!);
    }
  },
  read(from) {
    const counters = createCounters();
    const size = from.count(4);
    if (size > most) throw damaged('it has more counters than there may be');
    for (let left = size; left > 0; left--) {
      const length = from.count(1);
      const spelled = from.count(1);
      const bytes = from.take(length);
      const spelling = from.take(spelled);
      const value: Spelled = { bytes, start: 0, end: length, spelling, from: 0, to: spelled };
      if (hasCounter(counters, value)) throw damaged('a value is counted twice');
      addCounter(counters, value, from.varint(), from.varint());
    }
    return counters;
  },
});
