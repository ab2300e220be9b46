import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLogfmt } from '../reference/logfmt.ts';
import { membersOf, readAll, refusals } from './reading.ts';

const logfmt = (text: string | Buffer, how = {}) => readAll('logfmt', text, how);

describe('logfmt', () => {
  test.each([
    ['level=info msg="a b" n=1', '"level":"info","msg":"a b","n":1'],
    ['at=error desc="say \\"hi\\"" path=/a?b=c&d', '"at":"error","desc":"say \\"hi\\"","path":"/a?b=c&d"'],
    ['debug dry=false nothing= null=null', '"debug":true,"dry":false,"nothing":null,"null":null'],
    ['a="" b="5" c="true"', '"a":"","b":"5","c":"true"'],
    ['a=1.10 b=-0 c=1E400 d=18446744073709551615', '"a":1.10,"b":-0,"c":1E400,"d":18446744073709551615'],
    [
      'a=007 b=+1 c=.5 d=12ms e=NaN f={} g=[1]',
      '"a":"007","b":"+1","c":".5","d":"12ms","e":"NaN","f":"{}","g":"[1]"',
    ],
    ['  a=1\t b  \t', '"a":1,"b":true'],
    ['a=1 b=2 a=3 a', '"a":1,"b":2'],
    ['@t=1 @@w=2 @x=3', '"@@t":1,"@@@w":2,"@x":3'],
    ['http.status=200 é=ü a\\b=c\\d', '"http.status":200,"é":"ü","a\\\\b":"c\\\\d"'],
    [
      'a="\\n\\t\\u00e4\\/" b="\\x1b[0m\\a\\v\\\'" c="\\U0001F600"',
      '"a":"\\n\\t\\u00e4\\/","b":"\\u001b[0m\\u0007\\u000b\'","c":"\u{1f600}"',
    ],
    ['a="\\xff\\q\\u12\\U00110000\\UD800D800\\"', undefined],
    ['a="\\xff\\q\\u12\\U00110000\\U0000D800"', '"a":"\\\\xff\\\\q\\\\u12\\\\U00110000\\\\U0000D800"'],
    ['a="\t\u0001"', '"a":"\\t\\u0001"'],
  ])('%s', (line, members) => {
    for (const end of ['', '\n', '\r\n']) {
      const reading = logfmt(line + end);
      expect(membersOf(reading)).toEqual(members === undefined ? [] : [members]);
      for (const row of reading.rows) JSON.parse(`{${row.members}}`);
    }
  });

  test.each([
    ['=1', "1:1 a key is missing before '='"],
    ['a=1 =', "1:5 a key is missing before '='"],
    ['a=1 "b"=2', '1:5 a quote inside a key'],
    ['a"b=2', '1:2 a quote inside a key'],
    ['a=b"c', '1:4 a quote inside a value without quotes'],
    ['a="b"c', '1:6 text behind a closing quote'],
    ['a="b"=c', '1:6 text behind a closing quote'],
    ['a=1 b="c d', '1:7 a quote is not closed'],
    ['a="b\\"', '1:3 a quote is not closed'],
    ['a="b\\', '1:3 a quote is not closed'],
    ['a="', '1:3 a quote is not closed'],
  ])('%s is refused: %s', (line, refusal) => {
    const reading = logfmt(`${line}\nok=1\n`);
    expect(refusals(reading)).toEqual([refusal]);
    expect(reading.rejects[0]?.text).toBe(line);
    expect(membersOf(reading)).toEqual(['"ok":1']);
  });

  test('the time is a key, and of keys that occur twice the first counts', () => {
    const reading = logfmt('ts=1 a=2 ts=3\na=2\nts="x y"\nts\n', { time: 'ts' });
    expect(reading.rows.map((row) => row.timeText)).toEqual(['1', '', '"x y"', 'true']);
    expect(logfmt('a.b=5', { time: '["a.b"]' }).rows[0]?.timeText).toBe('5');
    expect(logfmt('@t=5', { time: '@t' }).rows[0]?.timeText).toBe('5');
    expect(() => logfmt('', { time: 'a.b' })).toThrow('logfmt has no member a.b');
  });

  test('bytes that are not UTF-8 are refused with their column', () => {
    expect(refusals(logfmt(Buffer.from('a=\xe9', 'latin1')))).toEqual(['1:3 the bytes are not UTF-8 (0xe9)']);
  });

  test('a line of very many keys takes no longer for each', () => {
    const keys = Array.from({ length: 200_000 }, (_, k) => `k${k}`);
    const line = [...keys, ...keys].join(' ');
    const [row] = logfmt(line).rows;
    expect(row?.members).toBe(keys.map((key) => `"${key}":true`).join(','));
  });
});

describe('laws of logfmt', () => {
  test('any line gives what the plain reader gives, or is refused with it', () => {
    const unit = fc.constantFrom(
      'a',
      'b',
      '=',
      '=',
      '"',
      '"',
      ' ',
      ' ',
      '\\',
      'x',
      'u',
      'U',
      '0',
      '1',
      '-',
      '.',
      'é',
      '\t',
      '\u0001',
      '@',
      't',
      '\u{1f600}',
    );
    const pair = fc
      .tuple(
        fc.constantFrom('a', 'b', '@t', 'é'),
        fc.constantFrom('=', '="', ''),
        fc.string({ unit, maxLength: 8 }),
      )
      .map(([key, sign, text]) => `${key}${sign}${text}${sign === '="' ? '"' : ''}`);
    const line = fc.oneof(
      fc.string({ unit, maxLength: 20 }),
      fc.array(pair, { maxLength: 4 }).map((pairs) => pairs.join(' ')),
    );
    fc.assert(
      fc.property(line, (text) => {
        if (text.trim() === '') return;
        const expected = readLogfmt(text);
        const reading = logfmt(text);
        expect(reading.rejects.length).toBe(expected === undefined ? 1 : 0);
        if (expected === undefined) return;
        const members = JSON.parse(`{${reading.rows[0]!.members}}`);
        const plain = [...expected].map(([key, value]) => [
          /^@+t$/.test(key) ? `@${key}` : key,
          JSON.parse(value),
        ]);
        expect(members).toEqual(Object.fromEntries(plain));
        expect(Object.keys(members).length).toBe(expected.size);
      }),
      { numRuns: 3000 },
    );
  });

  test('what is written as go-logfmt writes it comes back as it was', () => {
    const text = fc
      .string({ unit: 'grapheme', maxLength: 12 })
      .filter((value) => !/\p{Surrogate}/u.test(value));
    const value = fc.oneof(
      text,
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
      fc.boolean(),
      fc.constant(null),
    );
    const record = fc.dictionary(fc.stringMatching(/^[a-z_.]{1,6}$/), value, { minKeys: 1 });
    fc.assert(
      fc.property(record, (members) => {
        const written = Object.entries(members).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
        const reading = logfmt(written.join(' '));
        expect(JSON.parse(`{${reading.rows[0]!.members}}`)).toEqual({ ...members });
      }),
      { numRuns: 500 },
    );
  });
});
