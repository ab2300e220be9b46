import type { RecordBatch, Rejects } from '../formats/format.ts';
import { type Batch, WATERMARK } from '../stream/batch.ts';
import { MAX_INSTANT, MIN_INSTANT } from '../time/instant.ts';
import { explainTime, type TimeReader } from '../time/time-format.ts';

/** Where the time of an event comes from. */
export type TimeOrigin =
  /** A member, read by `reader` of the time format `format`; or the format's own time where the format sets it. */
  | { readonly kind: 'record'; readonly field: string; readonly format: string; readonly reader: TimeReader }
  /** The processing time at which it arrived. */
  | { readonly kind: 'arrival'; now(): number }
  /** No time: all events are at 0000-01-01T00:00:00.000Z, in the global window. */
  | { readonly kind: 'none' };

type RecordOrigin = Extract<TimeOrigin, { kind: 'record' }>;

/** The instant of events that have no time, ms. */
const NO_TIME = MIN_INSTANT;

export interface EventTimeOptions {
  readonly origin: TimeOrigin;
  /** Bound of disorder, ms; undefined: no watermark before the end. */
  readonly delay: number | undefined;
  /** How far the watermark advances between two markers, ms. */
  readonly every: number;
  readonly rejects: Rejects;
}

/**
 * Gives records their event time, and the stream its watermarks: the highest time seen minus the delay
 * (bounded out-of-orderness), written event by event whenever it has advanced by `every`, so that neither
 * blocks nor speed show. A location that has not been read holds the watermark back, so that only the last
 * location moves it.
 */
export class EventTime {
  readonly #options: EventTimeOptions;
  /** Highest event time of the location that is read, ms. */
  #highest = Number.NEGATIVE_INFINITY;
  /** The watermark written last, ms. */
  #watermark = Number.NEGATIVE_INFINITY;
  /** Whether all other locations have been read: only then does the watermark move. */
  #lastLocation = false;

  constructor(options: EventTimeOptions) {
    this.#options = options;
  }

  beginLocation(last: boolean): void {
    this.#highest = Number.NEGATIVE_INFINITY;
    this.#lastLocation = last;
  }

  /**
   * Appends the records as events, with watermarks between them, to `out`, which shares their bytes and has
   * room for two rows a record. What is behind the `limit`th event is left out.
   * @returns the number of events
   */
  stamp(records: RecordBatch, out: Batch, limit: number): number {
    const { origin, delay, every } = this.#options;
    const arrival = origin.kind === 'arrival' ? origin.now() : NO_TIME;
    let events = 0;
    for (let row = 0; row < records.rows && events < limit; row++) {
      let time = arrival;
      if (origin.kind === 'record') {
        time = records.time[row]!;
        if (Number.isNaN(time)) time = this.#read(records, row, origin.reader);
        if (!(time >= MIN_INSTANT && time <= MAX_INSTANT)) {
          this.#reject(records, row, origin, time);
          continue;
        }
      }
      events++;
      out.addEvent(time, records.start[row]!, records.end[row]!, records.line[row]!);
      if (delay === undefined || !this.#lastLocation || time <= this.#highest) continue;
      this.#highest = time;
      const watermark = time - delay;
      if (watermark < this.#watermark + every || watermark < MIN_INSTANT) continue;
      this.#watermark = watermark;
      out.addTime(WATERMARK, watermark, records.line[row]!);
    }
    return events;
  }

  #read(records: RecordBatch, row: number, reader: TimeReader): number {
    const start = records.timeStart[row]!;
    const end = records.timeEnd[row]!;
    return end === 0 ? Number.NaN : reader.read(records.bytes, start, end);
  }

  #reject(records: RecordBatch, row: number, origin: RecordOrigin, time: number): void {
    const { field, format } = origin;
    const start = records.timeStart[row]!;
    const end = records.timeEnd[row]!;
    let reason = `the time is out of the years 0000 to 9999`;
    if (end === 0 && Number.isNaN(time)) reason = `there is no member ${field} to take the time from`;
    else if (Number.isNaN(time)) reason = `${field}: ${explainTime(records.bytes, start, end, format)}`;
    const { rawStart, rawEnd } = records;
    this.#options.rejects.reject(records.line[row]!, 0, reason, records.bytes, rawStart[row]!, rawEnd[row]!);
  }
}
