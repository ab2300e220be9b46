import type { SnapshotReader, SnapshotWriter } from '../state/snapshot.ts';
import { Table } from '../state/table.ts';
import { type Batch, GLOBAL } from '../stream/batch.ts';
import {
  addSlot,
  type ClosedWindow,
  NO_SCOPE,
  noClosedWindow,
  type OpenCounts,
  restoreRows,
  type SpillableGrouping,
  type Tile,
} from './grouping.ts';
import { OpenWindows } from './open-windows.ts';

/** Groups of events that are in one window each: fixed, calendar, merged sessions, the global window. */
export class TiledGrouping implements SpillableGrouping {
  readonly columns = new Table();
  readonly keys = this.columns;
  readonly direct = true;
  missed = 0;
  opened = false;
  readonly closed = noClosedWindow();
  readonly #windows = new OpenWindows();
  /** Groups of the window that was closed apart, until the next is closed. */
  #apart = new Int32Array(0);
  /** Groups of a window: a chain from the window's head, -1 at its end; freed with the group. */
  readonly #next = this.columns.integers(-1);

  scope(batch: Batch, row: number, watermark: number): number {
    const global = batch.windowCount[row] === GLOBAL;
    const windowStart = global ? Number.NEGATIVE_INFINITY : batch.windowStart[row]!;
    const windowEnd = global ? Number.POSITIVE_INFINITY : batch.windowEnd[row]!;
    if (watermark >= windowEnd) {
      this.missed = 1;
      return NO_SCOPE;
    }
    this.missed = 0;
    const window = this.#windows.find(windowStart, windowEnd);
    return window < 0 ? this.#windows.open(windowStart, windowEnd) : window;
  }

  place(_batch: Batch, _row: number, keySlot: number, inserted: boolean): number {
    this.opened = inserted;
    if (inserted) {
      const window = this.columns.scope(keySlot);
      this.#next.values[keySlot] = this.#windows.head(window);
      this.#windows.setHead(window, keySlot);
    }
    return keySlot;
  }

  placed(): void {}

  due(watermark: number): boolean {
    return this.#windows.due(watermark);
  }

  closeNext(): void {
    const window = this.#windows.first;
    this.#windows.close(window);
    this.#collect(window);
  }

  closeApart(): readonly Tile[] {
    this.closeNext();
    const { closed } = this;
    const { start, end } = closed;
    const slots = closed.slots.slice(0, closed.count);
    closed.count = 0;
    this.#apart = slots;
    return [{ start, end, slots, closes: true, given: true }];
  }

  collect(): void {
    for (const slot of this.#apart) addSlot(this.closed, slot);
  }

  isOpen({ start, end }: { readonly start: number; readonly end: number }): boolean {
    return this.#windows.find(start, end) >= 0;
  }

  /** Fills `closed` with the groups of a window. */
  #collect(window: number): void {
    const { closed } = this;
    closed.start = this.#windows.start(window);
    closed.end = this.#windows.end(window);
    closed.count = 0;
    for (let slot = this.#windows.head(window); slot >= 0; slot = this.#next.values[slot]!)
      addSlot(closed, slot);
  }

  release(): void {
    const { closed } = this;
    for (let i = 0; i < closed.count; i++) this.columns.remove(closed.slots[i]!);
    closed.count = 0;
  }

  *takeOpen(): Generator<ClosedWindow, void, void> {
    for (const window of this.#windows.inOrder()) {
      if (this.#windows.head(window) < 0) continue;
      this.#collect(window);
      this.#windows.setHead(window, -1);
      yield this.closed;
      this.release();
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
}
