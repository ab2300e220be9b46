import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WriterOptions } from '../../src/formats/record-writer.ts';
import { TableWriter } from '../../src/formats/table-writer.ts';
import { type Event, written } from './batches.ts';

const table = (events: readonly Event[], options: Partial<WriterOptions> = {}, size?: number): string =>
  written(new TableWriter({ meta: 'flatten', bounded: true, ...options }), events, size);

const rows = (...members: string[]): Event[] => members.map((text) => ({ members: text }));
const lines = (...text: string[]): string => `${text.join('\n')}\n`;

const WINDOW = { start: '2015-05-17T10:05:00Z', end: '2015-05-17T10:10:00Z' };

describe('table writer', () => {
  it('puts numbers at the right and texts at the left', () => {
    expect(table(rows('"path":"/","n":7,"p95":1.5', '"path":"/favicon.ico","n":12345,"p95":null'))).toBe(
      lines('path              n  p95', '/                 7  1.5', '/favicon.ico  12345    -'),
    );
  });

  it('shows windows in a form to read, in UTC', () => {
    const event = { members: '"n":1', window: { ...WINDOW, end: '2015-05-17T10:10:00.5Z' } };
    expect(table([event])).toBe(
      lines(
        'window_start         window_end               n',
        '2015-05-17 10:05:00  2015-05-17 10:10:00.500  1',
      ),
    );
  });

  it('shows null and what is missing as a dash, an empty text as quotes', () => {
    expect(table(rows('"a":null,"b":"x"', '"b":""', '"a":"y","b":true'))).toBe(
      lines('a  b', '-  x', '-  ""', 'y  true'),
    );
  });

  it('gives a member of a later event its column', () => {
    expect(table(rows('"a":1', '"b":2,"a":3'))).toBe(lines('a  b', '1  -', '3  2'));
  });

  it('has the columns of the schema, of members that an event may lack once one has them', () => {
    const expected = {
      members: ['a', '@@t', 'b', 'c'],
      optional: new Set(['@@t', 'c']),
      windowed: true,
      paned: false,
    };
    expect(table([], { expected })).toBe(lines('window_start  window_end  a  b'));
    expect(table([], { expected, meta: 'keep' })).toBe(lines('@t  @w  a  b'));
    expect(table([], { expected: { ...expected, members: ['c'] }, meta: 'drop' })).toBe('');
    expect(table(rows('"b":1', '"b":2,"@@t":"x"'), { expected })).toBe(
      lines('a  @t  b', '-  -   1', '-  x   2'),
    );
    expect(table(rows('"b":1', '"b":20,"c":3'), { expected, bounded: false }, 1)).toBe(
      lines('a  b', '-  1', '', 'a   b  c', '-  20  3'),
    );
  });

  it('escapes what would break the line or the terminal', () => {
    expect(table(rows('"a":"1\\n2\\u001b[31m\\u202e\\ud800"'))).toBe(
      lines('a', '1\\n2\\u001b[31m\\u202e\\ud800'),
    );
  });

  it('measures wide characters as a terminal does', () => {
    expect(table(rows('"a":"日本","b":1', '"a":"x","b":1'))).toBe(lines('a     b', '日本  1', 'x     1'));
  });

  it('cuts long texts, and them alone, to fit in a terminal', () => {
    const long = 'x'.repeat(40);
    expect(table(rows(`"a":"${long}","n":12345678901234567890,"b":"y"`), { terminalWidth: 40 })).toBe(
      lines('a                                   n  b', 'xxxxxxxxxxxxxx…  12345678901234567890  y'),
    );
    expect(table(rows(`"a":"${'日'.repeat(30)}","b":"y"`), { terminalWidth: 23 })).toBe(
      lines('a                     b', `${'日'.repeat(9)}…   y`),
    );
  });

  it('prints its header in bold when told how', () => {
    expect(table(rows('"a":1'), { bold: (text) => `<${text}>` })).toBe('<a>\n1\n');
  });

  it('keeps metadata under their own names', () => {
    expect(table([{ members: '"n":1', window: WINDOW }], { meta: 'keep' })).toBe(
      lines(
        '@t                        @w                                                 n',
        '2015-05-17T10:05:03.000Z  2015-05-17T10:05:00.000Z/2015-05-17T10:10:00.000Z  1',
      ),
    );
  });

  it('refuses a member of the name of a column of metadata', () => {
    expect(() => table([{ members: '"window_start":1', window: WINDOW, line: 9 }])).toThrowError(
      expect.objectContaining({ code: 'failed', line: 9 }),
    );
  });

  it('prints nothing of no events', () => {
    expect(table([])).toBe('');
  });

  it('prints an unbounded stream as it comes, its columns getting wider', () => {
    const events = rows('"a":"x","n":1', '"a":"long","n":2', '"a":"x","n":3');
    expect(table(events, { bounded: false }, 1)).toBe(lines('a  n', 'x  1', 'long  2', 'x     3'));
  });

  it('begins a new table for a member that comes up after the header', () => {
    expect(table(rows('"a":1', '"a":2,"b":"x"', '"a":3'), { bounded: false }, 1)).toBe(
      lines('a', '1', '', 'a  b', '2  x', '3  -'),
    );
  });

  it('lays out a long bounded stream in chunks that batches do not show in', () => {
    const events = Array.from({ length: 10_050 }, (_, index): Event => {
      return { members: `"i":${index},"text":"${'x'.repeat(index === 10_020 ? 9 : 3)}","n":${index % 7}` };
    });
    const text = table(events, {}, 4096);
    expect(text).toBe(table(events, {}, 777));
    const printed = text.split('\n');
    expect(printed[10_000]).toBe('9999  xxx   3');
    expect(printed[10_021]).toBe('10020  xxxxxxxxx  3');
  });

  it('does not depend on how a bounded stream was cut', () => {
    const member = fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      value: fc.oneof(fc.integer(), fc.string(), fc.constant(null)),
    });
    fc.assert(
      fc.property(
        fc.array(fc.uniqueArray(member, { selector: ({ name }) => name }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 4 }),
        (records, size) => {
          const events = records.map((members): Event => {
            return {
              members: members.map(({ name, value }) => `"${name}":${JSON.stringify(value)}`).join(','),
            };
          });
          expect(table(events, {}, size)).toBe(table(events));
        },
      ),
      { numRuns: 200 },
    );
  });
});
