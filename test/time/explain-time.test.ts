import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainTime, parseTimeFormat } from '../../src/time/time-format.ts';

function explain(value: string, format?: string): string {
  const b = Buffer.from(`1${value}1`);
  return explainTime(b, 1, b.length - 1, format);
}

const EPOCHS = 'epoch-s, epoch-ms, epoch-us or epoch-ns';

describe('explainTime', () => {
  it.each([
    ['1431857103', 'is a number: --time-format epoch-s makes it 2015-05-17T10:05:03.000Z'],
    ['1431857103.5', 'is a number: --time-format epoch-s makes it 2015-05-17T10:05:03.500Z'],
    ['1431857103000', 'is a number: --time-format epoch-ms makes it 2015-05-17T10:05:03.000Z'],
    ['1431857103000000', 'is a number: --time-format epoch-us makes it 2015-05-17T10:05:03.000Z'],
    ['1431857103000000000', 'is a number: --time-format epoch-ns makes it 2015-05-17T10:05:03.000Z'],
    ['"1431857103"', 'is a number: --time-format epoch-s makes it 2015-05-17T10:05:03.000Z'],
    ['17', `is a number: --time-format ${EPOCHS}`],
    ['-5', `is a number: --time-format ${EPOCHS}`],
    ['1e999', `is a number: --time-format ${EPOCHS}`],
    ['null', 'is no time'],
    ['true', 'is no time'],
    ['{"a":1}', 'is no time'],
    ['"17/May/2015:10:05:03 +0000"', 'is a time of web server logs: --time-format clf'],
    ['"17\\/May\\/2015:10:05:03 +0000"', 'is a time of web server logs: --time-format clf'],
    ['"2015-05-17"', "has no offset from UTC: --time-format '%Y-%m-%d', with --timezone unless it is UTC"],
    [
      '"2015-05-17 10:05:03"',
      "has no offset from UTC: --time-format '%Y-%m-%d %H:%M:%S', with --timezone unless it is UTC",
    ],
    ['"2015-05-17T10:05:03+0200"', "is no RFC 3339 time: --time-format '%Y-%m-%dT%H:%M:%S%z'"],
    ['"2015-02-30T10:05:03Z"', 'is no date or time that there is in the years 0000 to 9999'],
    ['"0000-01-01T00:00:00+01:00"', 'is no date or time that there is in the years 0000 to 9999'],
    ['"yesterday"', 'is no RFC 3339 time as 2015-05-17T10:05:03Z: --time-format names another format'],
    ['"\\x"', 'is no RFC 3339 time as 2015-05-17T10:05:03Z: --time-format names another format'],
  ])('says of %s what is wrong and what reads it', (value, reason) => {
    expect(explain(value)).toBe(`${value} ${reason}`);
  });

  it('says that there is no value', () => {
    expect(explain('')).toBe('there is no value to take the time from');
  });

  it('names the format that was asked for', () => {
    expect(explain('"2015-05-17"', 'epoch-s')).toBe('"2015-05-17" is no time of the format epoch-s');
    expect(explain('null', 'epoch-s')).toBe('null is no time');
  });

  it.each([
    '2015-05-17T10:05:03',
    '2015-05-17 10:05:03',
    '2015-05-17T10:05:03.25',
    '2015-05-17 10:05:03.000001',
    '2015-05-17 10:05:03,250',
    '2015-05-17T10:05:03+0200',
    '2015-05-17T10:05:03-02',
    '2015-05-17 10:05:03+02',
    '2015-05-17T10:05:03.5+0200',
    '2015-05-17 10:05:03.123456+00',
    '2015-05-17 10:05:03 +0200',
    '2015-05-17 10:05:03 -02:00',
    '2015-05-17 10:05:03 UTC',
    '2015-05-17T10:05',
    '2015-05-17 10:05',
    '2015-05-17T10:05Z',
    '2015-05-17T10:05+02:00',
    '2015-05-17',
    '2015/05/17 10:05:03',
    '2015/05/17',
    '20150517T100503Z',
    'Sun, 17 May 2015 10:05:03 +0000',
    'Sun, 7 Jun 2015 10:05:03 GMT',
    'Sun May 17 10:05:03 2015',
    'Thu May  7 10:05:03 2015',
    '17/May/2015:10:05:03 +0000',
    '1431857103',
  ])('names a format that reads %s', async (text) => {
    const value = Buffer.from(JSON.stringify(text));
    const named = /--time-format (?:'([^']+)'|([a-z-]+))/.exec(explain(String(value)));
    const reader = await parseTimeFormat((named?.[1] ?? named?.[2])!);
    expect(reader.read(value, 0, value.length)).not.toBeNaN();
  });

  it('shows the beginning of a long value', () => {
    expect(explain(`"${'x'.repeat(100_000)}"`)).toMatch(/^"x{59}… is no RFC 3339 time/);
    expect(explain(`"${'x'.repeat(58)}🌊🌊"`)).toMatch(/^"x{58}… is no RFC 3339 time/);
  });

  it('is one line, and short, for whatever is there', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const line = explain(JSON.stringify(text));
        expect(line).not.toMatch(/[\n\r]/);
        expect(line.length).toBeLessThan(220);
      }),
      { numRuns: 300 },
    );
  });
});
