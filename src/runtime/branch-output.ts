import type { ProgramPlace } from '../commands/stage.ts';
import type { Target } from '../connectors/connector.ts';
import { isLive, openFileTarget } from '../connectors/file-target.ts';
import { ReaderClosed } from '../connectors/stdout.ts';
import { TidemarkError } from '../errors.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import { Batch, endsTime, WATERMARK } from '../stream/batch.ts';
import { throughCommand } from '../stream/header.ts';
import type { EndReason, Header, Marker } from '../stream/marker.ts';
import { StreamPrinter } from '../stream/printer.ts';

/**
 * One branch of a stream: what an operator emits to an output from `BRANCH` on (`operators/operator.ts`), as a stream of
 * its own in a file, a FIFO or an open descriptor (`>(…)`).
 *
 * For a new command that branches: its stage names places in `branches`, and its operator emits rows to `BRANCH + index`,
 * watermarks and ticks among them (`operators/branch-rows.ts` divides a batch so). It hands markers to MAIN alone. All else
 * is done here and by `OperatorHost`: the header with the branch's id goes before the first row, an idle marker goes to
 * all branches, and the end to all of them before it goes to MAIN. Where the source keeps state a `KeptSide` stands in
 * place of this, so that each epoch is in the file exactly once.
 *
 * A file is there whole or not at all, where the stream is bounded; a FIFO and a descriptor get each batch at once, and
 * hold the stream up while their reader is slow.
 */
export class BranchOutput {
  readonly #place: string;
  readonly #inProgram: ProgramPlace | undefined;
  readonly #id: string;
  readonly #whenClosed: 'drop' | 'fail';
  readonly #command: string;
  readonly #printer = new StreamPrinter();
  readonly #out = new ByteWriter();
  /** From `begin` until it is committed or given up, or its reader has closed. */
  #target: Target | undefined;
  #begun = false;
  /** The watermark behind which nothing comes has been written. */
  #complete = false;

  /**
   * @param id of the branch: `branchId`
   * @param whenClosed what becomes of rows whose reader has gone: see `Branches`
   * @param inProgram what `place` stands for; undefined: it is a file
   */
  constructor(
    place: string,
    id: string,
    command: string,
    whenClosed: 'drop' | 'fail',
    inProgram?: ProgramPlace,
  ) {
    this.#place = place;
    this.#inProgram = inProgram;
    this.#id = id;
    this.#command = command;
    this.#whenClosed = whenClosed;
  }

  /**
   * Opens the place and writes the header; waits for the reader of a FIFO. Of a run that has nothing to do the files are
   * left alone: what they hold is another run's.
   * @param header of the stream that branches
   * @throws TidemarkError `failed` where the place cannot be written
   */
  async begin(header: Header): Promise<void> {
    const isOut = this.#inProgram !== undefined || isLive(this.#place);
    if (this.#begun || (header.other.skipped === true && !isOut)) return;
    this.#begun = true;
    this.#target =
      this.#inProgram?.open() ??
      (await openFileTarget(this.#place, { mode: 'overwrite', bounded: header.bounded }));
    const plain = branchHeader(header, this.#command, this.#id);
    // What goes elsewhere in the same run is of its epochs.
    const own =
      this.#inProgram === undefined || header.state === undefined ? plain : { ...plain, state: header.state };
    this.#printer.printMarker({ kind: 'stream', header: own }, this.#out);
    await this.#write();
  }

  /** Rows of the branch. They have been printed when this returns: the promise is back-pressure alone. */
  emit(batch: Batch): undefined | Promise<void> {
    if (this.#target === undefined) return undefined;
    if (endsTime(batch)) this.#complete = true;
    this.#printer.printBatch(batch, this.#out);
    return this.#write();
  }

  idle(): undefined | Promise<void> {
    this.#printer.printMarker({ kind: 'idle' }, this.#out);
    return this.#write();
  }

  /**
   * Of a branch that goes elsewhere in a run that keeps state.
   * @param complete the stream that branches has had its last watermark: that of the branch belongs to the same epoch
   */
  barrier(barrier: Marker, complete: boolean): undefined | Promise<void> {
    if (complete) this.#endTime();
    this.#printer.printMarker(barrier, this.#out);
    return this.#write();
  }

  #endTime(): void {
    if (this.#complete) return;
    this.#complete = true;
    const end = new Batch(1, 0);
    end.addTime(WATERMARK, Number.POSITIVE_INFINITY);
    this.#printer.printBatch(end, this.#out);
  }

  /** The stream has its end, and what there is of it is whole. */
  async commit(reason: EndReason): Promise<void> {
    if (reason === 'drained') this.#endTime();
    this.#printer.printMarker({ kind: 'end', reason }, this.#out);
    await this.#write();
    const target = this.#target;
    this.#target = undefined;
    try {
      await target?.commit();
    } catch (error) {
      this.#lost(error);
    }
  }

  async abandon(): Promise<void> {
    await this.#target?.abandon();
    this.#target = undefined;
  }

  #write(): undefined | Promise<void> {
    const target = this.#target;
    const out = this.#out;
    try {
      const written = target?.write(out.view());
      if (written === undefined) {
        out.clear();
        return undefined;
      }
      return written.then(
        () => out.clear(),
        (error) => this.#closed(error),
      );
    } catch (error) {
      return this.#closed(error);
    }
  }

  /** Nobody reads the branch any more: it gets nothing more. */
  async #closed(error: unknown): Promise<void> {
    this.#out.clear();
    await this.abandon();
    this.#lost(error);
  }

  /** @throws the error, unless it says that a reader has gone who may do so */
  #lost(error: unknown): void {
    if (!(error instanceof ReaderClosed)) throw error;
    if (this.#whenClosed === 'drop') return;
    throw new TidemarkError('failed', `${this.#place}: its reader has closed before the end of its part`, {
      hint: 'events that belong there would be lost: it has said why, or see to it that it reads to the end',
      cause: error,
    });
  }
}

/**
 * The id of a branch: the command that makes it, numbered where the stream has been through one of that name before, and
 * the index of its place, behind the id of the branch that it is of: `tee.0`, `tee-2.0`, `tee.0.partition.3`.
 */
export function branchId({ branch, commands }: Header, command: string, index: number): string {
  const before = commands.filter((name) => name === command).length;
  const own = `${command}${before === 0 ? '' : `-${before + 1}`}.${index}`;
  return branch === '' ? own : `${branch}.${own}`;
}

/** The header of a branch that a file gets. It does not show where state is kept: what reads it is no stage of that run. */
export function branchHeader(header: Header, command: string, id: string): Header {
  const { state: _state, ...plain } = throughCommand(header, command);
  return { ...plain, branch: id };
}
