import type { SnapshotReader, SnapshotWriter } from '../state/snapshot.ts';
import { Table } from '../state/table.ts';
import { EndHeap } from './end-heap.ts';
import { noClosedWindow, type OpenCounts, restoreRows } from './grouping.ts';
import { OpenWindows } from './open-windows.ts';
import type { PanedGrouping } from './paned-grouping.ts';

/** Groups of a window; bounds in ms, infinite: the global window. */
export interface WindowGroups {
  readonly start: number;
  readonly end: number;
  readonly slots: Int32Array;
}

/** Groups of windows that do not merge, each by itself, also where windows overlap. */
export class ApartGrouping implements PanedGrouping {
  readonly columns = new Table();
  readonly keys = this.columns;
  readonly direct = true;
  opened = false;
  readonly closed = noClosedWindow();
  readonly #lateness: number;
  readonly #windows = new OpenWindows();
  /** Open windows of which the watermark has not passed the end. */
  readonly #ahead = new EndHeap();
  /** Groups of a window: a chain from the window's head, -1 at its end; freed with the group. */
  readonly #next = this.columns.integers(-1);

  /** The window that was given out last. */
  #taken = -1;

  /** @param lateness ms */
  constructor(lateness: number) {
    this.#lateness = lateness;
  }

  /** Whether an event comes too late for a window of this end. */
  isLate(end: number, watermark: number): boolean {
    return watermark - this.#lateness >= end;
  }

  /** The scope of the keys of a window, for which it is not too late: opens it. */
  scope(start: number, end: number, watermark: number): number {
    const window = this.#windows.find(start, end);
    if (window >= 0) return window;
    const opened = this.#windows.open(start, end);
    if (watermark < end) this.#ahead.set(opened, start, end);
    return opened;
  }

  /** Puts a new group, which is in a row of `keys`, into its window. */
  place(slot: number): void {
    const window = this.columns.scope(slot);
    this.#next.values[slot] = this.#windows.head(window);
    this.#windows.setHead(window, slot);
  }

  placed(): void {}

  start(slot: number): number {
    return this.#windows.start(this.columns.scope(slot));
  }

  end(slot: number): number {
    return this.#windows.end(this.columns.scope(slot));
  }

  ending(watermark: number): boolean {
    return this.#ahead.firstEnd <= watermark && this.#ahead.size > 0;
  }

  takeEnding(): Int32Array {
    const window = this.#ahead.first;
    this.#ahead.remove(window);
    return this.#take(window);
  }

  closing(watermark: number): boolean {
    return this.#windows.due(watermark - this.#lateness);
  }

  closeNext(): Int32Array {
    const window = this.#windows.first;
    this.#windows.close(window);
    if (this.#ahead.has(window)) this.#ahead.remove(window);
    return this.#take(window);
  }

  /** The scope of the keys of a window that is open, or was closed last. */
  scopeOf(start: number, end: number): number {
    const window = this.#windows.find(start, end);
    return window < 0 ? this.#taken : window;
  }

  /** Gives out the groups of all windows, in the order in which these close: they are freed by who asks for the next. */
  *takeAll(): Generator<WindowGroups, void, void> {
    for (const window of this.#windows.inOrder()) {
      const slots = Int32Array.from(this.#groupsOf(window));
      if (slots.length === 0) continue;
      this.#windows.setHead(window, -1);
      yield { start: this.#windows.start(window), end: this.#windows.end(window), slots };
    }
  }

  #take(window: number): Int32Array {
    this.#taken = window;
    this.closed.start = this.#windows.start(window);
    this.closed.end = this.#windows.end(window);
    return Int32Array.from(this.#groupsOf(window));
  }

  *#groupsOf(window: number): Generator<number, void, void> {
    for (let slot = this.#windows.head(window); slot >= 0; slot = this.#next.values[slot]!) yield slot;
  }

  release(slots: Int32Array): void {
    for (const slot of slots) this.columns.remove(slot);
  }

  keySlot(slot: number): number {
    return slot;
  }

  forEach(visit: (slot: number) => void): void {
    for (const window of this.#windows.inOrder()) for (const slot of this.#groupsOf(window)) visit(slot);
  }

  get open(): OpenCounts {
    return { keys: this.columns.count, windows: this.#windows.count };
  }

  track(): void {
    this.columns.track();
    this.#windows.track();
  }

  save(out: SnapshotWriter): void {
    out.rows('groups', this.columns);
    out.rows('windows', this.#windows);
  }

  restore(from: SnapshotReader): void {
    restoreRows(from, 'groups', this.columns);
    restoreRows(from, 'windows', this.#windows);
  }

  restored(watermark: number): void {
    this.#ahead.clear();
    for (const window of this.#windows.inOrder()) {
      const end = this.#windows.end(window);
      if (watermark < end) this.#ahead.set(window, this.#windows.start(window), end);
    }
  }
}
