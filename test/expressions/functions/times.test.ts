import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { Duration, Timestamp, type Value } from '../../../src/expressions/value.ts';
import { MAX_INSTANT, MIN_INSTANT } from '../../../src/time/instant.ts';
import { evaluate } from '../../reference/expression.ts';
import { failureOf, json, titled, valueOf } from './calling.ts';

const at = (text: string): Timestamp => new Timestamp(Date.parse(text));
const ZONES = [
  'UTC',
  '+05:30',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Asia/Kathmandu',
];
const zone = fc.constantFrom(...ZONES);
const instant = fc.integer({ min: MIN_INSTANT + 400 * 86_400_000, max: MAX_INSTANT - 400 * 86_400_000 });
/** Around the changes of clocks, and before 1970. */
const recent = fc.integer({ min: Date.parse('1930-01-01'), max: Date.parse('2040-01-01') });

describe('a part of a time', () => {
  it('is what clocks of the zone show', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(instant, recent), zone, async (ms, name) => {
        const time = new Timestamp(ms);
        const local = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(name);
        const part = (method: string): Promise<Value> => valueOf(method, time, name);
        expect(await part('getFullYear')).toBe(local.year);
        expect(await part('getMonth')).toBe(local.month - 1);
        expect(await part('getDate')).toBe(local.day);
        expect(await part('getDayOfMonth')).toBe(local.day - 1);
        expect(await part('getDayOfWeek')).toBe(local.dayOfWeek % 7);
        expect(await part('getDayOfYear')).toBe(local.dayOfYear - 1);
        expect(await part('getHours')).toBe(local.hour);
        expect(await part('getMinutes')).toBe(local.minute);
        expect(await part('getSeconds')).toBe(local.second);
        expect(await part('getMilliseconds')).toBe(local.millisecond);
      }),
      { numRuns: 40 },
    );
  });

  it('is of UTC without a zone, and null for the zone null', async () => {
    expect(await valueOf('getHours', at('1969-12-31T23:30:00Z'))).toBe(23);
    expect(await valueOf('getHours', at('1969-12-31T23:30:00Z'), null)).toBe(null);
  });

  it('is refused in a zone that is none', async () => {
    expect(await failureOf('getHours', at('2026-01-01T00:00:00Z'), 'Berlin')).toBe(
      'usage: unknown time zone: Berlin',
    );
    const computed = evaluate('t.getHours(z)', { t: at('2026-01-01T00:00:00Z'), z: 'Berlin' });
    await expect(computed).rejects.toMatchObject({ reason: 'unknown time zone: Berlin' });
  });
});

describe('truncate', () => {
  it.each(
    titled([
      ['truncate', [at('2026-03-29T00:59:00Z'), '15m'], '"2026-03-29T00:45:00.000Z"'],
      ['truncate', [at('1969-12-31T23:59:59.999Z'), '1h'], '"1969-12-31T23:00:00.000Z"'],
      ['truncate', [at('2026-03-29T12:00:00Z'), 'day', 'Europe/Berlin'], '"2026-03-28T23:00:00.000Z"'],
      ['truncate', [at('2026-03-29T12:00:00Z'), 'week'], '"2026-03-23T00:00:00.000Z"'],
      ['truncate', [at('2026-05-29T12:00:00Z'), 'quarter', 'America/New_York'], '"2026-04-01T04:00:00.000Z"'],
      ['truncate', [at('2026-05-29T12:00:00Z'), 'year'], '"2026-01-01T00:00:00.000Z"'],
      // 02:00 to 03:00 is skipped: six hours from midnight on
      ['truncate', [at('2026-03-29T03:30:00Z'), '6h', 'Europe/Berlin'], '"2026-03-28T23:00:00.000Z"'],
      ['truncate', [at('2026-03-29T03:30:00Z'), '15m', 'Europe/Berlin'], '"2026-03-29T03:30:00.000Z"'],
      // 02:30 is shown twice
      ['truncate', [at('2026-10-25T00:44:00Z'), '30m', 'Europe/Berlin'], '"2026-10-25T00:30:00.000Z"'],
      ['truncate', [at('2026-10-25T01:44:00Z'), '30m', 'Europe/Berlin'], '"2026-10-25T01:30:00.000Z"'],
      ['truncate', [at('2026-10-25T01:44:00Z'), 'hour', 'Europe/Berlin'], '"2026-10-25T01:00:00.000Z"'],
      ['truncate', [at('2026-10-25T01:44:00Z'), '12h', 'Europe/Berlin'], '"2026-10-24T22:00:00.000Z"'],
      // Clocks go back by half an hour at 02:00
      ['truncate', [at('2026-04-04T15:10:00Z'), '1h', 'Australia/Lord_Howe'], '"2026-04-04T15:00:00.000Z"'],
      ['truncate', [at('2026-03-14T10:00:00Z'), new Duration(7000)], '"2026-03-14T09:59:56.000Z"'],
      ['truncate', [null, '1h'], 'null'],
    ]),
  )('%s', async (_, name, values, expected) => {
    expect(await json(name, ...values)).toBe(expected);
  });

  it.each(
    titled([
      ['truncate', [at('2026-01-01T00:00:00Z'), 'fortnight'], 'usage: no unit of time: fortnight'],
      [
        'truncate',
        [at('2026-01-01T00:00:00Z'), '1'],
        'usage: a duration needs a unit: 30s, 5m, 1h30m (not 1)',
      ],
      ['truncate', [at('2026-01-01T00:00:00Z'), '0s'], 'usage: no unit of time: 0s'],
      [
        'truncate',
        [at('2026-01-01T00:00:00Z'), '7h', 'Europe/Berlin'],
        'usage: a day is no multiple of 7h, so local time is not divided by it',
      ],
      [
        'truncate',
        [at('2026-01-01T00:00:00Z'), new Duration(0)],
        'times are truncated to a duration of more than 0',
      ],
      ['truncate', [new Timestamp(MIN_INSTANT), 'week'], 'the result is before the year 0000'],
    ]),
  )('%s fails', async (_, name, values, reason) => {
    expect(await failureOf(name, ...values)).toBe(reason);
  });

  it('gives a time that is not later, of which the unit is as long at most, and that is its own start', async () => {
    const unit = fc.constantFrom(
      'hour',
      'day',
      'week',
      'month',
      'quarter',
      'year',
      '1m',
      '15m',
      '30m',
      '1h',
      '2h',
      '6h',
      '12h',
      '24h',
    );
    await fc.assert(
      fc.asyncProperty(recent, zone, unit, async (ms, name, size) => {
        const start = (await valueOf('truncate', new Timestamp(ms), size, name)) as Timestamp;
        expect(start.time).toBeLessThanOrEqual(ms);
        expect(ms - start.time).toBeLessThanOrEqual(367 * 86_400_000);
        expect(await valueOf('truncate', start, size, name)).toEqual(start);
      }),
      { numRuns: 200 },
    );
  });

  it('agrees with Temporal on days and months', async () => {
    await fc.assert(
      fc.asyncProperty(recent, zone, async (ms, name) => {
        const local = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(name);
        expect(await valueOf('truncate', new Timestamp(ms), 'day', name)).toEqual(
          new Timestamp(local.startOfDay().epochMilliseconds),
        );
        expect(await valueOf('truncate', new Timestamp(ms), 'month', name)).toEqual(
          new Timestamp(local.with({ day: 1 }).startOfDay().epochMilliseconds),
        );
      }),
      { numRuns: 40 },
    );
  });
});

describe('format', () => {
  it('writes local time, and its offset', async () => {
    const write = (time: string, format: string, name: string): Promise<string> =>
      json('format', at(time), format, name);
    expect(await write('2026-07-01T22:05:09.007Z', '%F %T.%L %z %a %j', 'Europe/Berlin')).toBe(
      '"2026-07-02 00:05:09.007 +0200 Thu 183"',
    );
    expect(await write('1969-12-31T23:00:00Z', '%F %H:%M %z %s', 'America/New_York')).toBe(
      '"1969-12-31 18:00 -0500 -3600"',
    );
    expect(await json('format', at('2026-07-01T22:05:09Z'), '%H %Z %z')).toBe('"22 UTC +0000"');
    expect(await failureOf('format', at('2026-07-01T22:05:09Z'), '%Q')).toBe(
      'usage: unknown directive %Q in the time format %Q',
    );
    expect(await failureOf('format', at('2026-07-01T22:05:09Z'), '%Z', 'Europe/Berlin')).toBe(
      'usage: %Z is not known for Europe/Berlin: time zones have no names that all agree on',
    );
  });

  it('is read back by timestamp', async () => {
    const format = '%Y-%m-%dT%H:%M:%S.%L';
    await fc.assert(
      fc.asyncProperty(recent, zone, async (ms, name) => {
        const text = await valueOf('format', new Timestamp(ms), `${format}%z`, name);
        expect(await valueOf('timestamp', text, `${format}%z`)).toEqual(new Timestamp(ms));
        const local = await valueOf('format', new Timestamp(ms), format, name);
        const read = (await valueOf('timestamp', local, format, name)) as Timestamp;
        // A time that clocks show twice is the earlier one.
        expect(await valueOf('format', read, format, name)).toBe(local);
        expect(read.time).toBeLessThanOrEqual(ms);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a time', () => {
  it.each(
    titled([
      ['timestamp', ['2026-03-14T10:00:02.0019Z'], '"2026-03-14T10:00:02.001Z"'],
      ['timestamp', ['0001-01-01T00:00:00Z'], '"0001-01-01T00:00:00.000Z"'],
      ['timestamp', [at('2026-03-14T10:00:02Z')], '"2026-03-14T10:00:02.000Z"'],
      ['timestamp', ['1773482402.25', 'epoch-s'], '"2026-03-14T10:00:02.250Z"'],
      ['timestamp', [-1, 'epoch-ms'], '"1969-12-31T23:59:59.999Z"'],
      ['timestamp', [1773482402000000001n, 'epoch-ns'], '"2026-03-14T10:00:02.000Z"'],
      ['timestamp', [20260314, '%Y%m%d'], '"2026-03-14T00:00:00.000Z"'],
      ['timestamp', ['14/Mar/2026:10:00:02 +0000', 'clf'], '"2026-03-14T10:00:02.000Z"'],
      ['epoch_s', [at('1969-12-31T23:59:59.5Z')], '-1'],
      ['epoch_ms', [at('1969-12-31T23:59:59.5Z')], '-500'],
      ['duration', ['-1h30m'], '"-PT1H30M"'],
      ['duration', ['PT0.5S'], '"PT0.5S"'],
      ['duration', [90, 'm'], '"PT1H30M"'],
      ['duration', [-0.0004, 's'], '"PT0S"'],
      ['duration', [new Duration(5)], '"PT0.005S"'],
      ['getHours', [new Duration(-5_400_000)], '-1'],
      ['getSeconds', [new Duration(-999)], '0'],
      ['getMilliseconds', [new Duration(90_001)], '90001'],
    ]),
  )('%s', async (_, name, values, expected) => {
    expect(await json(name, ...values)).toBe(expected);
  });

  it.each(
    titled([
      ['timestamp', ['2026-02-30T00:00:00Z'], "usage: '2026-02-30T00:00:00Z' is no time of RFC 3339"],
      ['timestamp', ['x', '%Y-%m-%d'], "'x' is no time of the format %Y-%m-%d"],
      ['timestamp', [1e300, 'epoch-s'], '1e+300 is no time of the format epoch-s'],
      ['timestamp', [1, 'epoch'], 'usage: unknown time format epoch'],
      [
        'timestamp',
        ['x', 'epoch-s', 'Europe/Berlin'],
        'usage: a time zone has no use here: times of the format epoch-s say how far they are from UTC',
      ],
      ['duration', ['5 minutes'], 'usage: no duration: 5 minutes'],
      ['duration', [1, 'y'], 'usage: unknown unit of durations: y'],
      ['duration', [1e300, 's'], 'the duration is too long'],
    ]),
  )('%s fails', async (_, name, values, reason) => {
    expect(await failureOf(name, ...values)).toBe(reason);
  });

  it('that is computed fails for the event', async () => {
    const failing = async (text: string): Promise<unknown> =>
      evaluate(text, { x: 'soon' }).catch((error) => error.reason ?? error.message);
    expect(await failing('timestamp(x)')).toBe("'soon' is no time of RFC 3339");
    expect(await failing('duration(x)')).toBe("'soon' is no duration");
    expect(await failing('duration(1, x)')).toBe("unknown unit of durations: 'soon'");
  });

  it('is read by a format that stands in the expression', async () => {
    const failing = (text: string): Promise<unknown> =>
      evaluate(text, { f: '%Y', t: at('2026-01-01T00:00:00Z') }).catch((error) => error.message);
    expect(await failing('timestamp("2026", f)')).toBe(
      'the time format has to be written in the expression, as a text',
    );
    expect(await failing('t.format(f)')).toBe('the format has to be written in the expression, as a text');
    expect(await failing('t.truncate(f)')).toBe('the unit has to be written in the expression, as a text');
  });
});
