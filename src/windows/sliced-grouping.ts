import type { Buffer } from 'node:buffer';
import { Table } from '../state/table.ts';
import type { Batch } from '../stream/batch.ts';
import { addSlot, type Grouping, type MergeGroups, noClosedWindow } from './grouping.ts';
import { OpenWindows } from './open-windows.ts';

/** The scope of groups that are merged from slices while their window closes. */
const MERGED = -1;

/**
 * Groups of sliding windows, by slices (Krishnamurthy et al., "On-the-fly sharing for streamed aggregation",
 * SIGMOD 2006, there "panes"): time is cut at every bound of a window, an event is added to its slice
 * alone, and a window that closes merges its slices. So an event costs the same however many windows hold it.
 */
export class SlicedGrouping implements Grouping {
  readonly columns = new Table();
  readonly keys = this.columns;
  readonly slots = new Int32Array(1);
  count = 0;
  missed = 0;
  readonly closed = noClosedWindow();
  readonly #merge: MergeGroups;
  readonly #size: number;
  readonly #every: number;
  /** Length of a slice, ms. */
  readonly #length: number;
  /** Slices that hold groups; closed with the last window that they are in. */
  readonly #slices = new OpenWindows();
  /** Windows that hold an event and are not complete. */
  readonly #windows = new OpenWindows();
  /** Groups of a slice: a chain from the slice's head, -1 at its end; freed with the group. */
  readonly #next = this.columns.integers(-1);

  /** Windows of `size`, one every `every`; ms. */
  constructor(size: number, every: number, merge: MergeGroups) {
    this.#size = size;
    this.#every = every;
    this.#length = greatestCommonDivisor(size, every);
    this.#merge = merge;
  }

  assign(batch: Batch, row: number, bytes: Buffer, from: number, to: number, watermark: number): void {
    const first = batch.windowStart[row]!;
    const windows = batch.windowCount[row]!;
    const start = first + Math.floor((batch.time[row]! - first) / this.#length) * this.#length;
    this.missed = this.#missed(first, windows, watermark);
    this.count = 0;
    if (this.missed === windows) return;
    let slice = this.#slices.find(start, start + this.#length);
    if (slice < 0) {
      slice = this.#slices.open(start, start + this.#length);
      this.#openWindows(first + this.missed * this.#every, windows - this.missed);
    }
    const slot = this.columns.upsert(slice, bytes, from, to);
    if (this.columns.inserted) {
      this.#next.values[slot] = this.#slices.head[slice]!;
      this.#slices.head[slice] = slot;
    }
    this.slots[0] = slot;
    this.count = 1;
  }

  /** How many of the windows, which end one after the other, are complete. */
  #missed(first: number, windows: number, watermark: number): number {
    const behind = watermark - (first + this.#size);
    return behind < 0 ? 0 : Math.min(windows, Math.floor(behind / this.#every) + 1);
  }

  #openWindows(first: number, count: number): void {
    for (let i = 0; i < count; i++) {
      const start = first + i * this.#every;
      if (this.#windows.find(start, start + this.#size) < 0) this.#windows.open(start, start + this.#size);
    }
  }

  due(watermark: number): boolean {
    return this.#windows.due(watermark);
  }

  closeNext(): void {
    const { closed } = this;
    const window = this.#windows.first;
    this.#windows.close(window);
    closed.start = this.#windows.start[window]!;
    closed.end = this.#windows.end[window]!;
    closed.count = 0;
    for (let start = closed.start; start < closed.end; start += this.#length) {
      const slice = this.#slices.find(start, start + this.#length);
      if (slice < 0) continue;
      for (let slot = this.#slices.head[slice]!; slot >= 0; slot = this.#next.values[slot]!)
        this.#mergeGroup(slot);
    }
  }

  #mergeGroup(slot: number): void {
    const { columns } = this;
    const merged = columns.upsert(MERGED, columns.keys, columns.keyStart(slot), columns.keyEnd(slot));
    if (columns.inserted) addSlot(this.closed, merged);
    this.#merge(merged, slot);
  }

  release(): void {
    const { closed } = this;
    for (let i = 0; i < closed.count; i++) this.columns.remove(closed.slots[i]!);
    closed.count = 0;
    // The next window starts `every` later: no other holds the slices before that.
    for (let start = closed.start; start < closed.start + this.#every; start += this.#length) {
      const slice = this.#slices.find(start, start + this.#length);
      if (slice < 0) continue;
      this.#slices.close(slice);
      for (let slot = this.#slices.head[slice]!; slot >= 0; ) {
        const next = this.#next.values[slot]!;
        this.columns.remove(slot);
        slot = next;
      }
    }
  }

  keySlot(slot: number): number {
    return slot;
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
