import type { Buffer } from 'node:buffer';
import { HEAP } from '../kernel/memory.ts';
import { BATCH_ROWS, Batch } from '../stream/batch.ts';
import { MemberColumn } from '../stream/projection.ts';

/** Told for every record that cannot be read; throws when rejects are fatal. */
export interface Rejects {
  /**
   * @param line 1-based line in the location where the record begins
   * @param column 1-based byte column of what is wrong, 0 when it is the whole line
   * @param reason lower case, no full stop: `a string is not closed`
   * @param bytes the record as it came is bytes[start, end), without the line end
   */
  reject(line: number, column: number, reason: string, bytes: Buffer, start: number, end: number): void;
}

/**
 * Turns the bytes of one location into records. The batch's `bytes` are the block itself (raw bytes in
 * [0, cut), whole lines unless `last`), `used` lies behind them; a record that is already JSON stays where
 * it is, any other is written behind `used`. For each record a row is added by `addRecord`: members without
 * braces, metadata names escaped (tm-stream(5)), and the span of the value that is its time in `timeStart/timeEnd`
 * (JSON text in the same bytes; 0, 0 where there is none).
 */
export interface RecordReader {
  /**
   * Reads records from bytes[from, cut) until they are used up or the batch is full.
   * @param last nothing follows: what stands without a line end is a record too
   * @returns the index of the first byte that was not consumed (a record that is not whole stays)
   */
  read(batch: RecordBatch, from: number, cut: number, last: boolean): number;
  /** Lines that were read so far, and those before them. */
  readonly lines: number;
}

/** What a reader knows besides the bytes that follow: JSON. */
export interface ReaderState {
  /** The line that was read last, 1-based; 0 before the first. */
  readonly line: number;
  /** Nothing was read yet: a byte order mark may come. */
  readonly fresh: boolean;
  /** Inside a line that was rejected for its length. */
  readonly passing: boolean;
  /** csv, tsv: lines at the start that are still to be passed over. */
  readonly toSkip?: number;
  /** csv, tsv: names of the columns, once they are known. */
  readonly columns?: readonly string[];
  /** What a source module has said of its place. */
  readonly module?: unknown;
}

/** A reader that another one can go on for, in another process. */
export interface ResumableReader extends RecordReader {
  /** What it knows between two calls of `read`. */
  save(): ReaderState;
  /** Goes on where another reader of the same options has saved: called before the first `read`. */
  restore(state: ReaderState): void;
}

/**
 * A batch of records whose time has not been read yet: the span of its JSON value is in `timeStart/timeEnd`
 * (0, 0: the record has none). A format that knows the time itself puts it into `time` instead of NaN.
 */
export class RecordBatch extends Batch {
  readonly timeStart: Int32Array;
  readonly timeEnd: Int32Array;
  /** The record as it came, without its line end: what a later step that rejects it hands over. */
  readonly rawStart: Int32Array;
  readonly rawEnd: Int32Array;

  /** The members that operators want, … */
  readonly members: readonly MemberColumn[];
  /** … and of how many rows, from the first on, they are known. */
  known = 0;
  /** Of records that are held to a schema: 0 where the reader has seen that one fits, 1 where it is to be looked at. */
  readonly doubtful: Uint8Array;

  /** @param members how many members operators want of each record */
  constructor(capacity = BATCH_ROWS / 2 - 1, byteCapacity = 1 << 16, source = HEAP, members = 0) {
    super(capacity, byteCapacity, source);
    this.members = Array.from({ length: members }, () => new MemberColumn(capacity));
    this.timeStart = new Int32Array(capacity);
    this.timeEnd = new Int32Array(capacity);
    this.rawStart = new Int32Array(capacity);
    this.rawEnd = new Int32Array(capacity);
    this.doubtful = new Uint8Array(capacity);
  }

  /** Appends a record; the caller saw that the batch is not full. */
  addRecord(
    start: number,
    end: number,
    line: number,
    time: number,
    timeStart: number,
    timeEnd: number,
    rawStart = start,
    rawEnd = end,
  ): void {
    const row = this.addEvent(time, start, end, line);
    this.timeStart[row] = timeStart;
    this.timeEnd[row] = timeEnd;
    this.rawStart[row] = rawStart;
    this.rawEnd[row] = rawEnd;
    this.doubtful[row] = 1;
  }

  override clear(): void {
    super.clear();
    this.known = 0;
  }

  /** Puts a record into the place of an earlier one, which is given up. */
  moveRecord(from: number, to: number): void {
    if (from === to) return;
    this.known = 0;
    this.kind[to] = this.kind[from]!;
    this.time[to] = this.time[from]!;
    this.start[to] = this.start[from]!;
    this.end[to] = this.end[from]!;
    this.line[to] = this.line[from]!;
    this.timeStart[to] = this.timeStart[from]!;
    this.timeEnd[to] = this.timeEnd[from]!;
    this.rawStart[to] = this.rawStart[from]!;
    this.rawEnd[to] = this.rawEnd[from]!;
    this.doubtful[to] = this.doubtful[from]!;
  }
}
