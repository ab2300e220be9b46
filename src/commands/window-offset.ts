import { usageError } from '../errors.ts';
import type { CalendarUnit } from '../stream/marker.ts';
import { formatDuration } from '../time/duration.ts';
import type { DefaultedOption, Given } from './spec.ts';
import { OFFSET, optionOrDefault } from './values.ts';

/** By how much windows are moved: less than what they begin anew after. */

export const offset: DefaultedOption<number> = {
  name: 'offset',
  value: OFFSET,
  help: 'move the bounds of all windows by this',
  details: 'Less than a window lasts; of sliding windows, less than --every.',
  default: '0s',
};

export const calendarOffset: DefaultedOption<number> = {
  name: 'offset',
  value: OFFSET,
  help: 'begin all windows so much later by the clock: 6h',
  details: 'Less than the shortest of them lasts: 28d for months.',
  default: '0s',
};

/**
 * The offset of windows that begin anew after each `period`.
 * @param what is so long, for messages
 * @throws TidemarkError `usage` for one that is no shorter: the windows are those of another
 */
export function shiftOf(given: Given, period: number, what: string): number {
  const shift = optionOrDefault(given, offset);
  if (Math.abs(shift) < period) return shift;
  const told = formatDuration(shift);
  throw usageError(
    `--offset ${told} is no shorter than ${what}, ${formatDuration(period)}`,
    `the same windows: --offset ${formatDuration(shift % period)}`,
  );
}

/** How long the shortest of each is by the clock, ms. */
const SHORTEST: Readonly<Record<CalendarUnit, number>> = {
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
  month: 28 * 86_400_000,
  quarter: 90 * 86_400_000,
  year: 365 * 86_400_000,
};

/** @throws TidemarkError `usage` for an offset past the next of what it moves */
export function calendarShift(given: Given, unit: CalendarUnit): number {
  const shift = optionOrDefault(given, calendarOffset);
  const length = SHORTEST[unit];
  if (Math.abs(shift) < length) return shift;
  throw usageError(
    `--offset ${formatDuration(shift)} is no shorter than ${unit === 'hour' ? 'an' : 'a'} ${unit}`,
    unit === 'hour' || unit === 'day' || unit === 'week'
      ? `the same windows: --offset ${formatDuration(shift % length)}`
      : `give less than ${formatDuration(length)}, the shortest ${unit}`,
  );
}
