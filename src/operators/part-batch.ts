import { Buffer } from 'node:buffer';
import { kernel } from '../kernel/kernel.ts';
import { BATCH_ROWS, Batch } from '../stream/batch.ts';
import type { CombineTally } from './combine.ts';

/** What a batch of partial results stands for. */
export interface PartOrigin {
  readonly tally: CombineTally;
  /** Events and watermarks, each a line of a stream. */
  readonly lines: number;
  /** Where the watermark stands behind them, ms. */
  readonly watermark: number;
}

const NOTHING: CombineTally = { events: 0, late: 0, latest: 0, seen: [], first: [] };

/**
 * Partial results, as `combine --partial` writes them, and watermarks, in place of the events that another thread
 * has combined: what stands between the source and `CombineBlocks` passes it on as it is.
 */
export class PartBatch extends Batch implements PartOrigin {
  tally = NOTHING;
  lines = 0;
  watermark = Number.NEGATIVE_INFINITY;

  constructor() {
    super(BATCH_ROWS, 1 << 16, kernel().buffers);
  }
}

/** Numbers at the start of the bytes of `PartWriter`: rows, and bytes of their members. */
const HEAD = 8;
/** Bytes of a row's columns. */
const ROW = 34;

/** Copies of the rows of many batches, to be handed to another thread as one piece of memory. */
export class PartWriter {
  #rows = 0;
  /** Columns and members, in pieces: those of a batch are together. */
  #pieces: Batch[] = [];

  /** Appends the rows of a batch: partial results in one window or the global one, and watermarks. */
  add(batch: Batch): void {
    const piece = new Batch(batch.rows, batch.used);
    for (let row = 0; row < batch.rows; row++) piece.addRow(batch, row);
    batch.bytes.copy(piece.bytes, 0, 0, batch.used);
    piece.used = batch.used;
    this.#rows += batch.rows;
    this.#pieces.push(piece);
  }

  clear(): void {
    this.#rows = 0;
    this.#pieces = [];
  }

  /** All rows, in order: times and windows, spans, kinds and counts of windows, members. */
  take(): ArrayBuffer {
    const pieces = this.#pieces;
    const rows = this.#rows;
    this.clear();
    const used = pieces.reduce((sum, piece) => sum + piece.used, 0);
    const memory = new ArrayBuffer(HEAD + rows * ROW + used);
    new Int32Array(memory, 0, 2).set([rows, used]);
    const to = columnsOf(memory, rows);
    let at = 0;
    let base = 0;
    for (const piece of pieces) {
      const { rows: count } = piece;
      for (const name of ['time', 'windowStart', 'windowEnd', 'kind'] as const)
        to[name].set(piece[name].subarray(0, count), at);
      for (let row = 0; row < count; row++) {
        to.start[at + row] = piece.start[row]! + base;
        to.end[at + row] = piece.end[row]! + base;
        to.windowCount[at + row] = piece.windowCount[row]!;
      }
      piece.bytes.copy(to.bytes, base, 0, piece.used);
      base += piece.used;
      at += count;
    }
    return memory;
  }
}

const columnsOf = (memory: ArrayBuffer, rows: number) => {
  const spans = HEAD + rows * 24;
  const kinds = spans + rows * 8;
  return {
    time: new Float64Array(memory, HEAD, rows),
    windowStart: new Float64Array(memory, HEAD + rows * 8, rows),
    windowEnd: new Float64Array(memory, HEAD + rows * 16, rows),
    start: new Int32Array(memory, spans, rows),
    end: new Int32Array(memory, spans + rows * 4, rows),
    kind: new Uint8Array(memory, kinds, rows),
    windowCount: new Uint8Array(memory, kinds + rows, rows),
    bytes: Buffer.from(memory, HEAD + rows * ROW),
  };
};

/**
 * Fills `batch` with the rows that a `PartWriter` gave, as often as it takes: at least once. What they stand for is
 * told with the last.
 */
export function* partBatches(
  memory: ArrayBuffer,
  origin: PartOrigin,
  batch: PartBatch,
): Generator<PartBatch> {
  const [rows = 0, used = 0] = new Int32Array(memory, 0, 2);
  const from = columnsOf(memory, rows);
  batch.clear();
  batch.reserve(used);
  from.bytes.copy(batch.bytes);
  for (let first = 0; ; first += BATCH_ROWS) {
    const behind = Math.min(first + BATCH_ROWS, rows);
    batch.used = used;
    batch.rows = behind - first;
    batch.resetEvents(0);
    batch.line.fill(0, 0, batch.rows);
    for (const name of ['time', 'windowStart', 'windowEnd', 'start', 'end', 'kind', 'windowCount'] as const)
      batch[name].set(from[name].subarray(first, behind));
    const last = behind === rows;
    batch.tally = last ? origin.tally : NOTHING;
    batch.lines = last ? origin.lines : 0;
    batch.watermark = origin.watermark;
    yield batch;
    if (last) return;
  }
}
