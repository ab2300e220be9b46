import type { Buffer } from 'node:buffer';
import type { ColumnSet } from '../state/column-set.ts';
import { damaged } from '../state/saved-bytes.ts';
import type { Persistent, SnapshotReader, SnapshotWriter } from '../state/snapshot.ts';
import type { Table } from '../state/table.ts';
import type { Batch } from '../stream/batch.ts';

/** Groups (a key in a window) as slots with columns. */
export interface GroupRows {
  /** Columns over the slots: where accumulators live. */
  readonly columns: ColumnSet;
  /** The keys' bytes and spans, by the slots of `keySlot`. */
  readonly keys: Table;
  /** The row of `keys` that holds the key of a group. */
  keySlot(slot: number): number;
  /** Whether a row of `keys` is a group. */
  readonly direct: boolean;
  /** Whether the group that was found last, or what is merged, was opened for that. */
  readonly opened: boolean;
  /** The window that is given out, and its groups. */
  readonly closed: ClosedWindow;

  /** What is open now. */
  readonly open: OpenCounts;
  /** From now on remembers what changes, but for the columns of others: they mark the groups whose values they change. */
  track(): void;
  /** Writes the groups that are open, with all their columns, where all events that were given scopes have been placed. */
  save(out: SnapshotWriter): void;
  /** Called before the first event, when all columns have been given out. @throws TidemarkError `failed` */
  restore(from: SnapshotReader): void;
}

/**
 * Groups that are opened by events, merged where windows merge, and given out when their window is complete. Watermarks in ms.
 */
export interface Grouping extends GroupRows {
  /**
   * Judges the event in `row` and opens its windows: the scope in which its key is a row of `keys`, or NO_SCOPE
   * when it is too late for all of its windows. `missed` are the first of its windows that are closed already.
   */
  scope(batch: Batch, row: number, watermark: number): number;
  readonly missed: number;
  /**
   * The group of the event in `row`, whose key is in row `keySlot` of `keys` and was put there for it when
   * `inserted`; NO_GROUP when it is too late after all. Events are placed in the order in which `scope` was called.
   */
  place(batch: Batch, row: number, keySlot: number, inserted: boolean): number;
  /** Whether a row of `keys` is a group: then `place` need only be called for those that are inserted. */
  readonly direct: boolean;
  /** All events that were given scopes have been placed. */
  placed(): void;

  /** Whether `closeNext` would close a window. */
  due(watermark: number): boolean;
  /**
   * Closes the window that ends (then starts) first among those complete at `watermark`, and fills `closed`
   * with its groups, in no order. `release` must be called before anything else is.
   */
  closeNext(): void;
  release(): void;
}

/**
 * A grouping of which all groups can be taken while their windows stay open: they are in tiles, which do not overlap. A tile is
 * a window, or a slice of windows that overlap.
 */
export interface SpillableGrouping extends Grouping {
  /**
   * Gives out the groups of all tiles, and these in the order in which they close, in `closed`: those of one are freed when the
   * next is asked for. The tiles stay open.
   */
  takeOpen(): Generator<ClosedWindow, void, void>;
  /**
   * Closes the window that `closeNext` would, and gives its tiles in the order in which they are merged, in place of groups in
   * `closed`. Then `collect` is called, or they are merged elsewhere.
   */
  closeApart(): readonly Tile[];
  /** Fills `closed` with the groups of the window that was closed apart. */
  collect(): void;
  /** Whether a tile is open. */
  isOpen(tile: { readonly start: number; readonly end: number }): boolean;
}

/** A tile of a window that closes. */
export interface Tile {
  /** ms; ±Infinity: the global window. */
  readonly start: number;
  readonly end: number;
  /** Its groups that are in memory. */
  readonly slots: Int32Array;
  /** Whether it closes with the window; others go on. */
  readonly closes: boolean;
  /** Whether who merges them frees the groups; else `release` does, or they stay. */
  readonly given: boolean;
}

/** Groups, and the windows that they are in. */
export interface OpenCounts {
  readonly keys: number;
  readonly windows: number;
}

/** Instead of a scope: the event is too late. */
export const NO_SCOPE = -1;
/** Instead of a group. */
export const NO_GROUP = -1;

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

/** Finds the group of one event, whose key is bytes[start, end); NO_GROUP: it is too late. */
export function assign(
  grouping: Grouping,
  batch: Batch,
  row: number,
  key: { readonly bytes: Buffer; readonly start: number; readonly end: number },
  watermark: number,
): number {
  const scope = grouping.scope(batch, row, watermark);
  if (scope === NO_SCOPE) return NO_GROUP;
  const keySlot = grouping.keys.upsert(scope, key.bytes, key.start, key.end);
  const group = grouping.place(batch, row, keySlot, grouping.keys.inserted);
  grouping.placed();
  return group;
}

/** Reads rows that must be there. @throws TidemarkError `failed` */
export function restoreRows(from: SnapshotReader, name: string, rows: Persistent): void {
  if (!from.rows(name, rows)) throw damaged(`it has no ${name}`);
}
