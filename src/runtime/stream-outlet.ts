import type { InnerPipe } from '../connectors/inner-pipe.ts';
import type { Output } from '../connectors/stdout.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import { kernel } from '../kernel/kernel.ts';
import type { Batch } from '../stream/batch.ts';
import type { Marker } from '../stream/marker.ts';
import { StreamPrinter } from '../stream/printer.ts';
import type { Outlet } from './operator-host.ts';

/** Bytes that a batch has room for when it is printed; more are made when it needs them. */
const OUTPUT_BYTES = 1 << 20;

/** Writes a stream as lines to standard output. */
export class StreamOutlet implements Outlet {
  readonly #stdout: Pick<Output, 'write'>;
  readonly #printer = new StreamPrinter();
  readonly #out = new ByteWriter(OUTPUT_BYTES, kernel().buffers);

  constructor(stdout: Pick<Output, 'write'>) {
    this.#stdout = stdout;
  }

  emit(batch: Batch): undefined | Promise<void> {
    this.#out.clear();
    this.#printer.printBatch(batch, this.#out);
    return this.#write();
  }

  emitMarker(marker: Marker): undefined | Promise<void> {
    this.#out.clear();
    this.#printer.printMarker(marker, this.#out);
    return this.#write();
  }

  /** Gives its buffer back: nothing is emitted any more, and all writes have settled. */
  release(): void {
    this.#out.release();
  }

  #write(): undefined | Promise<void> {
    return this.#out.length === 0 ? undefined : this.#stdout.write(this.#out.view());
  }
}

/** Writes a stream as lines to a pipe of the same process. */
export class PipeOutlet implements Outlet {
  readonly #pipe: InnerPipe;
  readonly #lines: StreamOutlet;

  constructor(pipe: InnerPipe) {
    this.#pipe = pipe;
    this.#lines = new StreamOutlet(pipe);
  }

  emit(batch: Batch): undefined | Promise<void> {
    return this.#lines.emit(batch);
  }

  async emitMarker(marker: Marker): Promise<void> {
    await this.#lines.emitMarker(marker);
    if (marker.kind === 'end') await this.#pipe.commit();
  }

  /** As that of `StreamOutlet`. */
  release(): void {
    this.#lines.release();
  }
}

/** Behind a sink there is nothing. */
export const NOWHERE: Outlet = { emit: () => undefined, emitMarker: () => undefined };
