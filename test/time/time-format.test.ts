import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/errors.ts';
import { DEFAULT_TIME_FORMAT, parseTimeFormat, TIME_FORMATS } from '../../src/time/time-format.ts';

const AT = 1_431_857_103_000;

/** Reads a JSON value that stands between others. */
async function read(format: string, value: string, timezone?: string): Promise<number> {
  const reader = await parseTimeFormat(format, timezone);
  const before = '{"t":';
  const b = Buffer.from(`${before}${value},"n":1}`);
  return reader.read(b, before.length, before.length + Buffer.byteLength(value));
}

function refusal(format: string, timezone?: string): TidemarkError {
  try {
    parseTimeFormat(format, timezone);
  } catch (error) {
    if (error instanceof TidemarkError) return error;
  }
  throw new Error(`${format} was taken`);
}

describe('parseTimeFormat', () => {
  it.each([
    ['rfc3339', '"2015-05-17T10:05:03.000Z"', AT],
    ['rfc3339', '"2015-05-17T12:05:03+02:00"', AT],
    ['rfc3339', '"2015-05-17T10\\u003a05:03\\u005a"', AT],
    ['rfc3339', '1431857103000', Number.NaN],
    ['rfc3339', '"1431857103000"', Number.NaN],
    ['epoch-s', '1431857103', AT],
    ['epoch-s', '"1431857103"', AT],
    ['epoch-s', '"143185710\\u0033"', AT],
    ['epoch-s', '1431857103.25', AT + 250],
    ['epoch-ms', '1431857103000', AT],
    ['epoch-us', '1431857103000999', AT],
    ['epoch-ns', '1431857103000999999', AT],
    ['epoch-ns', '"1431857103000999999"', AT],
    ['epoch-s', '"2015-05-17T10:05:03Z"', Number.NaN],
    ['clf', '"17/May/2015:10:05:03 +0000"', AT],
    ['clf', '"17\\/May\\/2015:10:05:03 +0000"', AT],
    ['clf', '1431857103', Number.NaN],
    ['%Y-%m-%d %H:%M:%S', '"2015-05-17 10:05:03"', AT],
    ['%Y/%m/%d %H:%M:%S', '"2015\\/05\\/17 10:05:03"', AT],
    ['%Y%m%d', '20150517', Date.UTC(2015, 4, 17)],
    ['%s', '1431857103', AT],
  ])('reads by %s the value %s', async (format, value, ms) => {
    expect(await read(format, value)).toBe(ms);
  });

  it('finds no time in values of other kinds, or in no value', async () => {
    for (const format of [...TIME_FORMATS, '%F', '%s']) {
      for (const value of [
        '',
        'null',
        'true',
        '{}',
        '[1431857103]',
        '""',
        '"',
        '-',
        '"\\u0000"',
        '"\\ud800"',
      ]) {
        expect(await read(format, value)).toBeNaN();
      }
    }
  });

  it('takes times without an offset for local time of the zone, UTC without one', async () => {
    const value = '"2015-05-17 12:05:03"';
    expect(await read('%F %T', value, 'Europe/Berlin')).toBe(AT);
    expect(await read('%F %T', value, '+02:00')).toBe(AT);
    expect(await read('%F %T', value)).toBe(AT + 7_200_000);
  });

  it('is a promise only for a zone whose rules have to be loaded', async () => {
    // Another test may have loaded them.
    expect(await parseTimeFormat('%F', 'Europe/Berlin')).toBeDefined();
    for (const timezone of [undefined, 'UTC', '+02:00', 'Europe/Berlin']) {
      expect(parseTimeFormat('%F', timezone)).not.toBeInstanceOf(Promise);
    }
  });

  it('has a reader for its default and for each name', () => {
    for (const name of [DEFAULT_TIME_FORMAT, ...TIME_FORMATS]) expect(parseTimeFormat(name)).toBeDefined();
  });

  it.each([
    ['', undefined, 'a time format is missing', /rfc3339, epoch-s/],
    ['iso', undefined, 'unknown time format iso', /rfc3339, epoch-s, .*%Y/],
    ['%Y-%Q', undefined, 'unknown directive %Q in the time format %Y-%Q', /%Y/],
    ['%H', undefined, 'the time format %H does not give a whole date', /%j/],
    ['%F', 'Mars/X', 'unknown time zone: Mars/X', /Europe\/Berlin/],
    [
      'rfc3339',
      'UTC',
      'a time zone has no use here: times of the format rfc3339 say how far they are from UTC',
      /leave/,
    ],
    [
      '%F%z',
      'Europe/Berlin',
      'a time zone has no use here: times of the format %F%z say how far they are from UTC',
      /leave/,
    ],
  ])('refuses %s in the zone %s', (format, timezone, message, hint) => {
    const error = refusal(format, timezone);
    expect([error.code, error.message]).toEqual(['usage', message]);
    expect(error.hint).toMatch(hint);
  });
});
