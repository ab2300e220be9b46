import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TidemarkError } from '../../src/errors.ts';
import { membersOf, readAll, refusals } from './reading.ts';

const csv = (text: string | Buffer, how = {}) => readAll('csv', text, how);
const tsv = (text: string | Buffer, how = {}) => readAll('tsv', text, how);

describe('csv', () => {
  test('a field is a number, null or a string by its spelling', () => {
    const fields = '1,1.10,-0,1E400,18446744073709551615,007,+1,.5,1., 1,NaN,true,,""," ","5",2015-05-17,-';
    const header = Array.from({ length: 18 }, (_, k) => `c${k}`).join(',');
    const values = [
      '1',
      '1.10',
      '-0',
      '1E400',
      '18446744073709551615',
      '"007"',
      '"+1"',
      '".5"',
      '"1."',
      '" 1"',
      '"NaN"',
      '"true"',
      'null',
      '""',
      '" "',
      '"5"',
      '"2015-05-17"',
      '"-"',
    ];
    expect(membersOf(csv(`${header}\n${fields}\n`))).toEqual([
      values.map((value, k) => `"c${k}":${value}`).join(','),
    ]);
  });

  test('quoted fields have delimiters, doubled quotes and line ends', () => {
    const reading = csv('a,b\r\n"x,""y""\r\nz","\\\t"\r\n"""",1\r\n');
    expect(membersOf(reading)).toEqual(['"a":"x,\\"y\\"\\r\\nz","b":"\\\\\\t"', '"a":"\\"","b":1']);
    expect(reading.rows.map((row) => row.line)).toEqual([2, 4]);
  });

  test.each([
    ['', []],
    ['a,b', []],
    ['a,b\n', []],
    ['\ufeffa,b\n1,2', ['"a":1,"b":2']],
    ['\n\na\n\n1\n \r\n2\n\n', ['"a":1', '"a":2']],
    ['a,b\n,\n', ['"a":null,"b":null']],
    ['a,b\n1,', ['"a":1,"b":null']],
    ['a,b\n1,2\r', ['"a":1,"b":2']],
    ['a,b\n1,"2"\r', ['"a":1,"b":"2"']],
    ['a,b\nx\ry,2\n', ['"a":"x\\ry","b":2']],
    ['a,,b\n1,2,3\n', ['"a":1,"2":2,"b":3']],
    ['"a ""x""\n1",é\n1,é\n', ['"a \\"x\\"\\n1":1,"é":"é"']],
    ['@t,@x,@@w\n1,2,3\n', ['"@@t":1,"@x":2,"@@@w":3']],
  ])('%j gives %j', (text, members) => {
    const reading = csv(text);
    expect(reading.rejects).toEqual([]);
    expect(membersOf(reading)).toEqual(members);
  });

  test.each([
    ['1', '2:0 1 field where the header has 2'],
    ['1,2,3', '2:0 3 fields where the header has 2'],
    ['1,a"b', '2:4 a quote inside a field without quotes'],
    ['"a"b,2', '2:4 text behind a closing quote'],
    ['"a" ,2', '2:4 text behind a closing quote'],
  ])('the row %s is refused: %s', (row, refusal) => {
    for (const end of ['\n3,4\n', '\r\n3,4']) {
      const reading = csv(`a,b\n${row}${end}`);
      expect(refusals(reading)).toEqual([refusal]);
      expect(reading.rejects[0]?.text).toBe(row);
      expect(membersOf(reading)).toEqual(['"a":3,"b":4']);
      expect(reading.rows[0]?.line).toBe(3);
    }
  });

  test('a quote that is never closed costs one line', () => {
    const reading = csv('a,b\n1,"2\n3,4\n5,6\n');
    expect(refusals(reading)).toEqual(['2:3 a quote is not closed']);
    expect(reading.rejects[0]?.text).toBe('1,"2');
    expect(membersOf(reading)).toEqual(['"a":3,"b":4', '"a":5,"b":6']);
  });

  test('a stray quote that a later one seems to close costs the line that it is in', () => {
    const reading = csv('a,b\n1,"2\n3,"4"\n5,6\n');
    expect(refusals(reading)).toEqual(['2:0 text behind a closing quote in line 3']);
    expect(membersOf(reading)).toEqual(['"a":3,"b":"4"', '"a":5,"b":6']);
  });

  test('a row longer than --max-line is refused, however the blocks are cut', () => {
    const input = `a,b\n1,"${'x\n'.repeat(10)}"\n1,2\n1,${'y'.repeat(40)}\n3,4\n`;
    for (const cuts of [[], [4, 20], [40, 41, 50, 60, 62, 70, 75]]) {
      const reading = csv(input, { maxLine: 20, cuts, anywhere: true });
      expect(refusals(reading)[0]).toBe('2:0 longer than --max-line (20 bytes)');
      expect(refusals(reading).at(-1)).toBe('14:0 longer than --max-line (20 bytes)');
      expect(membersOf(reading)).toEqual(['"a":1,"b":2', '"a":3,"b":4']);
      expect(reading.rows.map((row) => row.line)).toEqual([13, 15]);
    }
  });

  test('a row that is too long by its line end is refused, also where a block ends before that', () => {
    const input = 'a\n"bbbb\nccccc"\r\n1\n';
    for (const cuts of [[], [13], [14], [15]]) {
      const reading = csv(input, { maxLine: 12, cuts, anywhere: true });
      expect(refusals(reading)).toEqual([
        '2:0 longer than --max-line (12 bytes)',
        '3:6 a quote inside a field without quotes',
      ]);
      expect(membersOf(reading)).toEqual(['"a":1']);
    }
  });

  test('bytes that are not UTF-8 are refused with their column', () => {
    const reading = csv(Buffer.from('a,b\n1,\xe9\n"\n\xff",2\n3,4\n', 'latin1'));
    expect(refusals(reading)).toEqual([
      '2:3 the bytes are not UTF-8 (0xe9)',
      '3:0 the bytes are not UTF-8 (0xff) in line 4',
    ]);
    expect(membersOf(reading)).toEqual(['"a":3,"b":4']);
  });

  test('the time is a column', () => {
    const reading = csv('a,t\n1,2\n1,"x y"\n1,\n', { time: 't' });
    expect(reading.rows.map((row) => row.timeText)).toEqual(['2', '"x y"', 'null']);
    expect(csv('@t\n5\n', { time: '@t' }).rows[0]?.timeText).toBe('5');
    expect(csv('a.b\n5\n', { time: '["a.b"]' }).rows[0]?.timeText).toBe('5');
  });

  test.each([
    ['a,b,a\n', {}, 'the header names "a" twice, as columns 1 and 3'],
    ['a,b"\n', {}, 'the header cannot be read: a quote inside a field without quotes'],
    ['a,"b\n1,2\n', {}, 'the header cannot be read: a quote is not closed'],
    ['\na,b\n', { time: 'c' }, 'the header has no column c'],
    [`${'a'.repeat(30)}\n`, { maxLine: 20 }, 'the header is longer than --max-line (20 bytes)'],
  ])('the header of %j cannot be used: %j %s', (text, how, message) => {
    expect(() => csv(text, how)).toThrow(message);
    expect(() => csv(text, how)).toThrow(TidemarkError);
  });
});

describe('tsv', () => {
  test.each([
    ['a\tb\nx\\ty\\n\\r\\\\\\q\\\t"z"\n', ['"a":"x\\ty\\n\\r\\\\\\\\q\\\\","b":"\\"z\\""']],
    ['a\tb\r\n1\t\r\n\t\r\n', ['"a":1,"b":null', '"a":null,"b":null']],
    ['a\\tb\tc,d\n1\t2\n', ['"a\\tb":1,"c,d":2']],
    ['a\tb\n\n 1\t1.0', ['"a":" 1","b":1.0']],
  ])('%j gives %j', (text, members) => {
    const reading = tsv(text);
    expect(reading.rejects).toEqual([]);
    expect(membersOf(reading)).toEqual(members);
  });

  test('a row with another number of fields is refused', () => {
    expect(refusals(tsv('a\tb\n1\t2\t3\n4\n'))).toEqual([
      '2:0 3 fields where the header has 2',
      '3:0 1 field where the header has 2',
    ]);
  });
});

describe('laws of csv and tsv', () => {
  const field = fc.string({
    unit: fc.constantFrom('a', 'é', '\u{1f600}', '"', ',', '\n', '\r', '\\', '\t', ' ', '1', '\0'),
  });
  const table = fc
    .integer({ min: 1, max: 4 })
    .chain((width) =>
      fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 }),
    );

  test('csv: whatever is quoted comes back as it was', () => {
    fc.assert(
      fc.property(table, fc.constantFrom('\n', '\r\n'), fc.boolean(), (rows, end, ended) => {
        const header = rows[0]!.map((_, k) => `c${k}`);
        const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const lines = [header.join(','), ...rows.map((row) => row.map(quote).join(','))];
        const reading = csv(lines.join(end) + (ended ? end : ''));
        expect(reading.rejects).toEqual([]);
        expect(reading.rows.map((row) => Object.values(JSON.parse(`{${row.members}}`)))).toEqual(rows);
      }),
      { numRuns: 300 },
    );
  });

  test('tsv: whatever is escaped comes back as it was', () => {
    fc.assert(
      fc.property(table, (rows) => {
        const escapes: Record<string, string> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\\': '\\\\' };
        const lines = rows.map(
          (row) => `x${row.map((text) => text.replace(/[\t\n\r\\]/g, (c) => escapes[c]!)).join('\tx')}\n`,
        );
        const reading = tsv(`${rows[0]!.map((_, k) => `c${k}`).join('\t')}\n${lines.join('')}`);
        expect(reading.rejects).toEqual([]);
        expect(reading.rows.map((row) => Object.values(JSON.parse(`{${row.members}}`)))).toEqual(
          rows.map((row) => row.map((text) => `x${text}`)),
        );
      }),
      { numRuns: 300 },
    );
  });
});

test('a blank line that is too long is rejected, however the bytes were cut', () => {
  const text = `a,b\n${' '.repeat(30)}\n1,2\n`;
  for (const cuts of [[], [10], [20, 33]]) {
    const reading = csv(text, { maxLine: 20, cuts, anywhere: true });
    expect(refusals(reading)).toEqual(['2:0 longer than --max-line (20 bytes)']);
    expect(membersOf(reading)).toEqual(['"a":1,"b":2']);
  }
});
