import type { Buffer } from 'node:buffer';
import type { Columns } from '../state/columns.ts';
import type { Table } from '../state/table.ts';
import type { Batch } from '../stream/batch.ts';

/**
 * Groups (a key in a window) as slots with columns: opened by events, merged where windows merge, given out
 * when their window is complete. Watermarks in ms.
 */
export interface Grouping {
  /** Columns over the slots: where accumulators live. */
  readonly columns: Columns;
  /** The keys' bytes and spans, by the slots of `keySlot`. */
  readonly keys: Table;

  /**
   * Finds the groups of the event in `row` with the key bytes[start, end): `slots[0, count)`. Windows that
   * are closed already are left out: they are the first `missed` of the event's windows.
   */
  assign(batch: Batch, row: number, bytes: Buffer, start: number, end: number, watermark: number): void;
  readonly slots: Int32Array;
  readonly count: number;
  readonly missed: number;
  /** Whether the last `assign`, or what is merged, is the first of its group. */
  readonly opened: boolean;

  /** Whether `closeNext` would close a window. */
  due(watermark: number): boolean;
  /**
   * Closes the window that ends (then starts) first among those complete at `watermark`, and fills `closed`
   * with its groups, in no order. `release` must be called before anything else is.
   */
  closeNext(): void;
  readonly closed: ClosedWindow;
  release(): void;
  /** The row of `keys` that holds the key of a group. */
  keySlot(slot: number): number;
}

export interface ClosedWindow {
  /** ms; ±Infinity: the global window. */
  start: number;
  end: number;
  /** Groups are slots[0, count). */
  slots: Int32Array;
  count: number;
}

export const noClosedWindow = (): ClosedWindow => ({
  start: Number.NaN,
  end: Number.NaN,
  slots: new Int32Array(64),
  count: 0,
});

export function addSlot(closed: ClosedWindow, slot: number): void {
  if (closed.count === closed.slots.length) {
    const grown = new Int32Array(closed.slots.length * 2);
    grown.set(closed.slots);
    closed.slots = grown;
  }
  closed.slots[closed.count++] = slot;
}

/** Adds the state of one group to another's; both are slots of `columns`. */
export type MergeGroups = (into: number, from: number) => void;
