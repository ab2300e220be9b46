import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { membersOf, readAll, refusals } from './reading.ts';

test('each line is the member text; blank lines are passed over and counted', () => {
  const reading = readAll('text', 'a "b" \\ \t\u0001\u007f\r\n\n  x\0', { time: 'text' });
  expect(membersOf(reading)).toEqual(['"text":"a \\"b\\" \\\\ \\t\\u0001\u007f"', '"text":"  x\\u0000"']);
  expect(reading.rows.map((row) => row.line)).toEqual([1, 3]);
  expect(reading.rows.map((row) => `"text":${row.timeText}`)).toEqual(membersOf(reading));
});

test('bytes that are not UTF-8 are refused', () => {
  expect(refusals(readAll('text', Buffer.from('a\nb\x80\n', 'latin1')))).toEqual([
    '2:2 the bytes are not UTF-8 (0x80)',
  ]);
});

test('text has no other member', () => {
  expect(() => readAll('text', '', { time: 't' })).toThrow('text has no member t');
});

test('any text comes back as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const line = `x${text.replaceAll(/[\n\r]/g, '')}`;
      const [row] = readAll('text', `${line}\n`).rows;
      expect(`{${row?.members}}`).toBe(JSON.stringify({ text: line }));
    }),
  );
});
