import type { ProgramPlace } from '../commands/stage.ts';
import type { Target } from '../connectors/connector.ts';
import { openFileTarget } from '../connectors/file-target.ts';
import { ReaderClosed } from '../connectors/stdout.ts';
import { TidemarkError } from '../errors.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import { Batch, WATERMARK } from '../stream/batch.ts';
import type { Header } from '../stream/marker.ts';
import { StreamPrinter } from '../stream/printer.ts';

/**
 * A side output to a file (`--late-to` and its kin): a stream of its own, whole or absent like every bounded
 * target; in a stream without end it grows in place.
 */
export class SideOutput {
  readonly #path: string;
  readonly #place: ProgramPlace | undefined;
  readonly #printer = new StreamPrinter();
  readonly #out = new ByteWriter();
  #target: Target | undefined;

  /** @param place in the program, for which the path stands; undefined: it is a file */
  constructor(path: string, place: ProgramPlace | undefined) {
    this.#path = path;
    this.#place = place;
  }

  async begin(header: Header): Promise<void> {
    // Of a run that has nothing to do the file is left alone: what it holds is another run's.
    if (this.#target !== undefined || header.other.skipped === true) return;
    this.#target =
      this.#place?.open() ??
      (await openFileTarget(this.#path, { mode: 'overwrite', bounded: header.bounded }));
    this.#printer.printMarker({ kind: 'stream', header }, this.#out);
    await this.#write();
  }

  emit(batch: Batch): undefined | Promise<void> {
    this.#printer.printBatch(batch, this.#out);
    return this.#write();
  }

  #write(): undefined | Promise<void> {
    try {
      const written = this.#target!.write(this.#out.view());
      if (written === undefined) this.#out.clear();
      else
        return written.then(
          () => this.#out.clear(),
          (error) => this.#lost(error),
        );
      return undefined;
    } catch (error) {
      return this.#lost(error);
    }
  }

  /** In the program somebody has left it unread, and is told; who reads a FIFO has told why. */
  #lost(error: unknown): never {
    if (this.#place === undefined || !(error instanceof ReaderClosed)) throw error;
    throw new TidemarkError('failed', `${this.#path}: its reader has closed before the end`, {
      hint: 'events that belong there would be lost: read it to the end',
      cause: error,
    });
  }

  /** The stream was complete, or what there is of it is whole. */
  async commit(reason: 'drained' | 'suspended'): Promise<void> {
    if (reason === 'drained') {
      const end = new Batch(1, 0);
      end.addTime(WATERMARK, Number.POSITIVE_INFINITY);
      this.#printer.printBatch(end, this.#out);
    }
    this.#printer.printMarker({ kind: 'end', reason }, this.#out);
    await this.#write();
    await this.#target!.commit();
  }

  async abandon(): Promise<void> {
    await this.#target?.abandon();
  }
}
