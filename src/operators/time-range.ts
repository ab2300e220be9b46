import type { RecordBatch } from '../formats/format.ts';
import type { TimeReader } from '../time/time-format.ts';

export interface TimeRangeOptions {
  /** Events before it are left out, epoch ms; -Infinity: none is. */
  readonly from: number;
  /** Events from it on are left out, epoch ms; +Infinity: none is. */
  readonly to: number;
  /** How much older than one before it a record may be, ms; undefined: in whatever order they come. */
  readonly disorder: number | undefined;
  readonly reader: TimeReader;
}

/** What records of a batch say about those that follow. */
export type RangeState =
  | 'inside'
  /** No later record of the location is in the range. */
  | 'passed'
  /** The record of `line` is older than the order of its location allows, by `behind` ms. */
  | 'disordered';

/** The time of a record, epoch ms: its format's own, or read from its member. NaN: it has none that can be read. */
export function timeOfRecord(records: RecordBatch, row: number, reader: TimeReader): number {
  const time = records.time[row]!;
  const end = records.timeEnd[row]!;
  return Number.isNaN(time) && end > 0 ? reader.read(records.bytes, records.timeStart[row]!, end) : time;
}

/**
 * Keeps the records whose time is in `[from, to)`, before they become events: to what follows it is as if there
 * were no others. A record without a readable time is kept, since who makes an event of it says so.
 */
export class TimeRange {
  /** The last line that was looked at, and how much too old its record was, ms. */
  line = 0;
  behind = 0;
  /** Records with a time, of all locations: those kept, and the least and greatest time of all. */
  kept = 0;
  least = Number.POSITIVE_INFINITY;
  greatest = Number.NEGATIVE_INFINITY;
  readonly #options: TimeRangeOptions;
  /** The highest time of the location that is read, ms. */
  #highest = Number.NEGATIVE_INFINITY;

  constructor(options: TimeRangeOptions) {
    this.#options = options;
  }

  /** @param highest the highest time that is known of what was passed over at its start */
  beginLocation(highest = Number.NEGATIVE_INFINITY): void {
    this.#highest = highest;
  }

  /** The highest time of the location that is read, ms; -Infinity: there was none. */
  get highest(): number {
    return this.#highest;
  }

  /** Leaves in the batch what is in the range, and stands before the record that ends the reading, if one does. */
  keep(records: RecordBatch): RangeState {
    const { from, to, disorder, reader } = this.#options;
    const stop = disorder === undefined ? Number.POSITIVE_INFINITY : to + disorder;
    const tolerated = disorder ?? Number.POSITIVE_INFINITY;
    const { rows } = records;
    let kept = 0;
    let state: RangeState = 'inside';
    for (let row = 0; row < rows; row++) {
      const time = timeOfRecord(records, row, reader);
      this.line = records.line[row]!;
      if (!Number.isNaN(time)) {
        if (time < this.#highest - tolerated) {
          this.behind = this.#highest - time;
          state = 'disordered';
          break;
        }
        if (time > this.#highest) this.#highest = time;
        if (time < this.least) this.least = time;
        if (time > this.greatest) this.greatest = time;
        if (time >= stop) {
          state = 'passed';
          break;
        }
        if (time < from || time >= to) continue;
        records.time[row] = time;
        this.kept++;
      }
      records.moveRecord(row, kept++);
    }
    records.rows = kept;
    return state;
  }
}
