import { BATCH_ROWS, Batch } from '../stream/batch.ts';
import { MAIN, type OperatorContext } from './operator.ts';

/** Rows of the main output, collected before they are handed on. */
export class CollectedOutput {
  /** Rows that were not handed on. */
  readonly batch: Batch;
  readonly #context: OperatorContext;
  readonly #bytes: number;

  /** @param bytes of rows that are collected */
  constructor(context: OperatorContext, bytes: number) {
    this.#context = context;
    this.#bytes = bytes;
    this.batch = new Batch(BATCH_ROWS, bytes * 2);
  }

  /** Whether they are to be handed on before another row is added. */
  get isFull(): boolean {
    return this.batch.full || this.batch.used >= this.#bytes;
  }

  /** Adds a row that has no members: a watermark, or a tick. */
  *addTime(from: Batch, row: number): Generator<undefined | Promise<void>, void, void> {
    if (this.batch.full) yield* this.flush();
    this.batch.addRow(from, row);
  }

  *flush(): Generator<undefined | Promise<void>, void, void> {
    if (this.batch.rows === 0) return;
    yield this.#context.emit(MAIN, this.batch);
    this.batch.clear();
  }
}
