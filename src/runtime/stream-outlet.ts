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
  readonly #stdout: Output;
  readonly #printer = new StreamPrinter();
  readonly #out = new ByteWriter(OUTPUT_BYTES, kernel().buffers);

  constructor(stdout: Output) {
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

/** Behind a sink there is nothing. */
export const NOWHERE: Outlet = { emit: () => undefined, emitMarker: () => undefined };
