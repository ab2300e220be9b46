import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapedName } from '../../src/formats/escape-metadata.ts';
import type { WriterOptions } from '../../src/formats/record-writer.ts';
import { createRecordWriter } from '../../src/formats/writers.ts';
import { ByteWriter } from '../../src/json/byte-writer.ts';
import { Batch } from '../../src/stream/batch.ts';
import { addEvent, type Event, TIME, written } from './batches.ts';
import { readAll } from './reading.ts';

const delimited = (
  format: 'csv' | 'tsv',
  events: readonly Event[],
  options: Partial<WriterOptions> = {},
  size?: number,
): string =>
  written(createRecordWriter(format, { meta: 'flatten', bounded: true, ...options }), events, size);

const csv = (members: readonly string[], options?: Partial<WriterOptions>): string =>
  delimited(
    'csv',
    members.map((text) => ({ members: text })),
    options,
  );

const WINDOW = { start: '2015-05-17T10:05:00Z', end: '2015-05-17T10:10:00Z' };
const PANE = '{"index":2,"timing":"late"}';

const CASES: readonly { name: string; members: string[]; output: string }[] = [
  {
    name: 'a header, then a line an event',
    members: ['"a":1,"b":"x"', '"a":2,"b":"y"'],
    output: 'a,b\n1,x\n2,y\n',
  },
  {
    name: 'numbers keep their spelling',
    members: ['"a":1.10,"b":1E400,"c":-0'],
    output: 'a,b,c\n1.10,1E400,-0\n',
  },
  {
    name: 'null and what is missing is empty',
    members: ['"a":null,"b":1,"c":2', '"b":3'],
    output: 'a,b,c\n,1,2\n,3,\n',
  },
  { name: 'booleans are words', members: ['"a":true,"b":false'], output: 'a,b\ntrue,false\n' },
  {
    name: 'an empty string and one spelled like a number are quoted',
    members: ['"a":"","b":"1.5e3","c":"-","d":"007","e":"\\u0031"'],
    output: 'a,b,c,d,e\n"","1.5e3",-,007,"1"\n',
  },
  {
    name: 'commas, quotes and line ends are quoted',
    members: ['"a":"x,y","b":"say \\"hi\\"","c":"1\\n2","d":"\\r","e":" plain\\t"'],
    output: 'a,b,c,d,e\n"x,y","say ""hi""","1\n2","\r"," plain\t"\n',
  },
  {
    name: 'lists and objects are their JSON text',
    members: ['"a":[1,2],"b":{"c":"d"},"e":[],"f":[ 1 ]'],
    output: 'a,b,e,f\n"[1,2]","{""c"":""d""}",[],[ 1 ]\n',
  },
  {
    name: 'members find their columns in any order',
    members: ['"a":1,"b":2', '"b":3,"a":4'],
    output: 'a,b\n1,2\n4,3\n',
  },
  {
    name: 'of duplicates the first counts',
    members: ['"a":1,"b":2,"a":3', '"b":1,"b":2'],
    output: 'a,b\n1,2\n,1\n',
  },
  {
    name: 'equal names may be spelled otherwise',
    members: ['"é":1,"b":2', '"\\u00e9":3,"b":4'],
    output: 'é,b\n1,2\n3,4\n',
  },
  {
    name: 'names are quoted where they need it',
    members: ['"a,b":1,"":2,"c\\"d":3', ''],
    output: '"a,b","","c""d"\n1,2,3\n,,\n',
  },
  { name: 'a byte order mark in a name is quoted', members: ['"\ufeffa":1'], output: '"\ufeffa"\n1\n' },
  {
    name: 'names escaped by the source get their own spelling',
    members: ['"@@t":1,"@x":2', '"@x":3'],
    output: '@t,@x\n1,2\n,3\n',
  },
  {
    name: "blanks between members don't matter",
    members: [' "a" : 1 , "b" : "x" ', '"a": 2, "b": null', '"a": 3 ,"b":  4'],
    output: 'a,b\n1,x\n2,\n3,4\n',
  },
  {
    name: 'a null alone in its line is no blank line',
    members: ['"a":1', '"a":null', ''],
    output: 'a\n1\n""\n""\n',
  },
  { name: 'no event, no line', members: [], output: '' },
];

describe('csv writer', () => {
  it.each(CASES)('$name', ({ members, output }) => {
    expect(csv(members)).toBe(output);
  });

  it('puts window and pane in front', () => {
    expect(delimited('csv', [{ members: '"n":1', window: WINDOW, pane: PANE }, { members: '"n":2' }])).toBe(
      'window_start,window_end,pane_index,pane_timing,n\n' +
        '2015-05-17T10:05:00.000Z,2015-05-17T10:10:00.000Z,2,late,1\n,,,,2\n',
    );
  });

  it('writes a record per window', () => {
    const window = { ...WINDOW, every: 300_000, count: 3 };
    expect(delimited('csv', [{ members: '"n":1', window }])).toBe(
      'window_start,window_end,n\n' +
        '2015-05-17T10:05:00.000Z,2015-05-17T10:10:00.000Z,1\n' +
        '2015-05-17T10:10:00.000Z,2015-05-17T10:15:00.000Z,1\n' +
        '2015-05-17T10:15:00.000Z,2015-05-17T10:20:00.000Z,1\n',
    );
  });

  it('keeps the metadata under their own names', () => {
    expect(
      delimited('csv', [{ members: '"n":1,"@@t":2', window: WINDOW, pane: PANE }], { meta: 'keep' }),
    ).toBe(
      `@t,@w,@pane,n,@@t\n${TIME},2015-05-17T10:05:00.000Z/2015-05-17T10:10:00.000Z,"{""index"":2,""timing"":""late""}",1,2\n`,
    );
  });

  it('refuses a member that the first event did not have, with its line', () => {
    const events: Event[] = [
      { members: '"a":1', line: 2 },
      { members: '"a":1,"b":2', line: 3 },
    ];
    expect(() => delimited('csv', events)).toThrowError(
      expect.objectContaining({
        code: 'failed',
        line: 3,
        message: expect.stringContaining('"b"'),
        hint: expect.stringContaining('--format ndjson'),
      }),
    );
  });

  it('refuses a window that the first event did not have', () => {
    const events: Event[] = [{ members: '"a":1' }, { members: '"a":1', window: WINDOW, line: 5 }];
    expect(() => delimited('csv', events)).toThrowError(expect.objectContaining({ code: 'failed', line: 5 }));
  });

  it.each([
    [{ members: '"window_end":1', window: WINDOW, line: 4 }],
    [
      { members: '"a":1', window: WINDOW },
      { members: '"window_end":1', window: WINDOW, line: 4 },
    ],
  ] as Event[][])('refuses a member of the name of a column of metadata', (...events) => {
    expect(() => delimited('csv', events)).toThrowError(
      expect.objectContaining({ code: 'failed', line: 4, hint: expect.stringContaining('--meta') }),
    );
  });

  it('refuses an event that gives no column at all', () => {
    expect(() => csv([''])).toThrowError(expect.objectContaining({ code: 'failed' }));
  });

  it('refuses members that are not JSON', () => {
    for (const text of [
      '"a"',
      '"a": ',
      '"a":1,',
      '"a":1x',
      '"a":1,,"b":2',
      '"a":',
      '"a":1 "b":2',
      '"a":tru',
      'a:1',
      '"a":"x',
      '"a":1,',
      '"a":"\u0001"',
    ]) {
      expect(() => csv([text]), text).toThrowError(expect.objectContaining({ code: 'failed' }));
      expect(() => csv(['"a":1,"b":2', text]), text).toThrowError(
        expect.objectContaining({ code: 'failed' }),
      );
    }
  });

  it('leaves nothing of a record that failed', () => {
    const writer = createRecordWriter('csv', { meta: 'flatten', bounded: true });
    const out = new ByteWriter();
    const batch = new Batch(4);
    for (const members of ['"a":1,"b":2', '"a":3,"b":x']) addEvent(batch, { members });
    expect(() => writer.write(batch, out)).toThrowError();
    expect(out.toString()).toBe('a,b\n1,2\n');
  });

  it('fits in the columns that the target has already', () => {
    const events: Event[] = [{ members: '"a":1,"b":2', window: WINDOW }];
    const columns = ['b', 'window_end', 'window_start', 'a', 'c'];
    expect(delimited('csv', events, { columns })).toBe(
      '2,2015-05-17T10:10:00.000Z,2015-05-17T10:05:00.000Z,1,\n',
    );
    expect(() => delimited('csv', events, { columns: ['window_start', 'window_end', 'a'] })).toThrowError(
      /"b"/,
    );
    expect(() => delimited('csv', events, { columns: ['a', 'b'] })).toThrowError(/"window_start"/);
  });

  const value = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', '1', 'a', ' ', '\\', '\t') }),
    fc.integer().map(String),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
    fc.constant(null),
  );
  const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 5 });
  const table = names.chain((columns) =>
    fc.record({
      columns: fc.constant(columns),
      rows: fc.array(
        fc.record({
          values: fc.array(value, { minLength: columns.length, maxLength: columns.length }),
          order: fc.shuffledSubarray(columns, { minLength: columns.length }),
        }),
        { minLength: 1, maxLength: 6 },
      ),
    }),
  );

  it('is read back with the same values, however members were ordered and rows cut', () => {
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 3 }), ({ columns, rows }, size) => {
        const events = rows.map(({ values, order }, index): Event => {
          const names = index === 0 ? columns : order;
          const members = names.map(
            (name) => `${escapedName(name)}:${JSON.stringify(values[columns.indexOf(name)])}`,
          );
          return { members: members.join(',') };
        });
        const text = delimited('csv', events, {}, size);
        expect(text).toBe(delimited('csv', events));
        const read = readAll('csv', text).rows.map(({ members }) =>
          Object.entries(JSON.parse(`{${members}}`)),
        );
        const byName = (entries: [string, unknown][]) => entries.sort(([a], [b]) => (a < b ? -1 : 1));
        expect(read.map(byName)).toEqual(
          rows.map(({ values }) =>
            byName(columns.map((name, index) => [JSON.parse(escapedName(name)), values[index]])),
          ),
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe('tsv writer', () => {
  it('escapes tabs, line ends and backslashes', () => {
    const members =
      '"a\\tb":"x\\ty","b":"1\\n2\\r","c":"\\\\","d":"\\"q\\",","e":["\\t"],"f":"","g":null,"h":1.0';
    expect(delimited('tsv', [{ members }])).toBe(
      'a\\tb\tb\tc\td\te\tf\tg\th\nx\\ty\t1\\n2\\r\t\\\\\t"q",\t["\\\\t"]\t\t\t1.0\n',
    );
  });
});

describe('csv of events that a closed schema is known of', () => {
  const expected = { members: ['a', 'b', '@@t'], optional: new Set<string>(), windowed: true, paned: false };

  it('has the columns of the schema, in its order, also where the first event lacks some', () => {
    expect(csv(['"b":1', '"@@t":3,"a":2', '"a":4,"b":5,"@@t":6', '"a":7,"@@t":8'], { expected })).toBe(
      'a,b,@t\n,1,\n2,,3\n4,5,6\n7,,8\n',
    );
  });

  it('has its header line also where there is no event', () => {
    const header = (options: Partial<WriterOptions>): string => delimited('csv', [], options);
    expect(header({ expected })).toBe('window_start,window_end,a,b,@t\n');
    expect(header({ expected, meta: 'keep' })).toBe('@t,@w,a,b,@@t\n');
    expect(header({ expected, meta: 'drop' })).toBe('a,b,@t\n');
    expect(header({ expected: { ...expected, windowed: false } })).toBe('a,b,@t\n');
    expect(header({ expected: { ...expected, windowed: false, paned: true } })).toBe(
      'pane_index,pane_timing,a,b,@t\n',
    );
    expect(header({ expected, columns: ['a'] })).toBe('');
    expect(header({})).toBe('');
  });

  it('has the metadata that events have in front', () => {
    expect(delimited('csv', [{ members: '"b":1', window: WINDOW, pane: PANE }], { expected })).toBe(
      'window_start,window_end,pane_index,pane_timing,a,b,@t\n2015-05-17T10:05:00.000Z,2015-05-17T10:10:00.000Z,2,late,,1,\n',
    );
  });

  it('refuses a member that is not in the schema', () => {
    expect(() => csv(['"a":1,"z":2'], { expected })).toThrow(
      'member "z" has no column: they are those of the schema',
    );
  });
});
