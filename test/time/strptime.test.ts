import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/errors.ts';
import { ianaZone } from '../../src/time/iana-zone.ts';
import { TimePatternReader } from '../../src/time/strptime.ts';
import { compileTimePattern } from '../../src/time/time-pattern.ts';
import { fixedZone, type Zone } from '../../src/time/zone.ts';

const UTC = fixedZone('UTC')!;
const berlin = ianaZone('Europe/Berlin');

/** Reads `text` between digits that would continue it, were they read. */
function read(pattern: string, text: string, zone: Zone = UTC): number {
  const b = Buffer.from(`1${text}1`);
  return new TimePatternReader(compileTimePattern(pattern), zone).readText(b, 1, b.length - 1);
}

const iso = (ms: number): string => (Number.isNaN(ms) ? 'NaN' : new Date(ms).toISOString());

describe('TimePatternReader', () => {
  it.each([
    ['%Y-%m-%d %H:%M:%S', '2015-05-17 10:05:03', '2015-05-17T10:05:03.000Z'],
    ['%F %T', '2015-05-17 10:05:03', '2015-05-17T10:05:03.000Z'],
    ['%FT%R', '2015-05-17T10:05', '2015-05-17T10:05:00.000Z'],
    ['%F', '2015-05-17', '2015-05-17T00:00:00.000Z'],
    ['%D', '05/17/15', '2015-05-17T00:00:00.000Z'],
    ['%m/%d/%Y', '5/7/2015', '2015-05-07T00:00:00.000Z'],
    ['%Y%m%d%H%M%S', '20150517100503', '2015-05-17T10:05:03.000Z'],
    ['%Y%m%dT%H%M%SZ', '20150517T100503Z', '2015-05-17T10:05:03.000Z'],
    ['%d.%m.%y', '17.05.68', '2068-05-17T00:00:00.000Z'],
    ['%d.%m.%y', '17.05.69', '1969-05-17T00:00:00.000Z'],
    ['%Y-%j', '2016-366', '2016-12-31T00:00:00.000Z'],
    ['%Y %j', '2015 1', '2015-01-01T00:00:00.000Z'],
    ['%F %I:%M %p', '2015-05-17 12:05 AM', '2015-05-17T00:05:00.000Z'],
    ['%F %I:%M %p', '2015-05-17 12:05 pm', '2015-05-17T12:05:00.000Z'],
    ['%F %I%p', '2015-05-17 1Pm', '2015-05-17T13:00:00.000Z'],
    ['%F %T.%f', '2015-05-17 10:05:03.1', '2015-05-17T10:05:03.100Z'],
    ['%F %T.%f', '2015-05-17 10:05:03.123456789', '2015-05-17T10:05:03.123Z'],
    ['%F %T,%L', '2015-05-17 10:05:03,123', '2015-05-17T10:05:03.123Z'],
    ['%F %T.%3N', '2015-05-17 10:05:03.123', '2015-05-17T10:05:03.123Z'],
    ['%F %T.%6N', '2015-05-17 10:05:03.123999', '2015-05-17T10:05:03.123Z'],
    ['%F %T.%9N', '2015-05-17 10:05:03.123999999', '2015-05-17T10:05:03.123Z'],
    ['%F %T.%f', '1969-12-31 23:59:59.9999', '1969-12-31T23:59:59.999Z'],
    ['%d %b %Y', '17 May 2015', '2015-05-17T00:00:00.000Z'],
    ['%d %b %Y', '17 SEPTEMBER 2015', '2015-09-17T00:00:00.000Z'],
    ['%B %d, %Y', 'sep 17, 2015', '2015-09-17T00:00:00.000Z'],
    ['%d%h%Y', '17march2015', '2015-03-17T00:00:00.000Z'],
    ['%a, %d %b %Y %T %z', 'Sun, 17 May 2015 12:05:03 +0200', '2015-05-17T10:05:03.000Z'],
    ['%A %d %B %Y', 'wednesday 17 June 2015', '2015-06-17T00:00:00.000Z'],
    ['%a %b %e %T %Y', 'Thu May  7 10:05:03 2015', '2015-05-07T10:05:03.000Z'],
    ['%b%e %Y', 'May 7 2015', '2015-05-07T00:00:00.000Z'],
    ['%F %T %Z', '2015-05-17 10:05:03 UTC', '2015-05-17T10:05:03.000Z'],
    ['%F %T %Z', '2015-05-17 10:05:03 gmt', '2015-05-17T10:05:03.000Z'],
    ['%F %T%Z', '2015-05-17 10:05:03Z', '2015-05-17T10:05:03.000Z'],
    ['%F %T%z', '2015-05-17 10:05:03Z', '2015-05-17T10:05:03.000Z'],
    ['%F %T%z', '2015-05-17 10:05:03-05:30', '2015-05-17T15:35:03.000Z'],
    ['%F %T%z', '2015-05-17 12:05:03+02', '2015-05-17T10:05:03.000Z'],
    ['%F %T%z %%', '2015-05-17 12:05:03+02 %', '2015-05-17T10:05:03.000Z'],
    ['%F %T%z:', '2015-05-17 12:05:03+02:', '2015-05-17T10:05:03.000Z'],
    ['%s', '1431857103', '2015-05-17T10:05:03.000Z'],
    ['%s', '-1', '1969-12-31T23:59:59.000Z'],
    ['%s.%f', '1431857103.2509', '2015-05-17T10:05:03.250Z'],
    ['%s.%f', '-0.5', '1969-12-31T23:59:59.500Z'],
    ['%s.%f', '-1.0001', '1969-12-31T23:59:58.999Z'],
    ['%s.%f', '-0.000000001', '1969-12-31T23:59:59.999Z'],
    ['[%d/%b/%Y:%T %z]', '[17/May/2015:10:05:03 +0000]', '2015-05-17T10:05:03.000Z'],
    ['%F %T', '2015-05-17 \t 10:05:03', '2015-05-17T10:05:03.000Z'],
    ['%F%n%T', '2015-05-1710:05:03', '2015-05-17T10:05:03.000Z'],
    ['%F%t%T', '2015-05-17 10:05:03', '2015-05-17T10:05:03.000Z'],
    ['%Y年%m月%d日', '2015年05月17日', '2015-05-17T00:00:00.000Z'],
    ['100%% %F', '100% 2015-05-17', '2015-05-17T00:00:00.000Z'],
    ['%F %T', '2016-12-31 23:59:60', '2017-01-01T00:00:00.000Z'],
    ['%F %T', '0000-01-01 00:00:00', '0000-01-01T00:00:00.000Z'],
  ])('reads by %s: %s', (pattern, text, expected) => {
    expect(iso(read(pattern, text))).toBe(expected);
  });

  it.each([
    ['%F %T', ''],
    ['%F %T', '2015-05-17'],
    ['%F %T', '2015-05-17 10:05:03 '],
    ['%F %T', '2015-05-1710:05:03'],
    ['%F %T', '2015-02-29 10:05:03'],
    ['%F %T', '2015-13-01 10:05:03'],
    ['%F %T', '2015-00-01 10:05:03'],
    ['%F %T', '2015-05-00 10:05:03'],
    ['%F %T', '2015-05-17 24:05:03'],
    ['%F %T', '2015-05-17 10:60:03'],
    ['%F %T', '2015-05-17 10:05:61'],
    ['%F %T', '2015-05-17 10:05:60'],
    ['%F %T', '215-05-17 10:05:03'],
    ['%F %T', '2015-05-17 10:05:-3'],
    ['%F %T.%f', '2015-05-17 10:05:03.'],
    ['%F %T.%f', '2015-05-17 10:05:03.1234567890'],
    ['%F %T.%L', '2015-05-17 10:05:03.12'],
    ['%F %T.%L', '2015-05-17 10:05:03.1234'],
    ['%F %T.%6N', '2015-05-17 10:05:03.123'],
    ['%F %I %p', '2015-05-17 13 PM'],
    ['%F %I %p', '2015-05-17 0 PM'],
    ['%F %I %p', '2015-05-17 1 XM'],
    ['%F %I %p', '2015-05-17 1 P'],
    ['%Y-%j', '2015-366'],
    ['%Y-%j', '2015-0'],
    ['%d %b %Y', '17 Mai 2015'],
    ['%d %b %Y', '17 Sept 2015'],
    ['%a %F', 'Foo 2015-05-17'],
    ['%a %F', 'S'],
    ['%F%z', '2015-05-17+2'],
    ['%F%z', '2015-05-17+24:00'],
    ['%F%z', '2015-05-17+02:60'],
    ['%F%z', '2015-05-17'],
    ['%F %Z', '2015-05-17 CEST'],
    ['%s', '-'],
    ['%s', '9999999999999'],
    ['%s', '999999999999'],
    ['%F%z', '0000-01-01+00:01'],
  ])('refuses by %s: %s', (pattern, text) => {
    expect(read(pattern, text)).toBeNaN();
  });

  it('takes times without an offset for local time of the zone', () => {
    expect(iso(read('%F %T', '2024-07-01 12:00:00', berlin))).toBe('2024-07-01T10:00:00.000Z');
    expect(iso(read('%F %T', '2024-01-01 12:00:00', fixedZone('-05:00')))).toBe('2024-01-01T17:00:00.000Z');
    expect(iso(read('%F %T.%f', '2024-07-01 12:00:00.25', berlin))).toBe('2024-07-01T10:00:00.250Z');
  });

  it('takes the earlier of two instants, and goes on over a gap, as Temporal does', () => {
    expect(iso(read('%F %T', '2024-10-27 02:30:00', berlin))).toBe('2024-10-27T00:30:00.000Z');
    expect(iso(read('%F %T', '2024-03-31 02:30:00', berlin))).toBe('2024-03-31T01:30:00.000Z');
  });

  it('forgets what the text before said', () => {
    const reader = new TimePatternReader(compileTimePattern('%s.%f'), UTC);
    for (const [text, ms] of [
      ['-1.0001', -1001],
      ['1.5', 1500],
      ['-x', Number.NaN],
      ['2.25', 2250],
    ] as const) {
      const b = Buffer.from(text);
      expect(reader.readText(b, 0, b.length)).toBe(ms);
    }
  });

  it('reads what a time is written as, and nothing shorter', () => {
    const pattern = '%Y-%m-%d %H:%M:%S.%f';
    fc.assert(
      fc.property(
        fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 }),
        fc.nat(19),
        (ms, length) => {
          const text = new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
          expect(read(pattern, text)).toBe(ms);
          const b = Buffer.from(text);
          expect(new TimePatternReader(compileTimePattern(pattern), UTC).readText(b, 0, length)).toBeNaN();
        },
      ),
      { numRuns: 500 },
    );
  });

  it('never reads behind the span, whatever stands there', () => {
    const pattern = compileTimePattern('%a %e %B %y %I %p %M %S%f%n%j%z%Z%s');
    const reader = new TimePatternReader(pattern, UTC);
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'Sun may17PM0UTC+:- ') }),
        fc.nat(40),
        (text, length) => {
          const whole = Buffer.from(text);
          const cut = whole.subarray(0, Math.min(length, whole.length));
          const alone = Buffer.from(cut);
          expect(reader.readText(whole, 0, cut.length)).toBe(reader.readText(alone, 0, alone.length));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('compileTimePattern', () => {
  it.each([
    ['%Y-%m-%d %Q', /^unknown directive %Q in the time format %Y-%m-%d %Q$/, /known are .*%Y.*%%/],
    ['%F %', /^unknown directive % in/, /known are/],
    ['%F %N', /^unknown directive %N in/, /%3N/],
    ['%F %3Y', /^unknown directive %3Y in/, /%3N/],
    ['%F %9', /^unknown directive %9 in/, /%9N/],
    ['%F %é', /^unknown directive %é in/, /known are/],
    ['%H:%M', /^the time format %H:%M does not give a whole date$/, /%Y-%m-%d/],
    ['%m-%d %T', /does not give a whole date/, /%Y-%m-%d/],
    ['%Y-%m', /does not give a whole date/, /%Y-%m-%d/],
    ['%b %d %T', /does not give a whole date/, /%Y-%m-%d/],
    ['%j', /does not give a whole date/, /%Y-%m-%d/],
    ['%F %I:%M', /has %I without %p$/, /%H/],
    ['%F %p', /has %p without %I$/, /%H/],
    ['%F %H %p', /has %H with %I or %p$/, /%H/],
    ['%F %H %I %p', /has %H with %I or %p$/, /%H/],
  ])('refuses %s', (pattern, message, hint) => {
    try {
      compileTimePattern(pattern);
    } catch (error) {
      expect(error).toBeInstanceOf(TidemarkError);
      const { code, message: told, hint: advice } = error as TidemarkError;
      expect(code).toBe('usage');
      expect(told).toMatch(message);
      expect(advice).toMatch(hint);
      return;
    }
    throw new Error(`${pattern} was compiled`);
  });

  it('knows whether times say how far they are from UTC', () => {
    expect(compileTimePattern('%F %T').hasOffset).toBe(false);
    for (const pattern of ['%F %T %z', '%F %Z', '%s'])
      expect(compileTimePattern(pattern).hasOffset).toBe(true);
  });
});
