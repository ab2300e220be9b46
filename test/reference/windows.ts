import { Temporal } from 'temporal-polyfill';
import { GLOBAL, type Interval, type Item, type Windows, withCommand } from './stream.ts';

export type CalendarUnit = 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year';

/** A kind of windows; times in ms. */
export type WindowKind =
  | { readonly kind: 'global' }
  | { readonly kind: 'fixed'; readonly size: number; readonly offset: number }
  | { readonly kind: 'sliding'; readonly size: number; readonly every: number; readonly offset: number }
  | { readonly kind: 'cumulate'; readonly size: number; readonly every: number; readonly offset: number }
  | { readonly kind: 'session'; readonly gap: number }
  | { readonly kind: 'calendar'; readonly unit: CalendarUnit; readonly timezone: string };

/** All intervals of `size` that start at offset + n * every and hold `time`, the first first. */
function intervalsAround(time: number, size: number, every: number, offset: number): Interval[] {
  const intervals: Interval[] = [];
  let start = offset + Math.round((time - offset) / every) * every + 2 * every;
  while (start > time) start -= every;
  for (; start + size > time; start -= every) intervals.unshift({ start, end: start + size });
  return intervals;
}

/** Days and longer begin at the first instant of their first date; hours at the full hour of local time. */
function calendarInterval(time: number, unit: CalendarUnit, timezone: string): Interval {
  const at = Temporal.Instant.fromEpochMilliseconds(time).toZonedDateTimeISO(timezone);
  const day = at.startOfDay();
  const units: Record<CalendarUnit, [Temporal.ZonedDateTime, Temporal.DurationLike]> = {
    hour: [at.round({ smallestUnit: 'hour', roundingMode: 'floor' }), { hours: 1 }],
    day: [day, { days: 1 }],
    week: [day.subtract({ days: at.dayOfWeek - 1 }), { weeks: 1 }],
    month: [day.with({ day: 1 }), { months: 1 }],
    quarter: [day.with({ day: 1, month: at.month - ((at.month - 1) % 3) }), { months: 3 }],
    year: [day.with({ day: 1, month: 1 }), { years: 1 }],
  };
  const [start, length] = units[unit];
  return {
    start: start.epochMilliseconds,
    end: start.add(length).epochMilliseconds,
  };
}

/** The windows that an event of this time is in. */
export function windowsOf(time: number, window: WindowKind): Windows {
  switch (window.kind) {
    case 'global':
      return GLOBAL;
    case 'fixed':
      return {
        kind: 'intervals',
        intervals: intervalsAround(time, window.size, window.size, window.offset),
      };
    case 'sliding':
      return {
        kind: 'intervals',
        intervals: intervalsAround(time, window.size, window.every, window.offset),
      };
    case 'cumulate': {
      const [longest] = intervalsAround(time, window.size, window.size, window.offset);
      const { start, end: last } = longest!;
      const intervals: Interval[] = [];
      for (let end = start + window.every; end <= last; end += window.every)
        if (end > time) intervals.push({ start, end });
      return { kind: 'intervals', intervals };
    }
    case 'session':
      return { kind: 'session', start: time, end: time + window.gap };
    case 'calendar':
      return { kind: 'intervals', intervals: [calendarInterval(time, window.unit, window.timezone)] };
  }
}

const duration = (ms: number): string =>
  Temporal.Duration.from({ milliseconds: ms }).round({ largestUnit: 'days' }).toString();

/** What the header says of the windows: durations in ISO 8601. */
function windowing(window: WindowKind): object {
  const spelled = Object.entries(window).map(([name, value]) => [
    name,
    typeof value === 'number' ? duration(value) : value,
  ]);
  return Object.fromEntries(spelled);
}

/** Gives every event its windows, whatever windows it had. */
export const stampWindows = (items: readonly Item[], window: WindowKind): Item[] =>
  items.map((item) => {
    if (item.kind === 'stream') return withCommand(item, 'window', { windowing: windowing(window) });
    return item.kind === 'event' ? { ...item, windows: windowsOf(item.time, window) } : item;
  });
