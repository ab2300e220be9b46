import type { Header } from '../stream/marker.ts';
import type { OperatorContext } from './operator.ts';
import { eventsWere, ReportTimes } from './report-times.ts';

/**
 * Counts events that came when the trigger of their key was finished in a window of theirs, and tells how many there were: at
 * the end, and when `ReportTimes` says so.
 */
export class FinishedReport {
  /** So far, also in the runs before. */
  count = 0;
  readonly #context: OperatorContext;
  /** How many were told last. */
  #told = 0;
  readonly #times = new ReportTimes();

  constructor(context: OperatorContext) {
    this.#context = context;
  }

  begin(header: Header): void {
    this.#times.begin(header);
  }

  /** An event came when the watermark stood there, ms. */
  add(watermark: number): void {
    this.count++;
    this.#context.count('finished', 1);
    if (this.#times.isDue(watermark)) this.tell();
  }

  /** Takes over the count of the runs before. */
  restore(count: number): void {
    this.count = count;
    this.#told = count;
  }

  tell(): void {
    if (this.count === this.#told) return;
    this.#told = this.count;
    this.#context.notice(
      `${eventsWere(this.count)} left out: the trigger was finished in the window`,
      '--late-to FILE keeps such events; repeat(…) around the trigger goes on firing',
    );
  }
}
