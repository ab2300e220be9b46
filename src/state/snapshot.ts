import type { Buffer } from 'node:buffer';

/**
 * What an operator's state is written to at a barrier: named values (small, JSON), named rows (tables, columns), named bytes.
 * Where rows remember what has changed (`track`), only that is written, and the snapshot stands on earlier ones.
 */
export interface SnapshotWriter {
  value(name: string, value: unknown): void;
  rows(name: string, rows: Persistent): void;
  bytes(name: string, bytes: Buffer): void;
}

/** What a snapshot holds; undefined, or false: it has nothing of that name. */
export interface SnapshotReader {
  value(name: string): unknown;
  rows(name: string, rows: Persistent): boolean;
  bytes(name: string): Buffer | undefined;
}

/** Rows of state that write themselves, whole or what changed since the last time. */
export interface Persistent {
  /** From now on remembers which rows change. */
  track(): void;
  /** Writes all rows (`all`), or those that changed since the last `saveRows`. @returns pieces of one byte string */
  saveRows(all: boolean): readonly Uint8Array[];
  /** Reads what `saveRows` wrote: first a whole one, then what changed, in order. @throws TidemarkError `failed` */
  loadRows(bytes: Buffer): void;
}

/**
 * What state depends on, as the user wrote it: `{ "--by": "status", "n": "count()" }`. What has changed is told by these names.
 */
export type StateShape = Readonly<Record<string, string>>;

/** The part of an operator that must survive: see `Operator.state`. */
export interface OperatorState {
  /** Known once the header has been read. */
  readonly shape: StateShape;
  /** What of a saved state of `saved` shape is kept under this one. */
  compare(saved: StateShape): ShapeChanges;
  /** What is in it, for people; counts cost nothing to find. */
  summary?(): StateSummary;
  /** Called once, before the first event: from now on only changes need be saved. */
  track(): void;
  /**
   * Called at a barrier, before `save`: gives out what is on its way, and from then on nothing until the barrier has been
   * handed to `onMarker`. Absent: nothing is ever on its way between two calls.
   */
  pause?(): undefined | Promise<void>;
  save(out: SnapshotWriter): void;
  /** Called behind the header and before the first event, with a state whose `compare` refused nothing. */
  restore(from: SnapshotReader): void;
  /** Called behind `restore` and waited for: opens the files that the state names. */
  restored?(): Promise<void>;
}

/** What is in a state, for people. */
export interface StateSummary {
  /** Groups (a key in a window), or keys that are remembered. */
  readonly keys?: number;
  /** Windows that are open. */
  readonly windows?: number;
  /** Events that wait. */
  readonly held?: number;
  /** ms; infinite: complete, or nothing is known. */
  readonly watermark?: number;
}

/** What becomes of a saved state under a changed shape: lines for people, by names of the shape. */
export interface ShapeChanges {
  /** What cannot be: the state is refused. */
  readonly refused: readonly string[];
  /** What begins empty, though events have been before. */
  readonly added: readonly string[];
  /** What is given up. */
  readonly lost: readonly string[];
}

/** What a target writes down in the state directory before it does what `recover` would have to undo. */
export interface TargetNotes {
  /** Notes of epochs that were not committed, in order, over all attempts. */
  readonly uncommitted: readonly unknown[];
  /** Makes a note (JSON) durable. It belongs to the epoch that is prepared next. */
  add(note: unknown): void;
}
