import type { Batch } from '../stream/batch.ts';
import { type OperatorContext, REJECTED } from './operator.ts';
import { SideBatch } from './side-batch.ts';

/** Events that cannot be computed with: counted, the first one told, and kept by `--rejected-to`. The run goes on. */
export class Rejections {
  readonly #context: OperatorContext;
  readonly #events: SideBatch;
  /** So far, in this run. */
  #count = 0;

  constructor(context: OperatorContext) {
    this.#context = context;
    this.#events = new SideBatch(REJECTED, context);
  }

  /** @param reason lower case, no full stop, with the value that is wrong where that helps */
  add(batch: Batch, row: number, reason: string): void {
    this.#context.count('rejected', 1);
    if (++this.#count === 1) {
      const line = batch.line[row]!;
      const place = line === 0 ? '' : `line ${line}: `;
      this.#context.notice(
        `${place}${reason}: the event is left out`,
        '--rejected-to FILE keeps such events',
      );
    }
    this.#events.add(batch, row);
  }

  /** At the end of each batch. */
  flush(): undefined | Promise<void> {
    return this.#events.flush();
  }

  /** At the end of the stream: how many there were, where there was more than the one that was told. */
  tell(): void {
    if (this.#count > 1)
      this.#context.notice(`${this.#count.toLocaleString('en')} events were left out in all`);
  }
}
