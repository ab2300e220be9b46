import { daysFromCivil, daysInMonth } from './civil.ts';
import { DAY_MS } from './instant.ts';

/** A date of each year is as near as this to any time; one that is not (29 February) is in no year near it. */
const HALF_YEAR = 183.5 * DAY_MS;
/** No other year brings a date nearer. */
const NEAR = 182 * DAY_MS;

/** A local time as if it were UTC, ms, and its year. */
export interface YearState {
  readonly local: number;
  readonly year: number;
}

/**
 * The years of times that are written without one, as in `Oct 11 22:14:15`: each is in the year in which it is
 * nearest to the time before it, forward or back, so that logs go through New Year without a clock, also out of
 * order and file by file from the newest. The first is in the year that is given.
 */
export class NearestYear {
  readonly #first: number | undefined;
  /** The local time that was read last, as if it were UTC, ms, and its year. One of each, never freed. */
  #last = Number.NaN;
  #year = 0;

  /** @param first the year of the first time; undefined: one with a year has to come first */
  constructor(first: number | undefined) {
    this.#first = first;
  }

  /** Whether there is anything to tell a year by. */
  get known(): boolean {
    return this.#first !== undefined || !Number.isNaN(this.#last);
  }

  /**
   * The local time of a date without a year, as if it were UTC, and remembers it; `known` was asked before.
   * @param month 1–12
   * @param ms since the day's beginning
   * @returns NaN where the date is in no such year (29 February)
   */
  place(month: number, day: number, ms: number): number {
    if (Number.isNaN(this.#last)) return this.take(this.#first!, month, day, ms);
    return this.take(this.#nearest(month, day, ms), month, day, ms);
  }

  /** As `place`, of a time that has its year. */
  take(year: number, month: number, day: number, ms: number): number {
    const local = localTime(year, month, day, ms);
    if (Number.isNaN(local)) return local;
    this.#last = local;
    this.#year = year;
    return local;
  }

  /** What the next year depends on, to go on in another process; undefined: no time was read yet. JSON. */
  save(): YearState | undefined {
    return Number.isNaN(this.#last) ? undefined : { local: this.#last, year: this.#year };
  }

  /** Remembers a time that was read elsewhere, year and all: local time as if it were UTC, ms. */
  saw(local: number, year: number): void {
    this.#last = local;
    this.#year = year;
  }

  #nearest(month: number, day: number, ms: number): number {
    let best = this.#year;
    let least = Math.abs(localTime(best, month, day, ms) - this.#last);
    if (least <= NEAR) return best;
    if (Number.isNaN(least)) least = HALF_YEAR;
    for (const year of [this.#year - 1, this.#year + 1]) {
      const distance = Math.abs(localTime(year, month, day, ms) - this.#last);
      // Of two that are equally near the later one: logs go forward.
      if (distance <= least) [best, least] = [year, distance];
    }
    return best;
  }
}

function localTime(year: number, month: number, day: number, ms: number): number {
  if (day < 1 || day > daysInMonth(year, month)) return Number.NaN;
  return daysFromCivil(year, month, day) * DAY_MS + ms;
}
