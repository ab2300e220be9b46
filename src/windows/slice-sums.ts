import type { Buffer } from 'node:buffer';
import { Slots } from '../state/slots.ts';
import type { Persistent } from '../state/snapshot.ts';
import type { Table } from '../state/table.ts';
import { addSlot, type ClosedWindow } from './grouping.ts';

/** Scopes of rows that hold what several slices give: no slice has them. Behind the last are those of sums of the front. */
const RESULT = -1;
const BACK = -(2 ** 30);

/** Sums of the front that are kept of a stretch of rows: what is between them is added up again when its turn comes. */
const FAN = 8;

/**
 * What the slices of a window give together, by key, kept while the window moves on: two stacks (Tangwongsan, Hirzel,
 * Schneider, "Low-latency sliding-window aggregation in worst-case constant time", DEBS 2017, section 2).
 *
 * The groups of a key are in a row by time. Those of the back are added up as they come. Of those of the front, which leave
 * first, there are sums from one of them to the end of the front; so a window is one such sum and that of the back, and
 * where the front has left, the back becomes the front. Of a front of n groups FAN * log n sums are kept, not n: between two
 * of them others are made when they are needed (as checkpoints in Griewank, "Achieving logarithmic growth of temporal and
 * spatial complexity in reverse automatic differentiation", 1992), so a group is merged log n times, to the base of FAN. A
 * group that comes late is added to the sums that it is part of.
 *
 * Keys cost nothing where they have no group. The order in which groups are merged must not show.
 */
export class SliceSums implements Persistent {
  /** Rows of the table that are sums. */
  rows = 0;
  readonly #table: Table;
  readonly #merge: (into: number, from: number, opened: boolean) => void;
  /** The start of the slice of a group, ms: it leaves behind the window that starts then. */
  readonly #start: (row: number) => number;
  /** The groups of the key before and behind a group in time, -1: none; of a sum of the front: `behind` is the next shorter one. */
  readonly #before;
  readonly #behind;
  /** Of a group, and of the sum of the back: the number of its key. Of a sum of the front: the group that it begins with. */
  readonly #of;

  /** The keys that have groups, by number; freed with the last of these. */
  readonly #keys = new Slots();
  readonly #first = this.#keys.integers(-1);
  readonly #last = this.#keys.integers(-1);
  /** The last group of the front; -1: there is no front. */
  readonly #split = this.#keys.integers(-1);
  /** The longest sum of the front; -1: there is none yet. */
  readonly #top = this.#keys.integers(-1);
  /** The sum of the back, which may hold nothing. */
  readonly #back = this.#keys.integers(-1);
  /** All keys: a chain in both directions, -1 at its ends. */
  readonly #nextKey = this.#keys.integers(-1);
  readonly #previousKey = this.#keys.integers(-1);
  #head = -1;

  /** Rows that hold a result as long as it is given out. */
  readonly #results: number[] = [];
  /** Groups that are to be added up, the latest first; valid while that is done. */
  readonly #stretch: number[] = [];

  constructor(
    table: Table,
    merge: (into: number, from: number, opened: boolean) => void,
    start: (row: number) => number,
  ) {
    this.#table = table;
    this.#merge = merge;
    this.#start = start;
    this.#before = table.integers(-1);
    this.#behind = table.integers(-1);
    this.#of = table.integers(-1);
  }

  /**
   * Adds a group whose slice is in the next window; false: it was merged into another of the same start, and is not needed.
   * Mostly it is the latest of its key.
   */
  add(row: number): boolean {
    const table = this.#table;
    const back = table.upsert(BACK, table.keys, table.keyStart(row), table.keyEnd(row));
    if (table.inserted) this.#open(back);
    const key = this.#of.values[back]!;
    const start = this.#start(row);
    const last = this.#last.values[key]!;
    const split = this.#split.values[key]!;
    if (split >= 0 && start <= this.#start(split)) this.#addToFront(key, row, start);
    else this.#merge(back, row, last === split);
    let before = last;
    while (before >= 0 && this.#start(before) > start) before = this.#before.values[before]!;
    if (before >= 0 && this.#start(before) === start) {
      this.#merge(before, row, false);
      return false;
    }
    this.#of.values[row] = key;
    const behind = before < 0 ? this.#first.values[key]! : this.#behind.values[before]!;
    this.#link(key, before, row);
    this.#link(key, row, behind);
    return true;
  }

  /** A group that came late is part of the sums that begin no later than it. */
  #addToFront(key: number, row: number, start: number): void {
    for (let sum = this.#top.values[key]!; sum >= 0; sum = this.#behind.values[sum]!) {
      if (this.#start(this.#of.values[sum]!) > start) return;
      this.#merge(sum, row, false);
    }
  }

  /** Fills `closed` with what the groups of each key give. `release` is called before anything else. */
  collect(closed: ClosedWindow): void {
    for (let key = this.#head; key >= 0; key = this.#nextKey.values[key]!) addSlot(closed, this.#sum(key));
  }

  release(): void {
    for (const row of this.#results) this.#remove(row);
    this.#results.length = 0;
  }

  /** The first group of its key is leaving; then it is removed by the caller. */
  leave(row: number): void {
    const key = this.#of.values[row]!;
    const top = this.#top.values[key]!;
    if (top >= 0 && this.#of.values[top] === row) {
      this.#top.values[key] = this.#behind.values[top]!;
      this.#remove(top);
    }
    const next = this.#behind.values[row]!;
    if (next < 0) {
      this.#close(key);
      return;
    }
    this.#link(key, -1, next);
    if (this.#split.values[key] === row) this.#split.values[key] = -1;
    else if (this.#split.values[key] === -1) {
      // The back becomes the front.
      this.#split.values[key] = this.#last.values[key]!;
      this.#remove(this.#back.values[key]!);
      this.#addBack(key, next);
    }
  }

  /** Removes all sums. Groups may be added again, each of them. */
  clear(): void {
    while (this.#head >= 0) this.#close(this.#head);
  }

  #open(back: number): void {
    this.rows++;
    const key = this.#keys.allocate();
    this.#of.values[back] = key;
    this.#back.values[key] = back;
    this.#nextKey.values[key] = this.#head;
    if (this.#head >= 0) {
      this.#previousKey.values[this.#head] = key;
      this.#keys.mark(this.#head);
    }
    this.#head = key;
  }

  #close(key: number): void {
    for (let sum = this.#top.values[key]!; sum >= 0; ) {
      const next = this.#behind.values[sum]!;
      this.#remove(sum);
      sum = next;
    }
    this.#remove(this.#back.values[key]!);
    const previous = this.#previousKey.values[key]!;
    const next = this.#nextKey.values[key]!;
    if (previous < 0) this.#head = next;
    else {
      this.#nextKey.values[previous] = next;
      this.#keys.mark(previous);
    }
    if (next >= 0) {
      this.#previousKey.values[next] = previous;
      this.#keys.mark(next);
    }
    this.#keys.free(key);
  }

  /** Makes two groups of a key neighbours; -1: there is none on that side. */
  #link(key: number, before: number, behind: number): void {
    if (before < 0) this.#first.values[key] = behind;
    else {
      this.#behind.values[before] = behind;
      this.#table.mark(before);
    }
    if (behind < 0) this.#last.values[key] = before;
    else {
      this.#before.values[behind] = before;
      this.#table.mark(behind);
    }
    this.#keys.mark(key);
  }

  /** A row that holds all groups of a key. */
  #sum(key: number): number {
    const back = this.#back.values[key]!;
    const split = this.#split.values[key]!;
    if (split < 0) return back;
    let top = this.#top.values[key]!;
    if (top < 0 || this.#of.values[top] !== this.#first.values[key]) top = this.#addUp(key);
    if (this.#last.values[key] === split) return top;
    const sum = this.#addRow(RESULT, back);
    this.#results.push(sum);
    this.#merge(sum, top, true);
    this.#merge(sum, back, false);
    return sum;
  }

  /** Makes sums of the front up to that of all of it, which is returned. */
  #addUp(key: number): number {
    let top = this.#top.values[key]!;
    const stretch = this.#stretch;
    let row = top < 0 ? this.#split.values[key]! : this.#before.values[this.#of.values[top]!]!;
    for (stretch.length = 0; row >= 0; row = this.#before.values[row]!) stretch.push(row);
    const distance = Math.ceil(stretch.length / FAN);
    for (let i = 0; i < stretch.length; ) {
      const sum = this.#addRow(top < 0 ? BACK - 1 : this.#table.scope(top) - 1, stretch[i]!);
      if (top >= 0) this.#merge(sum, top, true);
      for (const to = Math.min(i + distance, stretch.length); i < to; i++)
        this.#merge(sum, stretch[i]!, top < 0 && i === 0);
      this.#of.values[sum] = stretch[i - 1]!;
      this.#behind.values[sum] = top;
      top = sum;
    }
    this.#top.values[key] = top;
    this.#keys.mark(key);
    return top;
  }

  #addBack(key: number, like: number): void {
    const back = this.#addRow(BACK, like);
    this.#of.values[back] = key;
    this.#back.values[key] = back;
  }

  /** An empty row of the key of another. */
  #addRow(scope: number, like: number): number {
    const table = this.#table;
    this.rows++;
    return table.upsert(scope, table.keys, table.keyStart(like), table.keyEnd(like));
  }

  #remove(row: number): void {
    this.rows--;
    this.#table.remove(row);
  }

  /** The number of the key that the others follow; -1: there is none. */
  get head(): number {
    return this.#head;
  }

  track(): void {
    this.#keys.track();
  }

  saveRows(all: boolean): readonly Uint8Array[] {
    return this.#keys.saveRows(all);
  }

  /** Called when the table has been restored, and with what else was saved. */
  resume(head: number, rows: number): void {
    this.#head = head;
    this.rows = rows;
  }

  loadRows(bytes: Buffer): void {
    this.#keys.loadRows(bytes);
  }
}
