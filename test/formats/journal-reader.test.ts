import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { membersOf, readAll, refusals } from './reading.ts';

const journal = (text: string | Buffer, how = {}) => readAll('journal', text, how);
const US = '1700000000123456';
const TIME = `"__REALTIME_TIMESTAMP":"${US}"`;

test("an entry keeps its members byte for byte, and its time is the journal's", () => {
  const entry = `${TIME}, "PRIORITY" : "6","MESSAGE":"a [b] \\u00e4","__CURSOR":"s=1;i=2","X":null`;
  const reading = journal(`{${entry}}\n{ "A":"[" ,"__REALTIME_TIMESTAMP":1700000000123999}\n`);
  expect(membersOf(reading)).toEqual([entry, '"A":"[" ,"__REALTIME_TIMESTAMP":1700000000123999']);
  expect(reading.rows.map(({ time }) => time)).toEqual([1_700_000_000_123, 1_700_000_000_123]);
  expect(reading.rows[0]?.timeText).toBe(`"${US}"`);
});

test.each([
  ['[104,101,108,108,111]', '"hello"'],
  ['[ 27 , 91,109,10,34,92,195,164,240,159,152,128]', '"\\u001b[m\\n\\"\\\\ä\u{1f600}"'],
  ['[0]', '"\\u0000"'],
  // Latin-1 and what is no byte stays.
  ['[228]', '[228]'],
  ['[104,256]', '[104,256]'],
  ['[104,-1]', '[104,-1]'],
  ['[1.5]', '[1.5]'],
  ['[1e2]', '[1e2]'],
  ['[]', '[]'],
  ['[ null, true ]', '[null,true]'],
  // A field that an entry has several times.
  ['["a", [98,99] ,[228] , null]', '["a","bc",[228],null]'],
  ['[[98],[99]]', '["b","c"]'],
  ['[{"a":[98]}]', '[{"a":[98]}]'],
])('the field %s is %s', (field, value) => {
  const [row] = journal(`{"A":"x",${TIME},"MESSAGE":${field} ,"@t":[97],"B":"["}`).rows;
  expect(row).toMatchObject({
    members: `"A":"x",${TIME},"MESSAGE":${value} ,"@@t":"a","B":"["`,
    time: 1_700_000_000_123,
    timeText: `"${US}"`,
  });
});

test('another member can be the time', () => {
  const line = '{"M":[97],"_SOURCE_REALTIME_TIMESTAMP":"5","@t":"6"}';
  expect(journal(line, { time: '_SOURCE_REALTIME_TIMESTAMP' }).rows[0]).toMatchObject({
    timeText: '"5"',
    time: Number.NaN,
  });
  expect(journal(line, { time: '@t' }).rows[0]?.timeText).toBe('"6"');
  expect(journal(line).rows[0]).toMatchObject({ timeText: '', time: Number.NaN });
});

test('what is no JSON is refused as in ndjson', () => {
  expect(refusals(journal('-- Logs begin\n{"a":[1,}\n'))).toEqual([
    '1:1 a number without digits',
    '2:9 a comma before the closing brace',
  ]);
});

test('bytes that are UTF-8 come back as the text that they are of, and what is around them as it was', () => {
  const text = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 10 })
    .filter((value) => !/\p{Surrogate}/u.test(value));
  const bytes = text.map((value) => ({
    written: [...Buffer.from(value)] as unknown,
    read: value as unknown,
  }));
  const value = fc.oneof(
    bytes,
    fc
      .json({ maxDepth: 1 })
      .filter((json) => !json.startsWith('['))
      .map((json) => ({ written: JSON.parse(json), read: JSON.parse(json) })),
    fc
      .array(bytes, { minLength: 1 })
      .map((list) => ({ written: list.map((each) => each.written), read: list.map((each) => each.read) })),
  );
  const entries = fc.array(fc.dictionary(fc.stringMatching(/^[A-Z_]{1,4}$/), value), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(
      entries,
      fc.array(fc.nat(300), { maxLength: 4 }),
      fc.constantFrom(1, 2, 64),
      (all, cuts, capacity) => {
        const as = (side: 'written' | 'read') =>
          all.map((entry) =>
            Object.fromEntries(Object.entries(entry).map(([name, both]) => [name, both[side]])),
          );
        const input = as('written').map((entry) => `${JSON.stringify(entry)}\n`);
        const reading = journal(input.join(''), { cuts, capacity, anywhere: true });
        expect(membersOf(reading).map((members) => JSON.parse(`{${members}}`))).toEqual(as('read'));
      },
    ),
    { numRuns: 500 },
  );
});
