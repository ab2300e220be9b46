import type { Batch } from '../stream/batch.ts';
import { failureText, type OperandFailure } from './operand-columns.ts';
import { type OperatorContext, REJECTED } from './operator.ts';
import { SideBatch } from './side-batch.ts';

/** Events that cannot be computed with, or that a function refuses: they are counted, the first is told of, and they go to `--rejected-to`. */
export class RejectedEvents {
  /** So far, also in the runs before. */
  count = 0;
  readonly #context: OperatorContext;
  readonly #hint: string;
  readonly #events: SideBatch;
  /** How many were counted in the runs before: what is told is told of this one. */
  #restored = 0;

  /** @param instead what else may be done about them, where there is something, behind `--rejected-to` in the hint */
  constructor(context: OperatorContext, instead?: string) {
    this.#context = context;
    this.#hint = `--rejected-to FILE keeps such events${instead === undefined ? '' : `; ${instead}`}`;
    this.#events = new SideBatch(REJECTED, context);
  }

  /** Takes over the count of the runs before. */
  restore(count: number): void {
    this.count = count;
    this.#restored = count;
  }

  /** @param reason what is wrong with it, for the first */
  add(batch: Batch, row: number, reason: () => string): void {
    this.#context.count('rejected', 1);
    if (++this.count === this.#restored + 1)
      this.#context.notice(
        `${batch.line[row] === 0 ? '' : `line ${batch.line[row]}: `}${reason()}: the event is left out`,
        this.#hint,
      );
    this.#events.add(batch, row);
  }

  /** Where an operand of it cannot be computed. */
  addFailure(batch: Batch, row: number, failure: OperandFailure): void {
    this.add(batch, row, () => failureText(failure));
  }

  flush(): undefined | Promise<void> {
    return this.#events.flush();
  }

  /** Tells at the end how many there were, where there was more than the one that was told of. */
  tell(): void {
    if (this.count > Math.max(1, this.#restored))
      this.#context.notice(`${this.count.toLocaleString('en')} events were left out in all`);
  }
}
