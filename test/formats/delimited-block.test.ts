import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { DelimitedBlock } from '../../src/formats/delimited-block.ts';
import type { DialectOptions } from '../../src/formats/dialect.ts';
import { type How, membersOf, type Reading, readAll } from './reading.ts';

/** What is read without the kernel. */
function readSlowly(format: string, text: string | Buffer, how: How = {}): Reading {
  const spy = vi.spyOn(DelimitedBlock.prototype, 'scan').mockReturnValue(undefined);
  try {
    return readAll(format, text, how);
  } finally {
    spy.mockRestore();
  }
}

/** What is read, and how many of the rows the kernel has read. */
function counted(format: string, text: string | Buffer, how: How = {}): Reading & { byKernel: number } {
  let byKernel = 0;
  const { scan } = DelimitedBlock.prototype;
  const spy = vi.spyOn(DelimitedBlock.prototype, 'scan').mockImplementation(function (
    this: DelimitedBlock,
    ...given
  ) {
    const scanned = scan.apply(this, given);
    byKernel += scanned?.rows ?? 0;
    return scanned;
  });
  try {
    return { ...readAll(format, text, how), byKernel };
  } finally {
    spy.mockRestore();
  }
}

describe('rows that the kernel reads', () => {
  const long = 'x'.repeat(100);

  test.each<[string, string, string, DialectOptions]>([
    ['csv', 'numbers', '-1.5e3,0\n', {}],
    ['csv', 'a number longer than a vector', `${'9'.repeat(70)},1.${'0'.repeat(40)}\n`, {}],
    ['csv', 'what is almost a number', '007,-\n1.,12:30\n', {}],
    ['csv', 'nothing', ',\n', {}],
    ['csv', 'CRLF', '1,x\r\n2,"y"\r\n', {}],
    ['csv', 'long fields', `${long},"${long}"\n`, {}],
    ['csv', 'escapes', `x\\y,a\rb\n${long}\\,\ta\b\n`, {}],
    ['csv', 'quotes and control characters in quotes', `"say ""x""","\\\t\u0001${long}"""\n`, {}],
    ['csv', 'line ends in quotes', '"a\nb\r\nc",1\n', {}],
    ['csv', 'letters beyond ASCII', 'é,"\u{1f600}"\n', {}],
    ['csv', 'a blank at the front', ' 1, x\n', {}],
    ['csv', 'another delimiter and quote', "'it''s';\"\n", { delimiter: 0x3b, quote: 0x27 }],
    ['csv', 'no quote', '"x,"\n', { quote: -1 }],
    ['csv', 'spellings of null', 'NA,"NA"\n-9,\\N\nNAN,N\n', { nulls: ['NA', '\\N', '-9'] }],
    ['csv', 'a comment that is none', '1,#\n', { comment: '#' }],
    ['tsv', 'tabs', '1\t\n\t"x"\n', {}],
    ['tsv', 'escapes', 'a\\tb\\n\\r\\\\\t\\x\\\n', {}],
  ])('%s: %s', (format, _, rows, dialect) => {
    const header = format === 'tsv' ? 'a\tb\n' : dialect.delimiter === undefined ? 'a,b\n' : 'a;b\n';
    const reading = counted(format, header + rows, { dialect });
    expect(reading.rejects).toEqual([]);
    expect(reading.rows.length).toBeGreaterThan(0);
    expect(reading.byKernel).toBe(reading.rows.length);
    expect(membersOf(reading)).toEqual(membersOf(readSlowly(format, header + rows, { dialect })));
  });

  test.each<[string, string, DialectOptions]>([
    ['too few fields', '1\n', {}],
    ['too many fields', '1,2,3\n', {}],
    ['a blank line', ' \n', {}],
    ['a comment', '#1,2\n', { comment: '#' }],
    ['a stray quote', '1,a"b\n', {}],
    ['text behind a quote', '"a"b,1\n', {}],
    ['an open quote', '1,"b\n', {}],
    ['a line that is too long', `1,${'x'.repeat(60)}\n`, {}],
  ])('it stops before %s, and goes on behind it', (_, row, dialect) => {
    const reading = counted('csv', `a,b\n1,2\n${row}3,4\n`, { dialect, maxLine: 50 });
    expect(membersOf(reading)).toEqual(['"a":1,"b":2', '"a":3,"b":4']);
    expect(reading.rows.map(({ line }) => line)).toEqual([2, 4]);
    expect(reading.byKernel).toBe(2);
  });

  test.each<[string, DialectOptions]>([
    ['lazy quotes', { lazyQuotes: true }],
    ['ragged rows', { ragged: true }],
    ['many spellings of null', { nulls: Array.from({ length: 65 }, (_, k) => `x${k}`) }],
    ['an escape', { escape: 0x5c }],
    ['a delimiter that numbers have', { delimiter: 0x2e }],
  ])('it leaves dialects with %s alone', (_, dialect) => {
    const reading = counted('csv', '1,2\n3,4\n', { dialect: { ...dialect, columns: ['a', 'b'] } });
    expect(reading.byKernel).toBe(0);
  });

  test('many names on few bytes are written in several calls', () => {
    const names = Array.from({ length: 300 }, (_, k) => `a_rather_long_name_of_a_column_${k}`);
    const row = `${names.map(() => '1').join(',')}\n`;
    const reading = counted('csv', `${names.join(',')}\n${row.repeat(50)}`);
    expect(reading.byKernel).toBe(50);
    expect(new Set(membersOf(reading))).toEqual(new Set([names.map((name) => `"${name}":1`).join(',')]));
  });
});

test('members that operators want are found by their names as events have them', () => {
  const members = ['n', 'none', '@@t', 'a "b"'];
  const text = '@t,n,"a ""b"""\nx,1,\n"y",-2,"z ""w"""\n';
  const { rows } = readAll('csv', text, { members });
  expect(rows.map(({ found }) => found)).toEqual([
    ['1', '', '"x"', 'null'],
    ['-2', '', '"y"', '"z \\"w\\""'],
  ]);
});

describe('laws of the rows that the kernel reads', () => {
  const pieces = [
    ...[
      'a',
      'é',
      '\u00ff',
      '"',
      '""',
      ',',
      ',',
      ',',
      '\t',
      '\t',
      '\n',
      '\n',
      '\r\n',
      '\r',
      '\\',
      '\\t',
      ' ',
      '#',
    ],
    ...[
      '1',
      '-',
      '0',
      '1.5',
      '2e3',
      '\0',
      '\x1f',
      'x,y\n',
      '"z",',
      '1,2,3\n',
      '1\t"\t3\n',
      '"a\nb"',
      'q'.repeat(17),
    ],
  ];
  const text = fc
    .array(fc.constantFrom(...pieces), { maxLength: 60 })
    .map((parts) => Buffer.from(parts.join(''), 'latin1'));

  test.each([
    ['csv', {}],
    ['csv', { quote: 0x27, comment: '#', nulls: ['a', '-', '\\'] }],
    ['csv', { quote: -1, delimiter: 0x09 }],
    ['tsv', {}],
  ] as const)('%s %j: whatever it is, rows and rejects are those of the slow path', (format, options) => {
    const columns = { columns: ['a', 'a longer name, "b"', 'c'], ...options };
    fc.assert(
      fc.property(
        text,
        fc.array(fc.nat(200), { maxLength: 4 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(12, 40, 1000),
        fc.boolean(),
        (bytes, cuts, capacity, maxLine, utf8) => {
          const input = utf8 ? Buffer.from(bytes.toString('latin1')) : bytes;
          const how = { time: 'c', maxLine };
          const slow = readSlowly(format, input, { ...how, dialect: columns });
          const members = ['c', 'none', 'a'];
          const fast = readAll(format, input, {
            ...how,
            members,
            capacity,
            cuts,
            anywhere: true,
            dialect: columns,
          });
          expect(fast.rejects).toEqual(slow.rejects);
          expect(fast.rows.map((row) => ({ ...row, found: undefined }))).toEqual(slow.rows);
          for (const { found, members: row, timeText } of fast.rows) {
            if (found === undefined) continue;
            const event = JSON.parse(`{${row}}`);
            expect(found[0]).toBe(timeText);
            expect(found[1]).toBe('');
            expect(JSON.parse(found[2]!)).toEqual(event.a);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});
