import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { membersOf, readAll, refusals } from './reading.ts';

const read = (text: string | Buffer, how = {}) => readAll('ndjson', text, how);

describe('ndjson', () => {
  test('an object gives its members, byte for byte', () => {
    const line =
      '{"a":1.10,"b":18446744073709551615,"c":1E400,"d":"\\u00e9\\/é","a" : [1, {"x":null}] , "e":-0}';
    expect(membersOf(read(`${line}\n`))).toEqual([line.slice(1, -1)]);
  });

  test.each([
    ['{}\n', ''],
    ['  { \t }  \r\n', ''],
    ['\t{ "a" : 1 } \r\n', '"a" : 1'],
    ['{"a":1}', '"a":1'],
    ['17\n', '"value":17'],
    [' null \n', '"value":null'],
    ['[1, "x"]\r\n', '"value":[1, "x"]'],
    ['"a\\nb"\n', '"value":"a\\nb"'],
  ])('%j gives the members %j', (line, members) => {
    const reading = read(line);
    expect(reading.rejects).toEqual([]);
    expect(membersOf(reading)).toEqual([members]);
  });

  test('blank lines are passed over and counted', () => {
    const reading = read('\n{"a":1}\n \t\r\n\r\n{"a":2}\n\n');
    expect(reading.rows.map((row) => row.line)).toEqual([2, 5]);
    expect(reading.rejects).toEqual([]);
  });

  test('no bytes are no records', () => {
    expect(read('')).toEqual({ rows: [], rejects: [] });
  });

  test('a byte order mark is passed over however short lines may be, and however it was cut', () => {
    for (const cuts of [[], [1], [1, 2], [2], [3]]) {
      const reading = readAll('ndjson', '\ufeff1\n22\n', { maxLine: 1, cuts, anywhere: true });
      expect(membersOf(reading)).toEqual(['"value":1']);
      expect(refusals(reading)).toEqual(['2:0 longer than --max-line (1 bytes)']);
    }
  });

  test('a byte order mark is passed over at the start alone', () => {
    const reading = read('\ufeff{"a":1}\n\ufeff{"a":2}\n');
    expect(membersOf(reading)).toEqual(['"a":1']);
    expect(refusals(reading)).toEqual(['2:1 a byte order mark may only stand at the start of a file']);
  });

  test.each([
    ['{"t":1,"x":2}', 't', '1'],
    ['{"x":2 , "t" : "a b" }', 't', '"a b"'],
    ['{"t":1,"t":2}', 't', '1'],
    ['{"\\u0074":5}', 't', '5'],
    ['{"\\u0074":5,"t":6}', 't', '5'],
    ['{"tt":1}', 't', ''],
    ['{"@t":1,"a":2}', '@t', '1'],
    ['{"\\u0040t":1,"a":2}', '@t', '1'],
    ['{"t\\"":1}', '["t\\""]', '1'],
    ['{"a":{"t":[1,{"x":7}]}}', 'a.t[1].x', '7'],
    ['{"a":{"@t":3},"@w":1}', 'a.@t', '3'],
    ['{"a":5}', 'a.t', ''],
    ['{"":4}', '[""]', '4'],
    ['{"":4}', 'a.t', ''],
    ['17', 'value', '17'],
    ['[{"t":8}]', 'value[0].t', '8'],
    ['{}', 't', ''],
  ])('in %s the time %s is %j', (line, time, text) => {
    // The kernel reads lines with their ends, JavaScript a last one without.
    for (const end of ['', '\n']) {
      const [row] = read(line + end, { time }).rows;
      expect(row?.timeText).toBe(text);
      expect(row?.time).toBeNaN();
    }
  });

  test.each([
    ['{"@t":1}', '"@@t":1'],
    ['{"a":1,"@w" : "x","b":[{"@t":1}]}', '"a":1,"@@w" : "x","b":[{"@t":1}]'],
    ['{"@@t":1,"@pane":2}', '"@@@t":1,"@@pane":2'],
    ['{"\\u0040t":1,"x":"\\u0040t"}', '"@@t":1,"x":"\\u0040t"'],
    ['{"@\\u0074":1}', '"@@t":1'],
    ['{"@timestamp":1,"@":2,"\\u0040x":3,"t":4}', '"@timestamp":1,"@":2,"\\u0040x":3,"t":4'],
    [
      '{"@stream":{},"@watermark":1,"@tick":1,"@idle":1,"@barrier":1,"@end":1}',
      '"@@stream":{},"@@watermark":1,"@@tick":1,"@@idle":1,"@@barrier":1,"@@end":1',
    ],
  ])('metadata names of the user get one more @: %s', (line, members) => {
    expect(membersOf(read(line))).toEqual([members]);
  });

  test.each([
    ['{"a":1,}', 8, 'a comma before the closing brace'],
    ['{"a":[1, ] }', 10, 'a comma before the closing bracket'],
    ['{"a":1}{"b":2}', 8, 'something follows the object; one record a line'],
    ['{"a":1} x', 9, 'something follows the object; one record a line'],
    ['1 2', 3, 'something follows the value; one record a line'],
  ])('%s is refused at column %i: %s', (line, column, reason) => {
    const reading = read(`{"ok":1}\n${line}\n{"ok":2}\n`);
    expect(refusals(reading)).toEqual([`2:${column} ${reason}`]);
    expect(reading.rejects[0]?.text).toBe(line);
    expect(membersOf(reading)).toEqual(['"ok":1', '"ok":2']);
  });

  test.each([
    ['{"a":1', 7],
    ['{"a":"x', 8],
    ['{"a"', 5],
    ['{"a', 4],
    ['{', 2],
    ['{a:1}', 2],
    ["{'a':1}", 2],
    ['{"a":01}', 7],
    ['{"a":1.}', 8],
    ['{"a":1e}', 8],
    ['{"a":-}', 7],
    ['{"a":+1}', 6],
    ['{"a":.5}', 6],
    ['{"a":tru}', 6],
    ['{"a":NaN}', 6],
    ['{"a":"\\x"}', 7],
    ['{"a":"\\u12g4"}', 7],
    ['{"a":"\t"}', 7],
    ['{"a":"\0"}', 7],
    ['{"a":\0}', 6],
    ['{"a" 1}', 6],
    ['{"a":1 "b":2}', 8],
    ['{"a":}', 6],
    ['{,}', 2],
    ['{"a":[1}', 8],
    ['{"a":[[[[{]]]]}', 11],
    ['{"a":1\v}', 7],
    ['abc', 1],
    ['}', 1],
    ['{"a":\u00a01}', 6],
  ])('%j is no JSON, near column %i, and costs only its line', (line, column) => {
    for (const ending of ['\n{"ok":2}\n', '\r\n{"ok":2}\n', '\n{"ok":2}']) {
      const reading = read(`{"ok":1}\n${line}${ending}`);
      expect(membersOf(reading)).toEqual(['"ok":1', '"ok":2']);
      expect(reading.rejects.map((reject) => [reject.line, reject.text])).toEqual([
        [2, Buffer.from(line).toString('latin1')],
      ]);
      // How far into a bad escape or word the column points is the scanner's affair.
      expect(Math.abs(reading.rejects[0]!.column - column)).toBeLessThanOrEqual(4);
      expect(reading.rejects[0]!.reason).toMatch(/^\S.*[^.]$/);
    }
    expect(read(line).rejects.map((reject) => reject.line)).toEqual([1]);
  });

  test('bytes that are not UTF-8 are refused with their column, wherever they stand', () => {
    const bad = Buffer.from('{"a":"\xff"}\n', 'latin1');
    const good = Buffer.from('{"é":"\u{10ffff}"}\n');
    const reading = read(
      Buffer.concat([good, bad, good, Buffer.from('{"a":"\xed\xa0\x80"}\n', 'latin1'), good]),
    );
    expect(refusals(reading)).toEqual([
      '2:7 the bytes are not UTF-8 (0xff)',
      '4:7 the bytes are not UTF-8 (0xed)',
    ]);
    expect(membersOf(reading)).toEqual(Array.from({ length: 3 }, () => '"é":"\u{10ffff}"'));
  });

  test('lone surrogates written as escapes, and NUL as one, pass', () => {
    const line = '{"a":"\\ud800","b":"\\u0000"}';
    expect(membersOf(read(line))).toEqual([line.slice(1, -1)]);
  });

  test('100,000 brackets are read, or refused, like any value', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const reading = read(`{"a":${deep}}\n{"a":${deep.slice(1)}}\n`);
    expect(membersOf(reading)).toEqual([`"a":${deep}`]);
    expect(reading.rejects.map((reject) => reject.line)).toEqual([2]);
  });

  test('a line of 10 MB is one record', () => {
    const text = 'x'.repeat(10_000_000);
    expect(membersOf(read(`{"a":"${text}"}\n{"b":1}`))).toEqual([`"a":"${text}"`, '"b":1']);
  });

  test('a line longer than --max-line is refused with its first bytes, however the blocks are cut', () => {
    const input = `{"a":1}\n{"a":"${'x'.repeat(100)}"}\n{"a":2}\n${'9'.repeat(21)}\n${'8'.repeat(20)}\n`;
    const expected = {
      rows: ['"a":1', '"a":2', `"value":${'8'.repeat(20)}`],
      rejects: ['2:0 longer than --max-line (20 bytes)', '4:0 longer than --max-line (20 bytes)'],
      texts: ['{"a":"xxxxxxxxxxxxxx', '9'.repeat(20)],
    };
    for (const cuts of [[], [8, 30, 31, 50, 90, 128, 129, 131, 150, 158]]) {
      const reading = read(input, { maxLine: 20, cuts, anywhere: true });
      expect(membersOf(reading)).toEqual(expected.rows);
      expect(refusals(reading)).toEqual(expected.rejects);
      expect(reading.rejects.map((reject) => reject.text)).toEqual(expected.texts);
    }
  });
});

/** JSON texts with spaces, escapes and odd names, beside what JSON.parse makes of them. */
const spaced = (space: string) => (value: unknown) => {
  const text = JSON.stringify(value, null, space === '' ? undefined : 1);
  return text.replaceAll('\n', space === '' ? '' : space);
};
const name = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('@t', '@@w', '@timestamp', 't', 'a', '@', '@end', '__proto__x'),
);
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'grapheme' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.constantFrom(null, true, false, [], {}),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 5 }),
  ),
})).value;

const RESERVED = /^@+(?:t|w|pane|stream|watermark|tick|idle|barrier|end)$/;
const escapeNames = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [RESERVED.test(key) ? `@${key}` : key, inner]),
      )
    : { value };

describe('laws of ndjson', () => {
  test('what JSON.parse reads is read, with the same value', () => {
    fc.assert(
      fc.property(
        json,
        fc.constantFrom('', ' ', '\t', '\r'),
        fc.constantFrom('@', '\\u0040'),
        (value, space, at) => {
          const reading = read(`${space}${spaced(space)(value).replaceAll('@', at)}${space}\n`);
          expect(reading.rejects).toEqual([]);
          expect(JSON.parse(`{${reading.rows[0]!.members}}`)).toEqual(
            escapeNames(JSON.parse(JSON.stringify(value))),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a damaged line is read exactly when JSON.parse reads it, alone or between others', () => {
    const damage = fc.tuple(
      fc.nat(),
      fc.constantFrom('', ',', '"', '}', '{', ']', ' ', '\\', ':', '0', '-', 'e', '\u0001'),
    );
    fc.assert(
      fc.property(json, damage, fc.boolean(), (value, [position, insert], drop) => {
        const text = JSON.stringify(value);
        const at = position % (text.length + 1);
        const line = text.slice(0, at) + insert + text.slice(at + (drop ? 1 : 0));
        if (Buffer.from(line).toString() !== line || line.trim() === '') return;
        let parsed: unknown;
        let valid = true;
        try {
          parsed = JSON.parse(line);
        } catch {
          valid = false;
        }
        for (const [before, behind, first] of [
          ['', '', 1],
          ['{"x":1}\n', '\n{"y":2}\n', 2],
        ] as const) {
          const reading = read(before + line + behind);
          const own = reading.rows.filter((row) => row.line === first);
          expect(own.length).toBe(valid ? 1 : 0);
          expect(reading.rejects.length).toBe(valid ? 0 : 1);
          if (valid) expect(JSON.parse(`{${own[0]!.members}}`)).toEqual(escapeNames(parsed));
          expect(reading.rows.length - own.length).toBe(before === '' ? 0 : 2);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
