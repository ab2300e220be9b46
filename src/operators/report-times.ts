import type { Header } from '../stream/marker.ts';

/** In a stream without end, how far the watermark moves between two reports, ms. */
const REPORT_EVERY = 60_000;

/**
 * When events that are left out are told of before the end: in a stream without one at the first, and then once a minute of
 * event time.
 */
export class ReportTimes {
  /** The watermark from which on the next report is due, ms. */
  next = Number.NEGATIVE_INFINITY;
  #bounded = true;

  begin({ bounded }: Header): void {
    this.#bounded = bounded;
  }

  /** Whether a report is due at a watermark, ms; then it is made. */
  isDue(watermark: number): boolean {
    if (this.#bounded || watermark < this.next) return false;
    this.next = Math.max(watermark, -Number.MAX_VALUE) + REPORT_EVERY;
    return true;
  }
}

/** `1 event was`, `1,200 events were` */
export const eventsWere = (count: number): string =>
  count === 1 ? '1 event was' : `${count.toLocaleString('en')} events were`;
