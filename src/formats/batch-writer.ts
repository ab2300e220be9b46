import { Buffer } from 'node:buffer';
import { ByteWriter } from '../json/byte-writer.ts';
import type { Batch } from '../stream/batch.ts';

const NOTHING = Buffer.alloc(0);
const NOBODY = { bytes: NOTHING };

/** Writes behind a batch's `used`: from `open` to `close` the batch's bytes are the writer's. */
export class BatchWriter extends ByteWriter {
  /** Whose bytes they are. */
  #owner: { bytes: Buffer } = NOBODY;

  constructor() {
    super(0);
  }

  /** The batch has the grown bytes at once: who fails before `close` leaves it with none that were given back. */
  override reserve(count: number): void {
    super.reserve(count);
    this.#owner.bytes = this.bytes;
  }

  open(batch: Batch): void {
    this.#owner = batch;
    this.source = batch.source;
    this.bytes = batch.bytes;
    this.length = batch.used;
  }

  close(batch: Batch): void {
    batch.bytes = this.bytes;
    batch.used = this.length;
    this.#owner = NOBODY;
    this.bytes = NOTHING;
  }
}
