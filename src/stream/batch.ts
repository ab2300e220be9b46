import type { Buffer } from 'node:buffer';
import { type BufferSource, HEAP } from '../kernel/memory.ts';
import type { Projected } from './projection.ts';

/** Kinds of row. */
export const EVENT = 0;
export const WATERMARK = 1;
export const TICK = 2;
/** A row that an operator took out; everything downstream passes over it. */
export const SKIPPED = 3;

/** Rows that a batch may have at most: columns over batches are of this length. */
export const BATCH_ROWS = 8192;

/** `windowCount` of an event that is in the global window. */
export const GLOBAL = 0;
/** `windowCount` of a session that has not been merged: `[time, windowEnd)`. */
export const UNMERGED = -1;

/**
 * A block of bytes with columns over it: a row an event, a watermark or a tick, in stream order.
 *
 * Bytes: an event's members are `bytes[start, end)`, without the braces and without the metadata:
 * `"status":200,"bytes":17`, or nothing where start = end. Metadata lives in the columns alone, so that
 * stamping a window on an event touches no byte. Whoever must change an event's members appends the new
 * ones behind `used` (`reserve`) and moves the span.
 *
 * Times are epoch milliseconds (integers; +Infinity on a watermark row means that the stream is complete).
 * `windowCount` says how the window columns are meant: GLOBAL (none), 1 (`[windowStart, windowEnd)`),
 * n > 1 (n windows, the first of them given; the next of the same size and `windowEvery` ms behind it, or, where
 * `windowEvery` is negative, of the same start and so many ms longer), UNMERGED.
 *
 * Ownership: a batch belongs to the runtime and is valid until the call that it was handed to settles. Until
 * then that operator may change its columns, and hand it on.
 */
export class Batch {
  bytes: Buffer;
  /** How many of `bytes` are in use; what an operator appends goes behind. */
  used = 0;
  rows = 0;
  /** Members that the source found while it scanned, by name; undefined: they are to be sought. */
  found: ReadonlyMap<string, Projected> | undefined;
  #released = false;
  readonly capacity: number;
  /** Where `bytes` come from when they grow. */
  readonly source: BufferSource;
  readonly kind: Uint8Array;
  readonly time: Float64Array;
  readonly start: Int32Array;
  readonly end: Int32Array;
  /** Line of the input (1-based) that the row came from, for messages; 0: from no line. */
  readonly line: Float64Array;
  readonly windowStart: Float64Array;
  readonly windowEnd: Float64Array;
  readonly windowEvery: Float64Array;
  readonly windowCount: Int32Array;
  /** Span in `bytes` of the value of `@pane`; 0, 0: none. */
  readonly paneStart: Int32Array;
  readonly paneEnd: Int32Array;

  constructor(capacity = BATCH_ROWS, byteCapacity = 1 << 16, source = HEAP) {
    this.capacity = capacity;
    this.source = source;
    this.bytes = source.allocate(byteCapacity);
    this.kind = new Uint8Array(capacity);
    this.time = new Float64Array(capacity);
    this.start = new Int32Array(capacity);
    this.end = new Int32Array(capacity);
    this.line = new Float64Array(capacity);
    this.windowStart = new Float64Array(capacity);
    this.windowEnd = new Float64Array(capacity);
    this.windowEvery = new Float64Array(capacity);
    this.windowCount = new Int32Array(capacity);
    this.paneStart = new Int32Array(capacity);
    this.paneEnd = new Int32Array(capacity);
  }

  /** Makes room for `count` bytes behind `used`; `bytes` may be another buffer afterwards. */
  reserve(count: number): void {
    const needed = this.used + count;
    if (needed <= this.bytes.length) return;
    const grown = this.source.allocate(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.used);
    this.source.release(this.bytes);
    this.bytes = grown;
  }

  /** Gives the bytes back, once: the batch is not used again. */
  release(): void {
    if (!this.#released) this.source.release(this.bytes);
    this.#released = true;
  }

  get full(): boolean {
    return this.rows === this.capacity;
  }

  clear(): void {
    this.rows = 0;
    this.used = 0;
    this.found = undefined;
  }

  /** Appends an event in the global window; returns its row. The caller saw that the batch is not full. */
  addEvent(time: number, start: number, end: number, line: number): number {
    const row = this.rows++;
    this.kind[row] = EVENT;
    this.time[row] = time;
    this.start[row] = start;
    this.end[row] = end;
    this.line[row] = line;
    this.windowCount[row] = GLOBAL;
    this.paneStart[row] = 0;
    this.paneEnd[row] = 0;
    return row;
  }

  /** Makes rows [from, rows) events in the global window without a pane: for whoever fills columns as a whole. */
  resetEvents(from: number): void {
    this.kind.fill(EVENT, from, this.rows);
    this.windowCount.fill(GLOBAL, from, this.rows);
    this.paneStart.fill(0, from, this.rows);
    this.paneEnd.fill(0, from, this.rows);
  }

  /** Appends a watermark or a tick. The caller saw that the batch is not full. */
  addTime(kind: typeof WATERMARK | typeof TICK, time: number, line = 0): number {
    const row = this.addEvent(time, 0, 0, line);
    this.kind[row] = kind;
    return row;
  }

  /** Copies the columns of a row of `from` whose bytes are this batch's own (or that has none). */
  addRow(from: Batch, row: number): number {
    const to = this.rows++;
    this.kind[to] = from.kind[row]!;
    this.time[to] = from.time[row]!;
    this.start[to] = from.start[row]!;
    this.end[to] = from.end[row]!;
    this.line[to] = from.line[row]!;
    this.windowStart[to] = from.windowStart[row]!;
    this.windowEnd[to] = from.windowEnd[row]!;
    this.windowEvery[to] = from.windowEvery[row]!;
    this.windowCount[to] = from.windowCount[row]!;
    this.paneStart[to] = from.paneStart[row]!;
    this.paneEnd[to] = from.paneEnd[row]!;
    return to;
  }

  /** Copies a row of another batch, columns and bytes; returns its row here. */
  copyRow(from: Batch, row: number): number {
    const to = this.addRowWithoutMembers(from, row);
    this.start[to] = this.#copyBytes(from, from.start[row]!, from.end[row]!);
    this.end[to] = this.used;
    return to;
  }

  /** Copies the columns and the pane of a row of another batch; its members are still to be written. Returns its row here. */
  addRowWithoutMembers(from: Batch, row: number): number {
    const to = this.addRow(from, row);
    if (from.paneEnd[row]! > 0) {
      this.paneStart[to] = this.#copyBytes(from, from.paneStart[row]!, from.paneEnd[row]!);
      this.paneEnd[to] = this.used;
    }
    return to;
  }

  #copyBytes(from: Batch, start: number, end: number): number {
    this.reserve(end - start);
    const at = this.used;
    from.bytes.copy(this.bytes, at, start, end);
    this.used += end - start;
    return at;
  }
}

/** Where one of the windows of an event starts (ms), which is in several or in one. `index`: from 0. */
export const startOfWindow = ({ windowStart, windowEvery }: Batch, row: number, index: number): number =>
  index === 0 ? windowStart[row]! : windowStart[row]! + Math.max(0, windowEvery[row]!) * index;

/** Where it ends. */
export const endOfWindow = ({ windowEnd, windowEvery }: Batch, row: number, index: number): number =>
  index === 0 ? windowEnd[row]! : windowEnd[row]! + Math.abs(windowEvery[row]!) * index;

/** Whether a batch ends with the watermark behind which no event comes. */
export const endsTime = ({ rows, kind, time }: Batch): boolean =>
  rows > 0 && kind[rows - 1] === WATERMARK && time[rows - 1] === Number.POSITIVE_INFINITY;
