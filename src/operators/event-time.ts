import type { RecordBatch, Rejects } from '../formats/format.ts';
import { kernel } from '../kernel/kernel.ts';
import { addressOf } from '../kernel/staging.ts';
import { type Batch, EVENT, WATERMARK } from '../stream/batch.ts';
import { MAX_INSTANT, MIN_INSTANT } from '../time/instant.ts';
import { explainTime, type TimeReader } from '../time/time-format.ts';
import type { WatermarkMark } from './clock-lines.ts';
import type { WatermarkEstimator } from './watermark-estimator.ts';
import type { WatermarkState } from './watermark-state.ts';

/** Where the time of an event comes from. */
export type TimeOrigin =
  /** A member, read by `reader` of the time format `format`; or the format's own time where the format sets it. */
  | { readonly kind: 'record'; readonly field: string; readonly format: string; readonly reader: TimeReader }
  /** The processing time at which it arrived: `stamp` writes that of the next events, epoch ms, to the front of `times`. */
  | { readonly kind: 'arrival'; stamp(times: Float64Array, events: number): void }
  /** No time: all events are at 0000-01-01T00:00:00.000Z, in the global window. */
  | { readonly kind: 'none' };

type RecordOrigin = Extract<TimeOrigin, { kind: 'record' }>;

/** The instant of events that have no time, ms. */
const NO_TIME = MIN_INSTANT;

/** What the kernel calls the formats whose plain spellings it reads (kernel/times.ts). */
const KERNEL_FORMATS: Readonly<Record<string, number>> = {
  rfc3339: 0,
  'epoch-s': 1,
  'epoch-ms': 2,
  'epoch-us': 3,
  'epoch-ns': 4,
};

/** What makes the watermark. */
export type WatermarkKind =
  /** The highest event time minus the delay: bounded out-of-orderness. */
  | 'delay'
  /** The clock, and no event: see `ClockLines`. */
  | 'wall'
  /** Records that say so: see `findWatermarks`. */
  | 'manual'
  /** A module of the user's, one estimator for each location. */
  | 'module';

export interface EventTimeOptions {
  readonly origin: TimeOrigin;
  /** `delay` when left out. */
  readonly watermark?: WatermarkKind;
  /** Bound of disorder, ms; undefined: no watermark before the end. */
  readonly delay: number | undefined;
  /** How far the watermark advances between two markers, ms. */
  readonly every: number;
  readonly rejects: Rejects;
}

/** The columns of records whose times have been read. */
export type TimedRecords = Pick<RecordBatch, 'time' | 'start' | 'end' | 'line'> & {
  /** Where records are watermarks: which. */
  readonly kind?: RecordBatch['kind'];
};

/**
 * Gives records their event time, and the stream its watermarks: the highest time seen minus the delay
 * (bounded out-of-orderness), or what else makes them, written event by event whenever it has advanced by `every`, so that
 * neither blocks nor speed show. Each location has its own, and that of the stream is the least of all. A location that has not been read holds the watermark back, so that only the last
 * location moves it.
 */
export class EventTime implements WatermarkMark {
  readonly #options: EventTimeOptions;
  /** An event that is later does not move the watermark, epoch ms. */
  latest = Number.POSITIVE_INFINITY;
  /** Events that were later. */
  ahead = 0;
  /** That of the location that is read. */
  estimator: WatermarkEstimator | undefined;
  /** Highest event time of the location that is read, ms. */
  #highest = Number.NEGATIVE_INFINITY;
  /** The watermark written last, ms. */
  #watermark = Number.NEGATIVE_INFINITY;
  /** Whether all other locations have been read: only then does the watermark move. */
  #lastLocation = false;
  /** The least of what the other locations have as highest, where each holds the watermark; +Infinity: there is none. */
  #others = Number.POSITIVE_INFINITY;
  /** Records of the batch read last that have a time, at its front. */
  #timed = 0;

  constructor(options: EventTimeOptions) {
    this.#options = options;
  }

  beginLocation(last: boolean): void {
    this.#highest = Number.NEGATIVE_INFINITY;
    this.#lastLocation = last;
  }

  /**
   * Goes on with one of several locations each of which holds the watermark back, also when it has been read: it may
   * grow. The watermark is the least of the highest times of all, minus the delay.
   * @param highest of this location, ms; -Infinity: it had no event yet
   * @param others the least of those of the other locations; +Infinity: there are none
   */
  enterLocation(highest: number, others: number): void {
    this.#highest = highest;
    this.#others = others;
    this.#lastLocation = true;
  }

  get watermark(): number {
    return this.#watermark;
  }

  /** Moves the watermark where it advances by `every` or more; false: it does not. */
  advance(to: number, every: number): boolean {
    if (to < this.#watermark + every || to < MIN_INSTANT) return false;
    this.#watermark = to;
    return true;
  }

  /** Where the watermark stands: to be set where records before were stamped elsewhere. */
  get state(): WatermarkState {
    return { highest: this.#highest, watermark: this.#watermark };
  }

  set state({ highest, watermark }: WatermarkState) {
    this.#highest = highest;
    this.#watermark = watermark;
  }

  /** How many records the last call of `readTimes` has moved to the front, also where it has thrown. */
  get timed(): number {
    return this.#timed;
  }

  /**
   * Reads the times, and moves the records that have one to the front. What is behind the `limit`th of them is left out.
   * @returns how many they are
   */
  readTimes(records: RecordBatch, limit: number): number {
    const { origin } = this.#options;
    this.#timed = 0;
    if (origin.kind === 'record') this.#readTimes(records, origin, limit);
    else {
      this.#timed = Math.min(records.rows, limit);
      if (origin.kind === 'none') records.time.fill(NO_TIME, 0, this.#timed);
      else if (this.#timed > 0) origin.stamp(records.time, this.#timed);
    }
    return this.#timed;
  }

  /**
   * Makes events of the records [from, to), whose times were read: with watermarks between them they are put into `out`, which is
   * empty, shares their bytes and has room for two rows a record.
   */
  place(records: TimedRecords, out: Batch, to: number, from = 0): void {
    const { watermark = 'delay', delay } = this.#options;
    if (watermark === 'manual') this.#addOneByOne(records, out, from, to, 0);
    else if (watermark === 'wall' || !this.#lastLocation) addEvents(records, out, from, to);
    else if (watermark === 'module') this.#addOneByOne(records, out, from, to, 0);
    else if (delay === undefined) addEvents(records, out, from, to);
    else if (this.#others !== Number.POSITIVE_INFINITY) this.#addOneByOne(records, out, from, to, delay);
    else this.#addWithWatermarks(records, out, from, to, delay);
  }

  /** Reads the times of the first `limit` records that have one, and moves these to the front. */
  #readTimes(records: RecordBatch, origin: RecordOrigin, limit: number): void {
    const { rows, time } = records;
    const format = KERNEL_FORMATS[origin.format];
    if (format !== undefined && rows > 0 && Number.isNaN(time[0]!)) {
      const { call, columns } = kernel();
      columns.timeStart.set(records.timeStart.subarray(0, rows));
      columns.timeEnd.set(records.timeEnd.subarray(0, rows));
      const unread = call.readTimes(addressOf(records.bytes), rows, format);
      // A format that knows a record's time has put it there.
      for (let row = 0; row < rows; row++) if (Number.isNaN(time[row]!)) time[row] = columns.time[row]!;
      if (unread === 0) {
        this.#timed = Math.min(rows, limit);
        return;
      }
    }
    for (let row = 0; row < rows && this.#timed < limit; row++) {
      if (Number.isNaN(time[row]!)) time[row] = this.#read(records, row, origin.reader);
      if (time[row]! >= MIN_INSTANT && time[row]! <= MAX_INSTANT) {
        if (this.#timed < row) records.moveRecord(row, this.#timed);
        this.#timed++;
      } else this.#reject(records, row, origin, time[row]!);
    }
  }

  #addWithWatermarks(records: TimedRecords, out: Batch, from: number, to: number, delay: number): void {
    const { call, columns } = kernel();
    for (const name of ['time', 'start', 'end', 'line'] as const)
      columns[name].set(records[name].subarray(from, to));
    const [highest, watermark] = [this.#highest, this.#watermark];
    const { every } = this.#options;
    const rows = call.stamp(to - from, delay, every, MIN_INSTANT, this.latest, highest, watermark);
    this.#highest = call.highestTime.value;
    this.#watermark = call.lastWatermark.value;
    this.ahead += call.rowsAhead.value;
    out.rows = rows;
    out.resetEvents(0);
    out.kind.set(columns.kind.subarray(0, rows));
    out.time.set(columns.outTime.subarray(0, rows));
    out.start.set(columns.outStart.subarray(0, rows));
    out.end.set(columns.outEnd.subarray(0, rows));
    out.line.set(columns.outLine.subarray(0, rows));
  }

  /** As the kernel's `stamp`, with the other locations in mind, and what else makes the watermark. */
  #addOneByOne(records: TimedRecords, out: Batch, from: number, to: number, delay: number): void {
    const { kind, time, start, end, line } = records;
    const isManual = this.#options.watermark === 'manual';
    const every = isManual ? 1 : this.#options.every;
    for (let row = from; row < to; row++) {
      const isEvent = !isManual || kind![row] === EVENT;
      if (isEvent) out.addEvent(time[row]!, start[row]!, end[row]!, line[row]!);
      if (isEvent === isManual || !this.#lastLocation) continue;
      const reached = this.#reachedBy(time[row]!);
      if (!(reached > this.#highest)) continue;
      this.#highest = reached;
      if (this.advance(Math.min(reached, this.#others) - delay, every))
        out.addTime(WATERMARK, this.#watermark, line[row]!);
    }
  }

  /** How far the location is with this time, ms: where its watermark would be without a delay. */
  #reachedBy(time: number): number {
    if (time > this.latest) {
      this.ahead++;
      return Number.NEGATIVE_INFINITY;
    }
    return this.estimator === undefined ? time : this.estimator.reachedBy(time);
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

/** Puts the records [from, to) as events. */
function addEvents(records: TimedRecords, out: Batch, from: number, to: number): void {
  out.rows = to - from;
  out.resetEvents(0);
  for (const name of ['time', 'start', 'end', 'line'] as const)
    out[name].set(records[name].subarray(from, to));
}
