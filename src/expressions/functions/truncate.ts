import { usageError } from '../../errors.ts';
import type { CalendarUnit } from '../../stream/marker.ts';
import { parseDuration } from '../../time/duration.ts';
import { DAY_MS, MIN_INSTANT } from '../../time/instant.ts';
import type { Zone } from '../../time/zone.ts';
import { createCalendar } from '../../windows/calendar.ts';
import { type FunctionCall, type FunctionDefinition, FunctionFailure } from '../function.ts';
import { DURATION_TYPE, STRING_TYPE, TIMESTAMP } from '../type.ts';
import { type Duration, Timestamp, type Value } from '../value.ts';
import { loadForZone, UTC, zoneOfLiteral } from '../zones.ts';

const HOUR_MS = 3_600_000;
const CALENDAR_UNITS: ReadonlySet<string> = new Set<CalendarUnit>([
  'hour',
  'day',
  'week',
  'month',
  'quarter',
  'year',
]);

export const truncateToUnit: FunctionDefinition = {
  name: 'truncate',
  form: 'both',
  usage: 'time.truncate(UNIT[, ZONE])',
  summary:
    'take the start of the hour, day, week, month, quarter or year, or of the 15m or 6h, that a time is in',
  example: ['timestamp("2026-03-14T10:44:02Z").truncate("15m")', '"2026-03-14T10:30:00.000Z"'],
  parameters: [TIMESTAMP, STRING_TYPE, STRING_TYPE],
  optional: 1,
  result: TIMESTAMP,
  load: (literals) => loadForZone(literals, 2),
  prepare: truncationOf,
  call: (...values: Value[]) => truncationOf(values)(...values),
};

export const truncateToDuration: FunctionDefinition = {
  name: 'truncate',
  form: 'both',
  usage: 'time.truncate(DURATION)',
  summary: 'take the largest multiple of a duration since 1970-01-01T00:00:00Z that is not after a time',
  example: ['timestamp("2026-03-14T10:44:02Z").truncate(duration("1d"))', '"2026-03-14T00:00:00.000Z"'],
  parameters: [TIMESTAMP, DURATION_TYPE],
  result: TIMESTAMP,
  call({ time }: Timestamp, { length }: Duration) {
    if (length <= 0) throw new FunctionFailure('times are truncated to a duration of more than 0');
    return start(Math.floor(time / length) * length);
  },
};

function truncationOf(literals: readonly (Value | undefined)[]): FunctionCall {
  const [, unit, name] = literals;
  const example = 'as in time.truncate("day", "Europe/Berlin")';
  if (typeof unit !== 'string')
    throw usageError('the unit has to be written in the expression, as a text', example);
  if (literals.length > 2 && typeof name !== 'string')
    throw usageError('the time zone has to be written in the expression, as a text', example);
  const zone = typeof name === 'string' ? zoneOfLiteral(name) : UTC;
  if (CALENDAR_UNITS.has(unit)) {
    const calendar = createCalendar(unit as CalendarUnit, zone);
    return (time) => {
      calendar.locate((time as Timestamp).time);
      return start(calendar.start);
    };
  }
  const size = /^[0-9.P]/.test(unit) ? parseDuration(unit) : 0;
  if (size === 0)
    throw usageError(
      `no unit of time: ${unit}`,
      `use ${[...CALENDAR_UNITS].join(', ')}, or a duration as 15m`,
    );
  if (name === undefined) return (time) => start(Math.floor((time as Timestamp).time / size) * size);
  if (DAY_MS % size !== 0)
    throw usageError(
      `a day is no multiple of ${unit}, so local time is not divided by it`,
      'leave the time zone out, or use day, week, month, quarter or year',
    );
  return (time) => start(localStart((time as Timestamp).time, size, zone));
}

/**
 * The start of the part of a local day that an instant is in. Where clocks change within it, parts of up to an hour go
 * on through the change, or are cut off at it where they would not end at full parts; longer ones are as clocks show them.
 */
function localStart(time: number, size: number, zone: Zone): number {
  const { from, offset } = zone.intervalAt(time);
  const local = Math.floor((time + offset) / size) * size;
  const instant = local - offset;
  if (instant >= from) return instant;
  if (size > HOUR_MS) return Math.min(time, zone.startOf(local));
  return (zone.offsetAt(from - 1) - offset) % size === 0 ? instant : from;
}

function start(time: number): Timestamp {
  if (time < MIN_INSTANT) throw new FunctionFailure('the result is before the year 0000');
  return new Timestamp(time);
}
