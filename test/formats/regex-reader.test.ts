import { expect, test } from 'vitest';
import { membersOf, readAll, refusals } from './reading.ts';

const PATTERN = 'regex:^(?<level>\\w+) (?:(?<took>[0-9.]+) )?(?<text>.*)$';

test('each named group is a member, typed as a csv field is', () => {
  const reading = readAll(PATTERN, 'INFO 12 a "b"\nWARN 1.50 \r\n\n7 é\n');
  expect(membersOf(reading)).toEqual([
    '"level":"INFO","took":12,"text":"a \\"b\\""',
    '"level":"WARN","took":1.50,"text":null',
    '"level":7,"took":null,"text":"é"',
  ]);
  expect(reading.rows.map((row) => row.line)).toEqual([1, 2, 4]);
});

test('the pattern may match anywhere; a line without a match is refused', () => {
  const reading = readAll('regex:(?<n>[0-9]+)', 'abc\nx12y\n');
  expect(membersOf(reading)).toEqual(['"n":12']);
  expect(refusals(reading)).toEqual(['1:0 the line does not match the pattern']);
});

test('a group can be the time', () => {
  expect(readAll('regex:(?<a>.) (?<t>.+)', 'x y z', { time: 't' }).rows[0]?.timeText).toBe('"y z"');
  expect(() => readAll('regex:(?<a>.)', '', { time: 't' })).toThrow('the pattern has no member t');
});

test('a pattern without named groups, or a bad one, is wrong usage', () => {
  expect(() => readAll('regex:([0-9]+)', '')).toThrow('the pattern has no named group');
  expect(() => readAll('regex:', '')).toThrow('the pattern has no named group');
  expect(() => readAll('regex:(?<a>', '')).toThrow('not a regular expression: unterminated group: (?<a>');
  expect(() => readAll('regex:(?<a>\\-)', '')).toThrow('not a regular expression: invalid escape: (?<a>\\-)');
});
