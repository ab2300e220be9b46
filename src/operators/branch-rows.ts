import { BATCH_ROWS, Batch, EVENT, TICK, WATERMARK } from '../stream/batch.ts';
import { BRANCH, type OperatorContext } from './operator.ts';

/** The row goes to no branch. */
export const NO_BRANCH = -1;

/**
 * Divides the events of batches among branches, in their order, with all watermarks and ticks in each. No byte is copied:
 * the rows of a branch stand in the bytes of the batch that they came in.
 */
export class BranchRows {
  /** The branch of each row of the batch at hand, from 0 on, or -1 for none; read for events alone. */
  readonly target = new Int32Array(BATCH_ROWS);
  readonly #context: OperatorContext;
  /** The first and last event of each branch, in lists through `#next`; -1: it has none. */
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  readonly #next = new Int32Array(BATCH_ROWS);
  /** Rows with watermarks and ticks. */
  readonly #times = new Int32Array(BATCH_ROWS);
  /** The rows of one branch. */
  readonly #part = new Batch(BATCH_ROWS, 0);

  /** @param branches how many there are */
  constructor(branches: number, context: OperatorContext) {
    this.#context = context;
    this.#first = new Int32Array(branches);
    this.#last = new Int32Array(branches);
  }

  /** Hands each branch its rows, as `target` says; one that is slow does not keep the others from theirs. */
  emit(batch: Batch): undefined | Promise<void> {
    const times = this.#list(batch);
    const pending: Promise<void>[] = [];
    for (let branch = 0; branch < this.#first.length; branch++) {
      const first = this.#first[branch]!;
      if (first < 0 && times === 0) continue;
      this.#gather(batch, first, times);
      // What is emitted to a branch has been printed when the call returns: the part is used again.
      const emitted = this.#context.emit(BRANCH + branch, this.#part);
      if (emitted !== undefined) pending.push(emitted);
    }
    return pending.length === 0 ? undefined : all(pending);
  }

  /** Puts the events in the lists of their branches; returns how many other rows there are. */
  #list({ rows, kind }: Batch): number {
    const first = this.#first.fill(-1);
    const last = this.#last;
    const next = this.#next;
    let times = 0;
    for (let row = 0; row < rows; row++) {
      if (kind[row] === WATERMARK || kind[row] === TICK) this.#times[times++] = row;
      if (kind[row] !== EVENT) continue;
      const branch = this.target[row]!;
      if (branch === NO_BRANCH) continue;
      next[row] = -1;
      if (first[branch]! < 0) first[branch] = row;
      else next[last[branch]!] = row;
      last[branch] = row;
    }
    return times;
  }

  #gather(batch: Batch, first: number, times: number): void {
    const part = this.#part;
    part.rows = 0;
    part.bytes = batch.bytes;
    part.used = batch.used;
    let time = 0;
    for (let row = first; row >= 0; row = this.#next[row]!) {
      for (; time < times && this.#times[time]! < row; time++) part.addRow(batch, this.#times[time]!);
      part.addRow(batch, row);
    }
    for (; time < times; time++) part.addRow(batch, this.#times[time]!);
  }
}

/** Settles when all have; rejects as the first does that rejects. */
export async function all(pending: readonly Promise<void>[]): Promise<void> {
  await Promise.all(pending);
}
