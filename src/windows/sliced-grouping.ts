import { damaged } from '../state/saved-bytes.ts';
import type { SnapshotReader, SnapshotWriter } from '../state/snapshot.ts';
import { Table } from '../state/table.ts';
import type { Batch } from '../stream/batch.ts';
import {
  addSlot,
  type ClosedWindow,
  type MergeGroups,
  NO_SCOPE,
  noClosedWindow,
  type OpenCounts,
  restoreRows,
  type SpillableGrouping,
  type Tile,
} from './grouping.ts';
import { OpenWindows } from './open-windows.ts';

/** The scope of groups that are merged from slices while their window closes. */
const MERGED = -1;

/**
 * Groups of sliding windows, by slices (Krishnamurthy et al., "On-the-fly sharing for streamed aggregation",
 * SIGMOD 2006, there "panes"): events in the same windows make a slice, an event is added to its slice alone,
 * and a window that closes merges its slices. So an event costs the same however many windows hold it. What
 * counts is the windows that an event names: `dedup` may have taken some away.
 *
 * As long as no event is in more than one window, sizes may differ; afterwards all must be of one size.
 */
export class SlicedGrouping implements SpillableGrouping {
  readonly columns = new Table();
  readonly keys = this.columns;
  readonly direct = true;
  missed = 0;
  opened = false;
  readonly closed = noClosedWindow();
  readonly #merge: MergeGroups;
  /** Distance of windows, ms; 0: no event was in more than one. */
  #every = 0;
  /** Slices that hold groups: from the start of the last window to the end of the first; closed with the last. */
  readonly #slices = new OpenWindows();
  /** Windows that hold an event and are not complete. */
  readonly #windows = new OpenWindows();
  /** Groups of a slice: a chain from the slice's head, -1 at its end; freed with the group. */
  readonly #next = this.columns.integers(-1);

  constructor(merge: MergeGroups) {
    this.#merge = merge;
  }

  scope(batch: Batch, row: number, watermark: number): number {
    const first = batch.windowStart[row]!;
    const end = batch.windowEnd[row]!;
    const windows = batch.windowCount[row]!;
    if (windows > 1) this.#every = batch.windowEvery[row]!;
    this.missed = this.#missed(end, windows, watermark);
    if (this.missed === windows) return NO_SCOPE;
    const last = windows > 1 ? first + (windows - 1) * this.#every : first;
    let slice = this.#slices.find(last, end);
    if (slice < 0) {
      slice = this.#slices.open(last, end);
      this.#openWindows(first, end - first, this.missed, windows);
    }
    return slice;
  }

  place(_batch: Batch, _row: number, keySlot: number, inserted: boolean): number {
    this.opened = inserted;
    if (inserted) {
      const slice = this.columns.scope(keySlot);
      this.#next.values[keySlot] = this.#slices.head(slice);
      this.#slices.setHead(slice, keySlot);
    }
    return keySlot;
  }

  placed(): void {}

  /** How many of the windows, which end one after the other, are complete. */
  #missed(firstEnd: number, windows: number, watermark: number): number {
    const behind = watermark - firstEnd;
    if (behind < 0) return 0;
    return windows === 1 ? 1 : Math.min(windows, Math.floor(behind / this.#every) + 1);
  }

  /** Opens the windows with the numbers [from, to), counted from the one that starts at `first`. */
  #openWindows(first: number, size: number, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const start = first + i * this.#every;
      if (this.#windows.find(start, start + size) < 0) this.#windows.open(start, start + size);
    }
  }

  due(watermark: number): boolean {
    return this.#windows.due(watermark);
  }

  closeNext(): void {
    this.#close();
    this.collect();
  }

  closeApart(): readonly Tile[] {
    this.#close();
    return Array.from(this.#slicesOfClosed(), (slice) => {
      const start = this.#slices.start(slice);
      const end = this.#slices.end(slice);
      const slots = Int32Array.from(this.#groupsOf(slice));
      return { start, end, slots, closes: start === this.closed.start, given: false };
    });
  }

  collect(): void {
    for (const slice of this.#slicesOfClosed()) this.#mergeSlice(slice);
  }

  isOpen({ start, end }: { readonly start: number; readonly end: number }): boolean {
    return this.#slices.find(start, end) >= 0;
  }

  *takeOpen(): Generator<ClosedWindow, void, void> {
    const { closed } = this;
    for (const slice of this.#slices.inOrder()) {
      closed.start = this.#slices.start(slice);
      closed.end = this.#slices.end(slice);
      for (const slot of this.#groupsOf(slice)) addSlot(closed, slot);
      if (closed.count === 0) continue;
      this.#slices.setHead(slice, -1);
      yield closed;
      for (let i = 0; i < closed.count; i++) this.columns.remove(closed.slots[i]!);
      closed.count = 0;
    }
  }

  #close(): void {
    const { closed } = this;
    const window = this.#windows.first;
    this.#windows.close(window);
    closed.start = this.#windows.start(window);
    closed.end = this.#windows.end(window);
    closed.count = 0;
  }

  /** The slices of the window that was closed, in the order in which they are merged. */
  *#slicesOfClosed(): Generator<number, void, void> {
    const { start, end } = this.closed;
    if (this.#every === 0) {
      yield this.#slices.find(start, end);
      return;
    }
    // Events are in this window whose last window starts in it, and whose first ends no later than it.
    for (let last = start; last < end; last += this.#every) {
      for (let slice = this.#slices.startingAt(last); slice >= 0; slice = this.#slices.nextOfStart(slice))
        if (this.#slices.end(slice) <= end) yield slice;
    }
  }

  *#groupsOf(slice: number): Generator<number, void, void> {
    for (let slot = this.#slices.head(slice); slot >= 0; slot = this.#next.values[slot]!) yield slot;
  }

  #mergeSlice(slice: number): void {
    const { columns } = this;
    for (let slot = this.#slices.head(slice); slot >= 0; slot = this.#next.values[slot]!) {
      const merged = columns.upsert(MERGED, columns.keys, columns.keyStart(slot), columns.keyEnd(slot));
      this.opened = columns.inserted;
      if (this.opened) addSlot(this.closed, merged);
      this.#merge(merged, slot);
    }
  }

  release(): void {
    const { closed } = this;
    for (let i = 0; i < closed.count; i++) this.columns.remove(closed.slots[i]!);
    closed.count = 0;
    if (this.#every === 0) this.#closeSlice(this.#slices.find(closed.start, closed.end));
    for (let slice = this.#slices.startingAt(closed.start); this.#every > 0 && slice >= 0; ) {
      const next = this.#slices.nextOfStart(slice);
      this.#closeSlice(slice);
      slice = next;
    }
  }

  #closeSlice(slice: number): void {
    this.#slices.close(slice);
    for (let slot = this.#slices.head(slice); slot >= 0; ) {
      const next = this.#next.values[slot]!;
      this.columns.remove(slot);
      slot = next;
    }
  }

  keySlot(slot: number): number {
    return slot;
  }

  get open(): OpenCounts {
    return { keys: this.columns.count, windows: this.#windows.count };
  }

  track(): void {
    this.columns.track();
    this.#slices.track();
    this.#windows.track();
  }

  save(out: SnapshotWriter): void {
    out.value('every', this.#every);
    out.rows('groups', this.columns);
    out.rows('slices', this.#slices);
    out.rows('windows', this.#windows);
  }

  restore(from: SnapshotReader): void {
    const every = from.value('every');
    if (typeof every !== 'number' || !(every >= 0)) throw damaged('it has no distance of windows');
    this.#every = every;
    restoreRows(from, 'groups', this.columns);
    restoreRows(from, 'slices', this.#slices);
    restoreRows(from, 'windows', this.#windows);
  }
}
