import type { Header } from '../stream/marker.ts';
import type { OperatorContext } from './operator.ts';

/** In a stream without end, how far the watermark moves between two reports, ms. */
const REPORT_EVERY = 60_000;

/**
 * Counts events that came when the trigger of their key was finished in a window of theirs, and tells how many there were: at
 * the end; in a stream without end at the first and then once a minute of event time.
 */
export class FinishedReport {
  /** So far, also in the runs before. */
  count = 0;
  readonly #context: OperatorContext;
  /** How many were told last. */
  #told = 0;
  #bounded = true;
  /** In a stream without end: the watermark from which on the next report is due, ms. */
  #nextReport = Number.NEGATIVE_INFINITY;

  constructor(context: OperatorContext) {
    this.#context = context;
  }

  begin({ bounded }: Header): void {
    this.#bounded = bounded;
  }

  /** An event came when the watermark stood there, ms. */
  add(watermark: number): void {
    this.count++;
    this.#context.count('finished', 1);
    if (this.#bounded || watermark < this.#nextReport) return;
    this.#nextReport = Math.max(watermark, -Number.MAX_VALUE) + REPORT_EVERY;
    this.tell();
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
