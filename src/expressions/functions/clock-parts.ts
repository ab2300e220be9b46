import { type CivilDate, civilFromDays, daysFromCivil } from '../../time/civil.ts';
import { DAY_MS } from '../../time/instant.ts';
import type { FunctionDefinition } from '../function.ts';
import { DURATION_TYPE, INTEGER_TYPE, STRING_TYPE, TIMESTAMP } from '../type.ts';
import type { Duration, Timestamp } from '../value.ts';
import { loadForZone, UTC, zoneNamed, zoneOfLiteral } from '../zones.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Written by each call anew. */
const date: CivilDate = { year: 0, month: 0, day: 0 };

/** @param part of a local time: what clocks show, in milliseconds, as if it were UTC */
const partOf = (
  name: string,
  summary: string,
  example: FunctionDefinition['example'],
  part: (local: number) => number,
): FunctionDefinition => ({
  name,
  form: 'method',
  usage: `time.${name}([ZONE])`,
  summary,
  example,
  parameters: [TIMESTAMP, STRING_TYPE],
  optional: 1,
  result: INTEGER_TYPE,
  load: (literals) => loadForZone(literals, 1),
  prepare(literals) {
    if (typeof literals[1] !== 'string') return this.call;
    const zone = zoneOfLiteral(literals[1]);
    return (time) => part((time as Timestamp).time + zone.offsetAt((time as Timestamp).time));
  },
  call({ time }: Timestamp, zone?: string) {
    return part(time + (zone === undefined ? UTC : zoneNamed(zone)).offsetAt(time));
  },
});

/** @param part of a date, in days since 1970-01-01 */
const dateOf = (part: (date: CivilDate, day: number) => number) => (local: number) => {
  const day = Math.floor(local / DAY_MS);
  civilFromDays(day, date);
  return part(date, day);
};

/** @param unit and `size`, which holds `count` of them, in milliseconds */
const unitOf = (size: number, unit: number) => (local: number) =>
  Math.floor((local - Math.floor(local / size) * size) / unit);

const NEW_YEAR = 'timestamp("2025-12-31T23:30:00Z")';

export const clockParts: readonly FunctionDefinition[] = [
  partOf(
    'getFullYear',
    'tell the year',
    [`${NEW_YEAR}.getFullYear("Europe/Berlin")`, '2026'],
    dateOf(({ year }) => year),
  ),
  partOf(
    'getMonth',
    'tell the month, from 0 for January to 11',
    [`${NEW_YEAR}.getMonth()`, '11'],
    dateOf(({ month }) => month - 1),
  ),
  partOf(
    'getDate',
    'tell the day of the month, from 1',
    [`${NEW_YEAR}.getDate()`, '31'],
    dateOf(({ day }) => day),
  ),
  partOf(
    'getDayOfMonth',
    'tell the day of the month, from 0',
    [`${NEW_YEAR}.getDayOfMonth()`, '30'],
    dateOf(({ day }) => day - 1),
  ),
  partOf(
    'getDayOfWeek',
    'tell the day of the week, from 0 for Sunday to 6',
    [`${NEW_YEAR}.getDayOfWeek("+01:00")`, '4'],
    // 1970-01-01 was a Thursday.
    dateOf((_, day) => (((day + 4) % 7) + 7) % 7),
  ),
  partOf(
    'getDayOfYear',
    'tell the day of the year, from 0',
    [`${NEW_YEAR}.getDayOfYear()`, '364'],
    dateOf(({ year }, day) => day - daysFromCivil(year, 1, 1)),
  ),
  partOf(
    'getHours',
    'tell the hour, from 0 to 23',
    [`${NEW_YEAR}.getHours("Europe/Berlin")`, '0'],
    unitOf(DAY_MS, HOUR),
  ),
  partOf(
    'getMinutes',
    'tell the minute of the hour',
    [`${NEW_YEAR}.getMinutes("Asia/Kolkata")`, '0'],
    unitOf(HOUR, MINUTE),
  ),
  partOf(
    'getSeconds',
    'tell the second of the minute',
    [`${NEW_YEAR}.getSeconds()`, '0'],
    unitOf(MINUTE, SECOND),
  ),
  partOf(
    'getMilliseconds',
    'tell the milliseconds of the second',
    ['timestamp("2025-12-31T23:30:00.25Z").getMilliseconds()', '250'],
    unitOf(SECOND, 1),
  ),
];

const countOf = (name: string, unit: number, word: string, value: string): FunctionDefinition => ({
  name,
  form: 'method',
  usage: `duration.${name}()`,
  summary: `count whole ${word} of the whole duration, without a fraction`,
  example: [`duration("90m30s").${name}()`, value],
  parameters: [DURATION_TYPE],
  result: INTEGER_TYPE,
  // -0 would be a second spelling of 0
  call: ({ length }: Duration) => Math.trunc(length / unit) + 0,
});

export const durationParts: readonly FunctionDefinition[] = [
  countOf('getHours', HOUR, 'hours', '1'),
  countOf('getMinutes', MINUTE, 'minutes', '90'),
  countOf('getSeconds', SECOND, 'seconds', '5430'),
  countOf('getMilliseconds', 1, 'milliseconds', '5430000'),
];
