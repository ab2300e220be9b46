import { Buffer } from 'node:buffer';
import { ByteWriter } from '../json/byte-writer.ts';
import type { Batch } from '../stream/batch.ts';

const NOTHING = Buffer.alloc(0);

/** Writes behind a batch's `used`: from `open` to `close` the batch's bytes are the writer's. */
export class BatchWriter extends ByteWriter {
  constructor() {
    super(0);
  }

  open(batch: Batch): void {
    this.source = batch.source;
    this.bytes = batch.bytes;
    this.length = batch.used;
  }

  close(batch: Batch): void {
    batch.bytes = this.bytes;
    batch.used = this.length;
    this.bytes = NOTHING;
  }
}
