import type { EpochTarget } from '../connectors/connector.ts';
import { epochTarget } from '../connectors/epoch-target.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import type { Leaf } from '../operators/operator.ts';
import type { TargetNotes } from '../state/snapshot.ts';
import { Batch, endsTime, WATERMARK } from '../stream/batch.ts';
import type { EndReason, Header } from '../stream/marker.ts';
import { StreamPrinter } from '../stream/printer.ts';

/**
 * A side output that is kept over runs: one stream in one file, of which each epoch is written exactly once. Between
 * two runs it ends as suspended; the next run takes that line off and goes on.
 */
export class KeptSide implements Leaf {
  readonly #target: EpochTarget;
  readonly #printer = new StreamPrinter();
  readonly #out = new ByteWriter();
  readonly #header: Header;
  /** The stream is complete, and its end stands in the file. */
  #complete = false;
  /** Its last watermark does: a branch has its own. */
  #timeEnded = false;

  /** @param header of this run; that of the first stands in the file */
  constructor(path: string, header: Header) {
    this.#target = epochTarget(path, 'overwrite');
    this.#header = header;
  }

  async recover(saved: unknown, notes: TargetNotes): Promise<void> {
    await this.#target.recover(saved, notes);
    if (saved !== undefined) return;
    // A file does not show where state is kept.
    const { state: _state, ...plain } = this.#header;
    this.#printer.printMarker({ kind: 'stream', header: plain }, this.#out);
    await this.#write();
  }

  emit(batch: Batch): undefined | Promise<void> {
    if (endsTime(batch)) this.#timeEnded = true;
    this.#printer.printBatch(batch, this.#out);
    return this.#write();
  }

  /** The stream has had its last watermark: the end is part of the epoch that ends now. */
  async complete(): Promise<void> {
    if (this.#complete) return;
    this.#complete = true;
    if (!this.#timeEnded) {
      const end = new Batch(1, 0);
      end.addTime(WATERMARK, Number.POSITIVE_INFINITY);
      this.#printer.printBatch(end, this.#out);
    }
    this.#printer.printMarker({ kind: 'end', reason: 'drained' }, this.#out);
    await this.#write();
  }

  prepare(epoch: number): Promise<unknown> {
    return this.#target.prepare(epoch);
  }

  publish(epoch: number): Promise<void> {
    return this.#target.publish(epoch);
  }

  /** The run is at its end, and all that was prepared counts. */
  async end(reason: EndReason): Promise<void> {
    if (reason === 'suspended') this.#printer.printMarker({ kind: 'end', reason }, this.#out);
    await this.#target.end(this.#out.view());
    this.#out.clear();
    await this.close();
  }

  close(): Promise<void> {
    return this.#target.close();
  }

  #write(): undefined | Promise<void> {
    const written = this.#target.write(this.#out.view());
    if (written === undefined) this.#out.clear();
    else return written.then(() => this.#out.clear());
    return undefined;
  }
}
