import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { type CalendarUnit, WEEKDAYS, type Weekday } from '../../src/stream/marker.ts';
import { ianaZone } from '../../src/time/iana-zone.ts';
import { fixedZone, loadZone, type Zone } from '../../src/time/zone.ts';
import { createCalendar } from '../../src/windows/calendar.ts';

const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'Africa/Monrovia',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Pacific/Apia',
  'Pacific/Kwajalein',
  'Africa/Casablanca',
] as const;
const zones = new Map<string, Zone>([
  ['UTC', fixedZone('UTC')!],
  ['-09:30', fixedZone('-09:30')!],
  ...ZONES.map((name) => [name, ianaZone(name)] as const),
]);
const UNITS = ['day', 'week', 'month', 'quarter', 'year'] as const;
type DateUnit = (typeof UNITS)[number];

const HOUR = 3_600_000;

/** Changes of the clocks from 1900 to 2040, where mistakes would be. */
const changes: [string, number][] = ZONES.flatMap((name) => {
  const found: [string, number][] = [];
  let at = Temporal.Instant.fromEpochMilliseconds(Date.UTC(1900, 0, 1)).toZonedDateTimeISO(name);
  for (;;) {
    const next = at.getTimeZoneTransition('next');
    if (next === null || next === undefined || next.year > 2040) return found;
    at = next;
    found.push([name, at.epochMilliseconds]);
  }
});

const instants = fc.oneof(
  fc.tuple(fc.constantFrom(...zones.keys()), fc.integer({ min: Date.UTC(1850, 0), max: Date.UTC(2150, 0) })),
  fc
    .tuple(fc.constantFrom(...changes), fc.integer({ min: -90_000_000, max: 90_000_000 }))
    .map(([[name, ms], distance]): [string, number] => [name, ms + distance]),
  fc
    .tuple(fc.constantFrom(...changes), fc.integer({ min: -2, max: 2 }))
    .map(([[name, ms], distance]): [string, number] => [name, ms + distance]),
);

const firstDate = (date: Temporal.PlainDate, unit: DateUnit, weekday = 0): Temporal.PlainDate => {
  if (unit === 'day') return date;
  if (unit === 'week') return date.subtract({ days: (date.dayOfWeek - 1 - weekday + 7) % 7 });
  if (unit === 'month') return date.with({ day: 1 });
  if (unit === 'quarter') return date.with({ day: 1, month: date.month - ((date.month - 1) % 3) });
  return date.with({ day: 1, month: 1 });
};

const nextDate = (date: Temporal.PlainDate, unit: DateUnit): Temporal.PlainDate =>
  date.add(unit === 'quarter' ? { months: 3 } : { [`${unit}s`]: 1 });

/** The window by Temporal: the last one whose first instant is not behind `ms`. */
function expected(unit: DateUnit, name: string, ms: number): [number, number] {
  const startOf = (date: Temporal.PlainDate): number => date.toZonedDateTime(name).epochMilliseconds;
  const at = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(name);
  let first = firstDate(at.toPlainDate(), unit);
  while (startOf(nextDate(first, unit)) <= ms) first = nextDate(first, unit);
  return [startOf(first), startOf(nextDate(first, unit))];
}

/** The same with an offset: windows begin when clocks show it, or a later time because they skip it, for the first time. */
function expectedShifted(
  unit: DateUnit,
  name: string,
  ms: number,
  offset: number,
  weekday: number,
): [number, number] {
  const startOf = (date: Temporal.PlainDate): number => {
    const wanted = date.toPlainDateTime().add({ milliseconds: offset });
    const found = wanted.toZonedDateTime(name);
    if (found.toPlainDateTime().equals(wanted)) return found.epochMilliseconds;
    return found.add({ milliseconds: 1 }).getTimeZoneTransition('previous')!.epochMilliseconds;
  };
  const shown = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(name).toPlainDateTime();
  let first = firstDate(shown.subtract({ milliseconds: offset }).toPlainDate(), unit, weekday);
  while (startOf(nextDate(first, unit)) <= ms) first = nextDate(first, unit);
  return [startOf(first), startOf(nextDate(first, unit))];
}

function located(
  unit: CalendarUnit,
  zone: Zone,
  ms: number,
  offset = 0,
  weekStart: Weekday = 'monday',
): [number, number] {
  const calendar = createCalendar(unit, zone, offset, weekStart);
  calendar.locate(ms);
  return [calendar.start, calendar.end];
}

const at = (text: string): number => Date.parse(text);

describe('createCalendar', () => {
  it.each([
    ['day', 'Europe/Berlin', '2024-03-31T12:00Z', '2024-03-30T23:00Z', '2024-03-31T22:00Z'],
    ['day', 'Europe/Berlin', '2024-10-27T12:00Z', '2024-10-26T22:00Z', '2024-10-27T23:00Z'],
    ['day', 'America/Sao_Paulo', '2018-11-04T12:00Z', '2018-11-04T03:00Z', '2018-11-05T02:00Z'],
    ['week', 'UTC', '1970-01-01T00:00Z', '1969-12-29T00:00Z', '1970-01-05T00:00Z'],
    ['week', 'UTC', '1969-12-28T23:59Z', '1969-12-22T00:00Z', '1969-12-29T00:00Z'],
    ['week', 'America/New_York', '2024-03-10T12:00Z', '2024-03-04T05:00Z', '2024-03-11T04:00Z'],
    ['month', 'UTC', '2024-02-29T23:59Z', '2024-02-01T00:00Z', '2024-03-01T00:00Z'],
    ['month', 'Asia/Kolkata', '2024-12-31T18:29Z', '2024-11-30T18:30Z', '2024-12-31T18:30Z'],
    ['quarter', 'UTC', '2024-12-31T23:59Z', '2024-10-01T00:00Z', '2025-01-01T00:00Z'],
    ['year', 'UTC', '1968-12-31T23:59Z', '1968-01-01T00:00Z', '1969-01-01T00:00Z'],
    ['hour', 'Asia/Kolkata', '2024-01-01T00:00Z', '2023-12-31T23:30Z', '2024-01-01T00:30Z'],
    ['hour', 'UTC', '1969-12-31T23:59Z', '1969-12-31T23:00Z', '1970-01-01T00:00Z'],
    // 02:00 to 03:00 is shown twice: two hours.
    ['hour', 'Europe/Berlin', '2024-10-27T00:30Z', '2024-10-27T00:00Z', '2024-10-27T01:00Z'],
    ['hour', 'Europe/Berlin', '2024-10-27T01:30Z', '2024-10-27T01:00Z', '2024-10-27T02:00Z'],
    // Clocks go from 00:01 back to 23:01: hours go on as they were.
    ['hour', 'America/St_Johns', '2000-10-29T02:31Z', '2000-10-29T02:30Z', '2000-10-29T03:30Z'],
    // So 23:01 comes again on a date that is over: it is in the day that has begun.
    ['day', 'America/St_Johns', '2000-10-29T02:29Z', '2000-10-28T02:30Z', '2000-10-29T02:30Z'],
    ['day', 'America/St_Johns', '2000-10-29T02:31Z', '2000-10-29T02:30Z', '2000-10-30T03:30Z'],
    // Clocks go from 02:00 back to 01:30: an hour, half an hour, an hour.
    ['hour', 'Australia/Lord_Howe', '2024-04-06T14:59Z', '2024-04-06T14:00Z', '2024-04-06T15:00Z'],
    ['hour', 'Australia/Lord_Howe', '2024-04-06T15:00Z', '2024-04-06T15:00Z', '2024-04-06T15:30Z'],
    ['hour', 'Australia/Lord_Howe', '2024-04-06T15:30Z', '2024-04-06T15:30Z', '2024-04-06T16:30Z'],
    // The date 2011-12-30 was skipped.
    ['day', 'Pacific/Apia', '2011-12-30T09:59Z', '2011-12-29T10:00Z', '2011-12-30T10:00Z'],
    ['day', 'Pacific/Apia', '2011-12-30T10:00Z', '2011-12-30T10:00Z', '2011-12-31T10:00Z'],
  ] as const)('puts into a %s of %s at %s the instants from %s to %s', (unit, name, ms, start, end) => {
    expect(located(unit, zones.get(name)!, at(ms))).toEqual([at(start), at(end)]);
  });

  it('agrees with Temporal on days, weeks, months, quarters and years', () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...UNITS), ([name, ms], unit) => {
        expect(located(unit, zones.get(name)!, ms)).toEqual(expected(unit, name, ms));
      }),
      { numRuns: 600 },
    );
  });

  it.each([
    ['day', 6, 'Europe/Berlin', '2024-03-31T03:59Z', '2024-03-30T05:00Z', '2024-03-31T04:00Z'],
    ['day', 6, 'Europe/Berlin', '2024-10-27T04:59Z', '2024-10-26T04:00Z', '2024-10-27T05:00Z'],
    // Clocks go from 02:00 to 03:00 and show no 02:30: the day begins then.
    ['day', 2.5, 'Europe/Berlin', '2024-03-31T01:00Z', '2024-03-31T01:00Z', '2024-04-01T00:30Z'],
    // They go from 03:00 back to 02:00 and show 02:30 twice: it begins with the first.
    ['day', 2.5, 'Europe/Berlin', '2024-10-27T01:15Z', '2024-10-27T00:30Z', '2024-10-28T01:30Z'],
    ['day', -2, 'UTC', '1970-01-01T22:00Z', '1970-01-01T22:00Z', '1970-01-02T22:00Z'],
    ['day', -2, 'UTC', '1969-12-31T21:59Z', '1969-12-30T22:00Z', '1969-12-31T22:00Z'],
    ['day', 30, 'UTC', '1970-01-01T05:59Z', '1969-12-31T06:00Z', '1970-01-01T06:00Z'],
    ['month', 6, 'Asia/Kolkata', '2024-03-01T00:29Z', '2024-02-01T00:30Z', '2024-03-01T00:30Z'],
    ['month', 14 * 24, 'UTC', '2024-02-14T23:59Z', '2024-01-15T00:00Z', '2024-02-15T00:00Z'],
    ['year', 90 * 24, 'UTC', '2024-03-30T23:59Z', '2023-04-01T00:00Z', '2024-03-31T00:00Z'],
    ['hour', 0.25, 'UTC', '2024-01-01T00:14Z', '2023-12-31T23:15Z', '2024-01-01T00:15Z'],
    ['hour', 0.25, 'Asia/Kolkata', '2024-01-01T00:00Z', '2023-12-31T23:45Z', '2024-01-01T00:45Z'],
  ] as const)(
    'puts into a %s that begins %s h later, of %s, at %s the instants from %s to %s',
    (unit, hours, name, ms, start, end) => {
      expect(located(unit, zones.get(name)!, at(ms), hours * HOUR)).toEqual([at(start), at(end)]);
    },
  );

  it.each([
    ['monday', '2024-03-10T12:00Z', '2024-03-04T00:00Z'],
    ['sunday', '2024-03-10T00:00Z', '2024-03-10T00:00Z'],
    ['sunday', '2024-03-09T23:59Z', '2024-03-03T00:00Z'],
    ['saturday', '1969-12-31T00:00Z', '1969-12-27T00:00Z'],
    ['thursday', '1970-01-01T00:00Z', '1970-01-01T00:00Z'],
    ['friday', '1970-01-01T00:00Z', '1969-12-26T00:00Z'],
  ] as const)('lets weeks begin on a %s: that of %s at %s', (day, ms, start) => {
    expect(located('week', zones.get('UTC')!, at(ms), 0, day)).toEqual([at(start), at(start) + 168 * HOUR]);
  });

  it('agrees with Temporal on windows that begin later by the clock, and weeks from any day', () => {
    const shifts = fc.oneof(
      fc.constantFrom(1.5 * HOUR, 2 * HOUR, 2.5 * HOUR, 3 * HOUR, 6 * HOUR, -HOUR, 100 * HOUR),
      fc.integer({ min: -48 * HOUR, max: 48 * HOUR }),
    );
    fc.assert(
      fc.property(instants, fc.constantFrom(...UNITS), shifts, fc.nat(6), ([name, ms], unit, offset, day) => {
        expect(located(unit, zones.get(name)!, ms, offset, WEEKDAYS[day]!)).toEqual(
          expectedShifted(unit, name, ms, offset, day),
        );
      }),
      { numRuns: 600 },
    );
  });

  it('gives every instant of a window the same window, and its end the next, in any order', () => {
    fc.assert(
      fc.property(
        instants,
        fc.constantFrom('hour' as const, ...UNITS),
        fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { maxLength: 5 }),
        ([name, ms], unit, parts) => {
          const calendar = createCalendar(unit, zones.get(name)!);
          calendar.locate(ms);
          const { start, end } = calendar;
          expect(start).toBeLessThanOrEqual(ms);
          expect(end).toBeGreaterThan(ms);
          for (const part of parts) {
            const inside = start + Math.floor(part * (end - start));
            expect(located(unit, zones.get(name)!, inside)).toEqual([start, end]);
            calendar.locate(inside);
            expect([calendar.start, calendar.end]).toEqual([start, end]);
          }
          calendar.locate(end);
          expect(calendar.start).toBe(end);
          calendar.locate(start - 1);
          expect(calendar.end).toBe(start);
          calendar.locate(ms);
          expect([calendar.start, calendar.end]).toEqual([start, end]);
        },
      ),
      { numRuns: 600 },
    );
  });

  it('makes hours of 60 minutes that begin on the full hour of local time, save where clocks change', () => {
    fc.assert(
      fc.property(instants, ([name, ms]) => {
        const [start, end] = located('hour', zones.get(name)!, ms);
        expect(end - start).toBeLessThanOrEqual(HOUR);
        const first = Temporal.Instant.fromEpochMilliseconds(start).toZonedDateTimeISO(name);
        const behind = Temporal.Instant.fromEpochMilliseconds(end).toZonedDateTimeISO(name);
        const last = Temporal.Instant.fromEpochMilliseconds(end - 1).toZonedDateTimeISO(name);
        const change = first.subtract({ milliseconds: 1 }).getTimeZoneTransition('next');
        const cut = change?.epochMilliseconds === start || behind.offset !== last.offset;
        if (!cut) expect([first.minute, first.second, end - start]).toEqual([0, 0, HOUR]);
      }),
      { numRuns: 400 },
    );
  });

  it('takes a zone that was loaded by name', async () => {
    const zone = await loadZone('Europe/Berlin');
    expect(located('year', zone, at('2024-06-01T00:00Z'))).toEqual([
      at('2023-12-31T23:00Z'),
      at('2024-12-31T23:00Z'),
    ]);
  });
});
