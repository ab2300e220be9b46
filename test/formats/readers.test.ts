import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecordBatch } from '../../src/formats/format.ts';
import { createRecordReader, formatOfName } from '../../src/formats/readers.ts';
import { readAll } from './reading.ts';

test.each([
  ['a.ndjson', 'ndjson'],
  ['a.jsonl.gz', 'ndjson'],
  ['a.json', 'ndjson'],
  ['dir.csv/a', 'ndjson'],
  ['A.CSV', 'csv'],
  ['a.csv.gz', 'csv'],
  ['a.csv.br', 'csv'],
  ['a.txt.ZST', 'text'],
  ['access.log.zst', 'ndjson'],
  ['a.tsv', 'tsv'],
  ['a.tab', 'tsv'],
  ['a.txt', 'text'],
  ['a.logfmt.gz', 'logfmt'],
  ['a.syslog', 'syslog'],
  ['/var/log/syslog', 'syslog'],
  ['syslog.2.gz', 'syslog'],
  ['mysyslog', 'ndjson'],
  ['access.log', 'ndjson'],
  ['a', 'ndjson'],
  ['', 'ndjson'],
])('the name %s stands for %s', (name, format) => {
  expect(formatOfName(name)).toBe(format);
});

test('an unknown format is wrong usage', () => {
  expect(() => readAll('xml', '')).toThrow('unknown format xml');
});

const LOG_LINES = [
  'h - - [17/May/2015:10:05:03 +0200] "GET /a HTTP/1.1" 200 17',
  'h - - [17/May/2015:10:05:03 +0200] "GET /a HTTP/1.1" 200 17 "-" "x',
  'h - - [17/May/2015:10:05:03 +0200] "GET /a HTTP/1.1 200 17 "-" "x"',
];
const PIECES: Record<string, readonly string[]> = {
  ndjson: [
    '{"a":1}',
    '{"@t":1,"a":2}',
    '{"a":',
    '"x',
    '17',
    '{"a":"é"}',
    '{"a":"\xff"}',
    '{"a":[{"b":"\\n"}]} ',
    '{"a":1',
    '12',
  ],
  csv: ['1,2', '"a","b', '"', 'x",""', ',', 'a"b,1', '1,2,3', '\xff,1', '"x""y",1', '"a"b', '007,é'],
  tsv: ['1\t2', 'a\\tb\t"', '\t', '1', '\\\t\\q', '\xff\t1'],
  combined: LOG_LINES,
  common: LOG_LINES,
  logfmt: ['a=1 b', 'a="x y" a=2', 'a="', 'a="\\', 'a=\xff', 'é="é\\x1b"', '=', '@t=""', 'a=1.0 a=2 "'],
  syslog: [
    '<34>1 2003-10-11T22:14:15.003Z h a - - [x y="\\]" y="é"] m',
    '2024-01-02T10:11:12Z host a[1]: é "\xff',
    'Jan  2 10:11:12 2024 host a[1]: b',
    '<34>x',
    'x',
  ],
  journal: ['{"a":[195,164]}', '{"a":"["}', '{"@t":[[97],"\xff"]}', '{"a":[256]}', '{"@t":1}', '{"a":['],
  text: ['abc', '"\\', '\xff', 'é\t'],
  'regex:^(?<a>[a-z]+)=(?<b>.*)': ['a=1', 'bc=x y', '=', 'é=1', 'a=\xff', 'a="é"'],
};

test.each([
  ['ndjson', ' {"a":1} \r\n17\n{"@t":1}', [' {"a":1} ', '17', '{"@t":1}']],
  ['csv', 'a\n"x\ny"\r\n2', ['"x\ny"', '2']],
  ['tsv', 'a\nx\\n\n', ['x\\n']],
  [
    'common',
    'h - - [17/May/2015:10:05:03 +0200] "-" 200 17\r\n',
    ['h - - [17/May/2015:10:05:03 +0200] "-" 200 17'],
  ],
  ['journal', '{"a":[97]}\r\n', ['{"a":[97]}']],
  ['logfmt', ' a=1 \r\n', [' a=1 ']],
  ['text', ' a \r\n', [' a ']],
  ['regex:(?<a>.)', 'abc\n', ['abc']],
])('%s keeps where each record stands as it came', (format, input, raw) => {
  expect(readAll(format, input).rows.map((row) => row.raw)).toEqual(raw);
});

test('the errors of a header name the location', () => {
  const reader = createRecordReader('csv', {
    rejects: { reject() {} },
    time: undefined,
    maxLine: 100,
    location: 'a.csv',
  });
  const batch = new RecordBatch(4, 64);
  batch.used = batch.bytes.write('a,a\n');
  expect(() => reader.read(batch, 0, 4, true)).toThrow(expect.objectContaining({ where: 'a.csv', line: 1 }));
});

test('the examples of tm-formats(5) are true', () => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../man/tm-formats.5'), 'utf8');
  const [csv, combined] = [
    ...page.slice(page.indexOf('.Sh EXAMPLES')).matchAll(/^\.Bd .*\n([\s\S]*?)\n\n([\s\S]*?)\n\.Ed$/gm),
  ];
  for (const [format, block] of [
    ['csv', csv],
    ['combined', combined],
  ] as const) {
    const members = readAll(format, block![1]!).rows.map((row) => row.members);
    expect(members).toEqual([block![2]!.replaceAll('\n', '')]);
  }
});

describe('however a location is cut into blocks, rows, rejects and line numbers are the same', () => {
  for (const [format, pieces] of Object.entries(PIECES)) {
    test(format, () => {
      const line = fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom(...pieces) },
        {
          weight: 2,
          arbitrary: fc.constantFrom(
            '',
            ' ',
            '\r',
            '"',
            '\t ',
            '\ufeff',
            'x'.repeat(40),
            `{"a":"${'y'.repeat(30)}"}`,
          ),
        },
      );
      const end = fc.constantFrom('\n', '\n', '\r\n');
      const input = fc
        .tuple(fc.array(fc.tuple(line, end)), fc.boolean(), fc.boolean())
        .map(([lines, header, ended]) => {
          const text = lines.map(([text, end]) => text + end).join('');
          const start = format === 'csv' ? 'a,b\n' : format === 'tsv' ? 'a\tb\n' : header ? '\ufeff' : '';
          const bytes = Buffer.from(start + (ended ? text : text.replace(/\r?\n$/, '')));
          // \xff is one byte, which is no UTF-8.
          return Buffer.from(bytes.toString('latin1').replaceAll('\u00c3\u00bf', '\xff'), 'latin1');
        });
      const how = fc.record({
        capacity: fc.constantFrom(1, 2, 7, 100),
        cuts: fc.array(fc.nat(400), { maxLength: 12 }),
        anywhere: fc.boolean(),
      });
      fc.assert(
        fc.property(
          input,
          how,
          fc.constantFrom(20, 36, 1 << 20),
          (bytes, { capacity, cuts, anywhere }, maxLine) => {
            const time = format === 'ndjson' || format === 'csv' || format === 'tsv' ? { time: 'a' } : {};
            const whole = readAll(format, bytes, { maxLine, ...time });
            expect(readAll(format, bytes, { maxLine, capacity, cuts, anywhere, ...time })).toEqual(whole);
            // Every line is accounted for: none is read twice, and each record is handed over as it came.
            const text = bytes.toString();
            for (const row of whole.rows) expect(text.includes(row.raw)).toBe(true);
            const lines = [...whole.rows, ...whole.rejects].map((record) => record.line);
            expect(new Set(lines).size).toBe(lines.length);
          },
        ),
        { numRuns: 300 },
      );
    });
  }
});
