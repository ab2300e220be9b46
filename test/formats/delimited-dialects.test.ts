import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DialectOptions } from '../../src/formats/dialect.ts';
import { type How, membersOf, readAll, refusals } from './reading.ts';

const csv = (text: string, dialect: DialectOptions, how: How = {}) =>
  readAll('csv', text, { dialect, ...how });
const byte = (character: string): number => character.charCodeAt(0);

describe('dialects of csv', () => {
  test.each<[string, string, DialectOptions, string[]]>([
    ['another delimiter', 'a;b\n1,5;"x;y"\n', { delimiter: byte(';') }, ['"a":"1,5","b":"x;y"']],
    [
      'blanks between fields',
      'a b\n 1\n \n',
      { delimiter: byte(' '), headerless: true },
      ['"1":"a","2":"b"', '"1":null,"2":1', '"1":null,"2":null'],
    ],
    ['another quote', "a,b\n'x,''y''',\"\n", { quote: byte("'") }, ['"a":"x,\'y\'","b":"\\""']],
    ['no quote', 'a,b\n"x","\n', { quote: -1 }, ['"a":"\\"x\\"","b":"\\""']],
    [
      'an escape',
      'a,b\n"x\\"y\\\\z\\n\\,",\\1\n',
      { escape: byte('\\') },
      ['"a":"x\\"y\\\\zn,","b":"\\\\1"'],
    ],
    [
      'an escaped line end',
      'a,b\n"x\\\ny",1\n2,3',
      { escape: byte('\\') },
      ['"a":"x\\ny","b":1', '"a":2,"b":3'],
    ],
    [
      'quotes inside fields',
      'a,b\nx"y,"p "q" r"\n"1"2","z"\n',
      { lazyQuotes: true },
      ['"a":"x\\"y","b":"p \\"q\\" r"', '"a":"1\\"2","b":"z"'],
    ],
    ['no header', 'x,1\ny,2\n', { headerless: true }, ['"1":"x","2":1', '"1":"y","2":2']],
    ['given names', 'x,1\n', { columns: ['a', '@t'] }, ['"a":"x","@@t":1']],
    ['given names instead of a header', 'x,y\n1,2\n', { columns: ['a', 'b'], skipLines: 1 }, ['"a":1,"b":2']],
    [
      'comments',
      '# no\n#a\na,b\n#1,2\n1,#2\n"\n#3",4\n',
      { comment: '#' },
      ['"a":1,"b":"#2"', '"a":"\\n#3","b":4'],
    ],
    ['comments by more than a character', '//x\na\n/1\n//', { comment: '//' }, ['"a":"/1"']],
    ['lines at the start', 'report "x\n\n\na\n1\n', { skipLines: 2 }, ['"a":1']],
    [
      'ragged rows',
      'a,b\n1\n1,2,3,4\n,\n1,"2","3"\n',
      { ragged: true },
      ['"a":1,"b":null', '"a":1,"b":2,"3":3,"4":4', '"a":null,"b":null', '"a":1,"b":"2","3":"3"'],
    ],
    [
      'spellings of null',
      'a,b,c\nNA,"NA",\n-9,\\N,NAN\n',
      { nulls: ['NA', '\\N', '-9'] },
      ['"a":null,"b":"NA","c":null', '"a":null,"b":null,"c":"NAN"'],
    ],
    ['a header that names null', 'NA,b\n1,2\n', { nulls: ['NA'] }, ['"NA":1,"b":2']],
  ])('%s', (_, text, dialect, members) => {
    for (const input of [text, `\ufeff${text}`, text.replaceAll('\n', '\r\n')]) {
      const reading = csv(input, dialect);
      expect(reading.rejects).toEqual([]);
      expect(membersOf(reading).map((each) => each.replaceAll('\\r\\n', '\\n'))).toEqual(members);
    }
  });

  test.each<[string, DialectOptions, string[]]>([
    ['a,b\n1\n', {}, ['2:0 1 field where the header has 2']],
    ['1,2\n1\n', { headerless: true }, ['2:0 1 field where the first row has 2']],
    ['1,2,3\n', { columns: ['a', 'b'] }, ['1:0 3 fields where --columns names 2']],
    ['3,b\n1,2\n1,2,3\n', { ragged: true }, ['3:5 column 3 has no name, and another has its number']],
    ['a\n"x\\"\n"y"\n', { escape: byte('\\') }, ['2:0 text behind a closing quote in line 3']],
    ['a\n"x""y"\n', { escape: byte('\\') }, ['2:4 text behind a closing quote']],
    ['a\n"x" y\n', { lazyQuotes: true }, ['2:1 a quote is not closed']],
    ['"x\n1\n', { headerless: true }, ['1:1 a quote is not closed']],
    ["a\nx'y\n", { quote: byte("'") }, ['2:2 a quote inside a field without quotes']],
  ])('%j with %j: %j', (text, dialect, refused) => {
    expect(refusals(csv(text, dialect))).toEqual(refused);
  });

  test('the time is a column by any name', () => {
    expect(csv('1,2\n', { headerless: true }, { time: '["2"]' }).rows[0]?.timeText).toBe('2');
    expect(csv('1\n', { columns: ['a', 'b'], ragged: true }, { time: 'b' }).rows[0]?.timeText).toBe('null');
    expect(() => csv('', { columns: ['a', 'b'] }, { time: 'c' })).toThrow('there is no column c');
    expect(() => csv('1,2\n', { headerless: true }, { time: 'c' })).toThrow('no column c');
  });

  test('tsv knows comments, names, ragged rows and null', () => {
    const dialect = { comment: '%', columns: ['a', 'b'], ragged: true, nulls: ['\\N'], skipLines: 1 };
    expect(membersOf(readAll('tsv', 'x\n%\n\\N\t\\t\n1\t2\t3\n', { dialect }))).toEqual([
      '"a":null,"b":"\\t"',
      '"a":1,"b":2,"3":3',
    ]);
  });

  test('a row of very many fields that have no names is read', () => {
    const [row] = csv(`a\n${','.repeat(100_000)}\n`, { ragged: true }).rows;
    expect(Object.keys(JSON.parse(`{${row!.members}}`)).length).toBe(100_001);
  });
});

describe('however a file is cut into blocks, its rows are the same', () => {
  const pieces = [
    '1,2',
    '"a,b"',
    "'x",
    '# c',
    '\\"',
    '"\\"',
    '"x""y"',
    ',,',
    '"',
    '-9',
    'é',
    '',
    ' ',
    '"a"b',
  ];
  const dialect = fc.record(
    {
      delimiter: fc.constantFrom(byte(','), byte(' '), byte(';')),
      quote: fc.constantFrom(0x22, byte("'"), -1),
      escape: fc.constantFrom(byte('\\'), 0x22),
      lazyQuotes: fc.boolean(),
      headerless: fc.boolean(),
      comment: fc.constantFrom('#', '# c'),
      skipLines: fc.nat(3),
      ragged: fc.boolean(),
      nulls: fc.constant(['-9', 'é']),
    },
    { requiredKeys: [] },
  );
  test('in any dialect', () => {
    const line = fc.array(fc.constantFrom(...pieces), { maxLength: 3 }).map((parts) => parts.join(','));
    const input = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n')), { maxLength: 8 });
    const cuts = fc.array(fc.nat(80), { maxLength: 6 });
    const read = (text: string, how: How): unknown => {
      try {
        return readAll('csv', text, how);
      } catch (error) {
        return String(error);
      }
    };
    fc.assert(
      fc.property(
        input,
        dialect,
        cuts,
        fc.constantFrom(1, 2, 100),
        fc.constantFrom(12, 1 << 20),
        (lines, options, where, capacity, maxLine) => {
          const text = `a,b\n${lines.map((parts) => parts.join('')).join('')}`;
          const how = { dialect: options, maxLine };
          const whole = read(text, how);
          expect(read(text, { ...how, cuts: where, anywhere: true, capacity })).toEqual(whole);
          if (typeof whole === 'string') return;
          for (const row of (whole as { rows: { members: string }[] }).rows) JSON.parse(`{${row.members}}`);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('as DuckDB reads it', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tidemark-csv-'));
  const file = path.join(folder, 'a.csv');
  let connection: DuckDBConnection;

  beforeAll(async () => {
    connection = await (await DuckDBInstance.create(':memory:')).connect();
  });
  afterAll(() => {
    connection.closeSync();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  interface Case {
    readonly delimiter: string;
    readonly quote: string;
    readonly escape: string;
    readonly end: string;
    readonly nulls: string;
    readonly rows: readonly (readonly { text: string; quoted: boolean }[])[];
  }

  /** A table, and whether each field is quoted though it need not be. */
  const tables: fc.Arbitrary<Case> = fc
    .record({
      delimiter: fc.constantFrom(',', ';', '\t', '|', 'x'),
      quote: fc.constantFrom('"', "'"),
      backslash: fc.boolean(),
      end: fc.constantFrom('\n', '\r\n'),
      nulls: fc.constantFrom('NA', 'NULL'),
      width: fc.integer({ min: 2, max: 4 }),
    })
    .chain(({ width, backslash, quote, ...rest }) => {
      const unit = fc.constantFrom(
        'a',
        'x',
        'é',
        '"',
        "'",
        ',',
        ';',
        '|',
        '\t',
        '\\',
        '\n',
        ' ',
        '1',
        '\u{1f600}',
      );
      const text = fc.oneof(
        fc.string({ unit, maxLength: 6 }),
        fc.constantFrom('NA', 'NULL', '', '17', '-1.50', '007'),
      );
      const row = fc.array(fc.record({ text, quoted: fc.boolean() }), { minLength: width, maxLength: width });
      return fc.record({
        ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, fc.constant(value)])),
        quote: fc.constant(quote),
        escape: fc.constant(backslash ? '\\' : quote),
        rows: fc.array(row, { minLength: 1, maxLength: 8 }),
      }) as unknown as fc.Arbitrary<Case>;
    });

  function written({ delimiter, quote, escape, end, rows }: Case): string {
    const field = ({ text, quoted }: { text: string; quoted: boolean }): string => {
      if (!quoted && ![delimiter, quote, '\n', '\r'].some((special) => text.includes(special))) return text;
      const escaped = [...text].map((c) => (c === quote || c === escape ? escape + c : c)).join('');
      return quote + escaped + quote;
    };
    return rows.map((row) => row.map(field).join(delimiter) + end).join('');
  }

  test('every field of every row is the same', async () => {
    await fc.assert(
      fc.asyncProperty(tables, async (table) => {
        const text = written(table);
        fs.writeFileSync(file, text);
        const names = table.rows[0]!.map((_, k) => `c${k}`);
        const sql = (value: string) => `'${value.replaceAll("'", "''")}'`;
        const result = await connection.runAndReadAll(
          `FROM read_csv(${sql(file)}, auto_detect = false, header = false, delim = ${sql(table.delimiter)},
             quote = ${sql(table.quote)}, escape = ${sql(table.escape)}, allow_quoted_nulls = false,
             new_line = ${table.end === '\n' ? "'\\n'" : "'\\r\\n'"}, nullstr = ['', ${sql(table.nulls)}],
             columns = {${names.map((name) => `${name}: 'VARCHAR'`).join(', ')}})`,
        );
        const reading = csv(text, {
          delimiter: byte(table.delimiter),
          quote: byte(table.quote),
          escape: byte(table.escape),
          nulls: [table.nulls],
          columns: names,
        });
        expect(reading.rejects).toEqual([]);
        const values = reading.rows.map(({ members }) =>
          Object.values(JSON.parse(`{${members.replaceAll(/":(-?[\d.]+)(?=,"c|$)/g, '":"$1"')}}`)),
        );
        expect(values).toEqual(result.getRowsJS());
      }),
      { numRuns: 150 },
    );
  });
});

test('bytes that are no character of a dialect stay what they are', () => {
  const reading = readAll('csv', Buffer.from('a;b\n\x01;\x7f\n'), { dialect: { delimiter: byte(';') } });
  expect(membersOf(reading)).toEqual(['"a":"\\u0001","b":"\x7f"']);
});
