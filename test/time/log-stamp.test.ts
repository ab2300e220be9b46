import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { LogStamp } from '../../src/time/log-stamp.ts';

const CLOCK = ((22 * 60 + 14) * 60 + 15) * 1000;

/** What is read at the start of a text, and what stands behind it. */
function read(text: string) {
  const stamp = new LogStamp();
  const bytes = Buffer.from(text);
  const end = stamp.read(bytes, 0, bytes.length);
  if (end < 0) return undefined;
  const { year, month, day, ms, utc } = stamp;
  return { year, month, day, ms, utc, rest: bytes.toString('utf8', end) };
}

test.each([
  ['Oct 11 22:14:15 host', {}, ' host'],
  ['oct 11 22:14:15', {}, ''],
  ['Oct  1 22:14:15: x', { day: 1 }, ': x'],
  ['Oct 1 22:14:15', { day: 1 }, ''],
  ['Oct 01 22:14:15.25 x', { day: 1, ms: CLOCK + 250 }, ' x'],
  ['Oct 11 22:14:15.0019999', { ms: CLOCK + 1 }, ''],
  ['Oct 11 22:14:15,123456 x', { ms: CLOCK + 123 }, ' x'],
  ['Oct 11 22:14:15. x', {}, '. x'],
  ['Oct 11 2003 22:14:15: %ASA', { year: 2003 }, ': %ASA'],
  ['Oct 11 22:14:15 2003 host', { year: 2003 }, ' host'],
  ['Oct 11 22:14:15 2003', { year: 2003 }, ''],
  ['Oct 11 22:14:15 20031 host', {}, ' 20031 host'],
  ['Oct 11 22:14:15 0815 host', {}, ' 0815 host'],
  ['Oct 11 22:14:15 UTC: x', { utc: true }, ': x'],
  ['Oct 11 22:14:15 2003 GMT', { year: 2003, utc: true }, ''],
  ['Oct 11 22:14:15 UTCX x', {}, ' UTCX x'],
  ['2003-10-11 22:14:15 host', { year: 2003 }, ' host'],
  ['2003-10-11T22:14:15,5 host', { year: 2003, ms: CLOCK + 500 }, ' host'],
])('%s is read', (text, parts, rest) => {
  expect(read(text)).toEqual({ year: -1, month: 10, day: 11, ms: CLOCK, utc: false, ...parts, rest });
});

test.each([
  '',
  'Oct 11 22:14:1',
  'Okt 11 22:14:15',
  'October 11 22:14:15',
  'Oct 0 22:14:15x',
  'Oct 32 22:14:15',
  'Oct 111 22:14:15',
  'Oct  11  22:14:15',
  'Oct 11 24:14:15',
  'Oct 11 22:60:15',
  'Oct 11 22:14:61',
  'Oct 11 22-14-15',
  '2003-13-11 22:14:15',
  '1903-10-11 22:14:15',
  '2003-10-11_22:14:15',
  '2003/10/11 22:14:15',
])('%j is no time', (text) => {
  expect(read(text)).toBeUndefined();
});
