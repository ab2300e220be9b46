import { ByteWriter } from '../json/byte-writer.ts';
import { kernel } from '../kernel/kernel.ts';
import { addressOf } from '../kernel/staging.ts';
import type { Batch } from './batch.ts';

/** Where lines are printed that go to a buffer of JavaScript's; grown by the largest batch, never freed. */
let staged: ByteWriter | undefined;

/** One batch that the kernel prints: its columns are handed over, and what is printed is put where it belongs. */
export class KernelPrinting {
  /** Where the kernel prints to. */
  readonly target: ByteWriter;
  /** Address of the batch's bytes. */
  readonly base: number;
  readonly #out: ByteWriter;

  /** @param rows how many rows are handed over */
  constructor(batch: Batch, rows: number, out: ByteWriter) {
    const { columns } = kernel();
    for (const name of ['kind', 'time', 'start', 'end', 'windowStart', 'windowEnd', 'windowEvery'] as const)
      columns[name].set(batch[name].subarray(0, rows));
    columns.windowCount.set(batch.windowCount.subarray(0, rows));
    columns.paneEnd.set(batch.paneEnd.subarray(0, rows));
    this.#out = out;
    this.target = out.inKernel ? out : stagedWriter();
    this.base = addressOf(batch.bytes);
  }

  /** All rows are printed. */
  finish(): void {
    if (this.target !== this.#out) this.#out.copy(this.target.bytes, 0, this.target.length);
  }
}

function stagedWriter(): ByteWriter {
  staged ??= new ByteWriter(1 << 16, kernel().buffers);
  staged.clear();
  return staged;
}
