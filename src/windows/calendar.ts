import { type CalendarUnit, WEEKDAYS, type Weekday } from '../stream/marker.ts';
import { type CivilDate, civilFromDays, daysFromCivil } from '../time/civil.ts';
import { DAY_MS } from '../time/instant.ts';
import type { Zone } from '../time/zone.ts';

const HOUR_MS = 3_600_000;

/** The window of a calendar that an instant is in. */
export interface Calendar {
  /** `[start, end)` of the window that was located last, epoch ms. */
  readonly start: number;
  readonly end: number;
  /** Finds the window that contains an instant (epoch ms). */
  locate(ms: number): void;
}

/**
 * Windows of a calendar in a zone: hours, days, weeks from Monday (ISO 8601) or another day, months, quarters and years. They
 * are stretches of instants without gap or overlap, whatever clocks show: a day is of 23 or 25 hours where clocks
 * change, begins at 01:00 where midnight is skipped, and an hour that clocks show twice is two windows.
 *
 * With an offset (ms; 0) all begin when clocks show so much more for the first time, or where they skip that, at the change: with
 * 6 hours a day begins at 06:00, on a day of 23 hours too.
 */
export function createCalendar(
  unit: CalendarUnit,
  zone: Zone,
  offset = 0,
  weekStart: Weekday = 'monday',
): Calendar {
  return unit === 'hour'
    ? new HourCalendar(zone, offset)
    : new DateCalendar(unit, zone, offset, WEEKDAYS.indexOf(weekStart));
}

/**
 * Hours are 60 minutes from one full hour of local time to the next. Only where clocks change by a part of an hour
 * (Lord Howe: 30 minutes) is the hour cut off at the change, and another of the rest begins.
 */
class HourCalendar implements Calendar {
  start = Number.NaN;
  end = Number.NaN;
  readonly #zone: Zone;
  /** Behind the full hour, ms. */
  readonly #offset: number;

  constructor(zone: Zone, offset: number) {
    this.#zone = zone;
    this.#offset = offset;
  }

  locate(ms: number): void {
    if (ms >= this.start && ms < this.end) return;
    const { from, to, offset } = this.#zone.intervalAt(ms);
    const ahead = offset - this.#offset;
    this.start = Math.floor((ms + ahead) / HOUR_MS) * HOUR_MS - ahead;
    this.end = this.start + HOUR_MS;
    if (this.start < from && !sameMinutes(this.#zone.offsetAt(from - 1), offset)) this.start = from;
    if (this.end > to && !sameMinutes(this.#zone.offsetAt(to), offset)) this.end = to;
  }
}

/** Whether full hours of local time are the same instants by two offsets. */
const sameMinutes = (offset: number, other: number): boolean => (offset - other) % HOUR_MS === 0;

/** Units of whole days. A window begins with the first instant of its first date (as Temporal's `startOfDay`). */
class DateCalendar implements Calendar {
  start = Number.NaN;
  end = Number.NaN;
  readonly #unit: Exclude<CalendarUnit, 'hour'>;
  readonly #zone: Zone;
  /** Of local time, ms. */
  readonly #offset: number;
  /** Days from a Monday to the first day of a week. */
  readonly #firstWeekday: number;
  /** Days from the epoch of the first dates of the window, and of the one behind it; valid within `locate`. */
  #firstDay = 0;
  #nextDay = 0;
  readonly #date: CivilDate = { year: 0, month: 0, day: 0 };

  constructor(unit: Exclude<CalendarUnit, 'hour'>, zone: Zone, offset: number, firstWeekday: number) {
    this.#unit = unit;
    this.#zone = zone;
    this.#offset = offset;
    this.#firstWeekday = firstWeekday;
  }

  locate(ms: number): void {
    if (ms >= this.start && ms < this.end) return;
    this.#locateDay(Math.floor((ms + this.#zone.offsetAt(ms) - this.#offset) / DAY_MS));
    // Clocks set back across midnight show a date again after the next has begun: that instant is the next one's.
    while (ms >= this.end) this.#locateDay(this.#nextDay);
  }

  #locateDay(day: number): void {
    this.#findDays(day);
    this.start = this.#zone.startOf(this.#firstDay * DAY_MS + this.#offset);
    this.end = this.#zone.startOf(this.#nextDay * DAY_MS + this.#offset);
  }

  /** The first date of the unit that a date is in, and of the next unit. */
  #findDays(day: number): void {
    if (this.#unit === 'day' || this.#unit === 'week') {
      // 1970-01-01 was a Thursday.
      const weekday = (((day + 3 - this.#firstWeekday) % 7) + 7) % 7;
      this.#firstDay = this.#unit === 'day' ? day : day - weekday;
      this.#nextDay = this.#firstDay + (this.#unit === 'day' ? 1 : 7);
      return;
    }
    civilFromDays(day, this.#date);
    const months = this.#unit === 'month' ? 1 : this.#unit === 'quarter' ? 3 : 12;
    const { year, month } = this.#date;
    const first = month - ((month - 1) % months);
    this.#firstDay = daysFromCivil(year, first, 1);
    this.#nextDay =
      first + months > 12 ? daysFromCivil(year + 1, 1, 1) : daysFromCivil(year, first + months, 1);
  }
}
