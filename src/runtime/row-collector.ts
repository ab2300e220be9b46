import { kernel } from '../kernel/kernel.ts';
import type { Operator } from '../operators/operator.ts';
import { settle } from '../operators/work.ts';
import { BATCH_ROWS, Batch } from '../stream/batch.ts';

/** So many rows are handed on as they lie; fewer are copied and collected, for a call costs more than they do. */
const MANY = 64;
/** Bytes of collected rows. */
const COLLECTED_BYTES = 1 << 18;

/** Hands an operator the rows that inputs bring, a piece of a batch at a time: small pieces together. */
export class RowCollector {
  readonly #mixed: boolean;
  readonly #operator: Operator;
  /** Copies of rows that were not handed on; from the first on, until `release`. */
  #collected: Batch | undefined;
  /** The input that they are of. */
  #input = 0;
  /** Rows of a batch that stand in its bytes. */
  readonly #piece = new Batch(BATCH_ROWS, 0);

  /** @param mixed rows of several inputs may stand in one batch */
  constructor(mixed: boolean, operator: Operator) {
    this.#mixed = mixed;
    this.#operator = operator;
  }

  /** Takes rows [from, to) of a batch, which is in use until what is returned settles. */
  add(input: number, batch: Batch, from: number, to: number): undefined | Promise<void> {
    const whole = from === 0 && to === batch.rows;
    const none = (this.#collected?.rows ?? 0) === 0;
    if (to - from >= MANY || (whole && none)) {
      const flushed = this.flush();
      const hand = (): undefined | Promise<void> =>
        settle(this.#operator.onBatch(input, whole ? batch : this.#pieceOf(batch, from, to)));
      return flushed === undefined ? hand() : flushed.then(hand);
    }
    const flushed = this.#fits(input, to - from) ? undefined : this.flush();
    if (flushed === undefined) {
      this.#collect(input, batch, from, to);
      return undefined;
    }
    return flushed.then(() => this.#collect(input, batch, from, to));
  }

  /** Hands on what was collected. */
  flush(): undefined | Promise<void> {
    const collected = this.#collected;
    if (collected === undefined || collected.rows === 0) return undefined;
    const taken = settle(this.#operator.onBatch(this.#input, collected));
    if (taken !== undefined) return taken.then(() => collected.clear());
    collected.clear();
    return undefined;
  }

  /** Gives its memory back: nothing is handed on any more. */
  release(): void {
    this.#collected?.release();
    this.#collected = undefined;
  }

  #fits(input: number, count: number): boolean {
    const collected = this.#collected;
    if (collected === undefined || collected.rows === 0) return true;
    if (!this.#mixed && input !== this.#input) return false;
    return collected.rows + count <= collected.capacity && collected.used < COLLECTED_BYTES;
  }

  #collect(input: number, batch: Batch, from: number, to: number): void {
    this.#collected ??= new Batch(undefined, COLLECTED_BYTES, kernel().buffers);
    this.#input = input;
    for (let row = from; row < to; row++) this.#collected.copyRow(batch, row);
  }

  #pieceOf(batch: Batch, from: number, to: number): Batch {
    const piece = this.#piece;
    piece.bytes = batch.bytes;
    piece.used = batch.used;
    piece.rows = 0;
    for (let row = from; row < to; row++) piece.addRow(batch, row);
    return piece;
  }
}
