import type { OperatorContext } from './operator.ts';

/** Counts events that came when the trigger of their key was finished in a window of theirs, and tells how many there were. */
export class FinishedReport {
  /** So far, also in the runs before. */
  count = 0;
  readonly #context: OperatorContext;
  /** How many were told last. */
  #told = 0;

  constructor(context: OperatorContext) {
    this.#context = context;
  }

  add(): void {
    this.count++;
    this.#context.count('finished', 1);
  }

  /** Takes over the count of the runs before. */
  restore(count: number): void {
    this.count = count;
    this.#told = count;
  }

  tell(): void {
    if (this.count === this.#told) return;
    this.#told = this.count;
    const events = this.count === 1 ? '1 event was' : `${this.count.toLocaleString('en')} events were`;
    this.#context.notice(
      `${events} left out: the trigger was finished in the window`,
      '--late-to FILE keeps such events; repeat(…) around the trigger goes on firing',
    );
  }
}
