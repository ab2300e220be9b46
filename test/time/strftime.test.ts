import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_INSTANT, MIN_INSTANT } from '../../src/time/instant.ts';
import { compileInstantFormat } from '../../src/time/strftime.ts';
import { TimePatternReader } from '../../src/time/strptime.ts';
import { compileTimePattern } from '../../src/time/time-pattern.ts';
import { fixedZone } from '../../src/time/zone.ts';

const INSTANT = Date.parse('2015-05-07T13:05:03.042Z');
const write = (format: string, instant: number): string => compileInstantFormat(format).format(instant);

describe('an instant format', () => {
  it.each([
    ['%Y-%m-%dT%H:%M:%S.%LZ', '2015-05-07T13:05:03.042Z'],
    ['%F/%T %R %D', '2015-05-07/13:05:03 13:05 05/07/15'],
    ['%Y/%m/%d/%H', '2015/05/07/13'],
    ['%y%j', '15127'],
    ['%a %A %b %B %h %e', 'Thu Thursday May May May  7'],
    ['%I%p', '01PM'],
    ['%s %3N %f %6N %9N', '1431003903 042 042000 042000 042000000'],
    ['%z %Z %% ü%%', '+0000 UTC % ü%'],
    ['', ''],
  ])('writes %s as strftime does', (format, text) => {
    expect(write(format, INSTANT)).toBe(text);
  });

  it('writes midnight and noon, years before the epoch and those of one digit', () => {
    expect(write('%I%p %a', Date.parse('1969-12-31T00:00:00Z'))).toBe('12AM Wed');
    expect(write('%I%p', Date.parse('2020-02-29T12:59:00Z'))).toBe('12PM');
    expect(write('%Y-%j %L', Date.parse('0007-12-31T23:59:59.999Z'))).toBe('0007-365 999');
  });

  it.each(['%Q', '%', 'a%', '%5N', '%é'])('refuses %s', (format) => {
    expect(() => compileInstantFormat(format)).toThrowError(expect.objectContaining({ code: 'usage' }));
  });

  it('is read again by the format of strptime', () => {
    const formats = [
      '%Y-%m-%d %H:%M:%S.%L',
      '%d %b %Y %I:%M:%S %p.%f',
      '%Y %j %T,%3N',
      '%A %e %B %Y %T.%9N %z',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...formats),
        fc.integer({ min: MIN_INSTANT, max: MAX_INSTANT }),
        (format, instant) => {
          const bytes = Buffer.from(write(format, instant));
          const reader = new TimePatternReader(compileTimePattern(format), fixedZone('UTC')!);
          expect(reader.readText(bytes, 0, bytes.length)).toBe(instant);
        },
      ),
    );
  });

  it('knows how coarse it is: instants of one unit give one text', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('%Y', '%d', '%p', '%H', '%R', '%M', '%S', '%T', '%s', '%L'), {
          maxLength: 3,
        }),
        fc.integer({ min: MIN_INSTANT, max: MAX_INSTANT - 86_400_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (directives, instant, part) => {
          const { unit, format } = compileInstantFormat(directives.join(' '));
          const first = Math.floor(instant / unit) * unit;
          expect(format(first + Math.floor(part * unit))).toBe(format(Math.max(first, MIN_INSTANT)));
        },
      ),
    );
  });
});
