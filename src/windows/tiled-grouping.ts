import type { Buffer } from 'node:buffer';
import { Table } from '../state/table.ts';
import { type Batch, GLOBAL } from '../stream/batch.ts';
import { addSlot, type Grouping, noClosedWindow } from './grouping.ts';
import { OpenWindows } from './open-windows.ts';

/** Groups of events that are in one window each: fixed, calendar, merged sessions, the global window. */
export class TiledGrouping implements Grouping {
  readonly columns = new Table();
  readonly keys = this.columns;
  readonly slots = new Int32Array(1);
  count = 0;
  missed = 0;
  readonly closed = noClosedWindow();
  readonly #windows = new OpenWindows();
  /** Groups of a window: a chain from the window's head, -1 at its end; freed with the group. */
  readonly #next = this.columns.integers(-1);

  assign(batch: Batch, row: number, bytes: Buffer, start: number, end: number, watermark: number): void {
    const global = batch.windowCount[row] === GLOBAL;
    const windowStart = global ? Number.NEGATIVE_INFINITY : batch.windowStart[row]!;
    const windowEnd = global ? Number.POSITIVE_INFINITY : batch.windowEnd[row]!;
    if (watermark >= windowEnd) {
      this.count = 0;
      this.missed = 1;
      return;
    }
    this.missed = 0;
    this.count = 1;
    let window = this.#windows.find(windowStart, windowEnd);
    if (window < 0) window = this.#windows.open(windowStart, windowEnd);
    const slot = this.columns.upsert(window, bytes, start, end);
    if (this.columns.inserted) {
      this.#next.values[slot] = this.#windows.head[window]!;
      this.#windows.head[window] = slot;
    }
    this.slots[0] = slot;
  }

  get opened(): boolean {
    return this.columns.inserted;
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
    for (let slot = this.#windows.head[window]!; slot >= 0; slot = this.#next.values[slot]!)
      addSlot(closed, slot);
  }

  release(): void {
    const { closed } = this;
    for (let i = 0; i < closed.count; i++) this.columns.remove(closed.slots[i]!);
    closed.count = 0;
  }

  keySlot(slot: number): number {
    return slot;
  }
}
