import type { Buffer } from 'node:buffer';
import { ByteWriter } from '../json/byte-writer.ts';
import { BATCH_ROWS, Batch } from '../stream/batch.ts';
import { PLAIN_HEADER } from '../stream/header.ts';
import { StreamPrinter } from '../stream/printer.ts';
import { StreamReader } from '../stream/reader.ts';

/** Lines of a snapshot are as long as the stream let them be when they came. */
const ANY_LENGTH = 2 ** 31 - 1;

/** Rows of a snapshot as the lines of a stream: events with their metadata, watermarks and ticks, in their order. */
export class HeldRowsWriter {
  readonly #printer = new StreamPrinter();
  readonly #out = new ByteWriter();
  readonly #batch = new Batch();

  constructor() {
    this.#printer.printMarker({ kind: 'stream', header: PLAIN_HEADER }, this.#out);
  }

  add(from: Batch, row: number): void {
    if (this.#batch.full) this.#print();
    this.#batch.copyRow(from, row);
  }

  /** All rows that were added. */
  finish(): Buffer {
    this.#print();
    return this.#out.view();
  }

  #print(): void {
    this.#printer.printBatch(this.#batch, this.#out);
    this.#batch.clear();
  }
}

/** How far a batch has been dealt with. */
export interface Progress {
  /** The first row that has not. */
  row: number;
}

/** Rows of a snapshot that are dealt with before all that comes, beginning at once. */
export class RestoredRows {
  /** Settles when all of them have been dealt with; rejects as `take` does. */
  readonly done: Promise<void>;
  readonly #batches: Batch[];
  /** In the first batch that is left. */
  #progress: Progress = { row: 0 };

  /**
   * @param bytes what a `HeldRowsWriter` wrote
   * @param take deals with the rows of a batch from `progress.row` on, and counts it up
   * @throws TidemarkError `failed` for what is no stream
   */
  constructor(bytes: Buffer, take: (batch: Batch, progress: Progress) => undefined | Promise<void>) {
    this.#batches = readHeldRows(bytes);
    this.done = this.#run(take);
  }

  /** Shows the rows that have not been dealt with, in their order. */
  visit(see: (batch: Batch, row: number) => void): void {
    let { row } = this.#progress;
    for (const batch of this.#batches) {
      for (; row < batch.rows; row++) see(batch, row);
      row = 0;
    }
  }

  async #run(take: (batch: Batch, progress: Progress) => undefined | Promise<void>): Promise<void> {
    for (let batch = this.#batches[0]; batch !== undefined; batch = this.#batches[0]) {
      await take(batch, this.#progress);
      this.#batches.shift();
      this.#progress = { row: 0 };
    }
  }
}

/**
 * Reads what a `HeldRowsWriter` wrote. The rows are from no line: the input in which they stood is not this one.
 * @throws TidemarkError `failed` for what is no stream
 */
function readHeldRows(bytes: Buffer): Batch[] {
  const reader = new StreamReader({ eof: 'cut', maxLine: ANY_LENGTH, notice: () => {} });
  const batches: Batch[] = [];
  for (let at = 0; at < bytes.length; ) {
    const batch = new Batch(BATCH_ROWS, bytes.length - at);
    batch.used = bytes.copy(batch.bytes, 0, at);
    at += reader.scan(batch, 0, batch.used);
    reader.marker = undefined;
    batch.line.fill(0);
    if (batch.rows > 0) batches.push(batch);
  }
  return batches;
}
