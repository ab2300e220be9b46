import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MetaMode } from '../../src/formats/record-writer.ts';
import { createRecordWriter } from '../../src/formats/writers.ts';
import { type Event, TIME, written } from './batches.ts';

const ndjson = (events: readonly Event[], meta: MetaMode = 'flatten', size?: number): string =>
  written(createRecordWriter('ndjson', { meta, bounded: true }), events, size);

const WINDOW = { start: '2015-05-17T10:05:00Z', end: '2015-05-17T10:10:00Z' };
const START = '"window_start":"2015-05-17T10:05:00.000Z"';
const END = '"window_end":"2015-05-17T10:10:00.000Z"';
const PANE = '{"index":2,"timing":"late","first":false,"last":true}';

const CASES: readonly { name: string; meta?: MetaMode; event: Event; output: string }[] = [
  { name: 'an event of the global window is its members', event: { members: '"a":1' }, output: '{"a":1}\n' },
  { name: 'an event without members is an empty object', event: { members: '' }, output: '{}\n' },
  {
    name: 'members keep their bytes',
    event: { members: '"b" : 1.10, "a":18446744073709551615,"e":"\\u00e9\\/","x":1E400,"a":2' },
    output: '{"b" : 1.10, "a":18446744073709551615,"e":"\\u00e9\\/","x":1E400,"a":2}\n',
  },
  {
    name: 'the window comes first as two instants',
    event: { members: '"n":1', window: WINDOW },
    output: `{${START},${END},"n":1}\n`,
  },
  {
    name: 'a window alone is a record',
    event: { members: '', window: WINDOW },
    output: `{${START},${END}}\n`,
  },
  {
    name: 'a pane becomes its index and its timing',
    event: { members: '"n":1', window: WINDOW, pane: PANE },
    output: `{${START},${END},"pane_index":2,"pane_timing":"late","n":1}\n`,
  },
  {
    name: 'a pane without an index has a null there',
    event: { members: '', pane: '{ "timing" : "early" }' },
    output: '{"pane_index":null,"pane_timing":"early"}\n',
  },
  {
    name: 'an unmerged session lasts from its event to the gap',
    event: { members: '"n":1', window: { sessionEnd: '2015-05-17T10:15:03Z' } },
    output: `{"window_start":"${TIME}","window_end":"2015-05-17T10:15:03.000Z","n":1}\n`,
  },
  {
    name: 'an event in several windows is a record in each',
    event: { members: '"n":1', window: { ...WINDOW, every: 150_000, count: 2 } },
    output:
      `{${START},${END},"n":1}\n` +
      '{"window_start":"2015-05-17T10:07:30.000Z","window_end":"2015-05-17T10:12:30.000Z","n":1}\n',
  },
  {
    name: 'keep writes the metadata as they are in a stream',
    meta: 'keep',
    event: { members: '"n":1,"@@t":5', window: WINDOW, pane: PANE },
    output: `{"@t":"${TIME}","@w":"2015-05-17T10:05:00.000Z/2015-05-17T10:10:00.000Z","@pane":${PANE},"n":1,"@@t":5}\n`,
  },
  {
    name: 'keep leaves an event in several windows one record',
    meta: 'keep',
    event: { members: '', window: { ...WINDOW, every: 150_000, count: 2 } },
    output: `{"@t":"${TIME}","@w":"R2/2015-05-17T10:05:00.000Z/PT5M/PT2M30S"}\n`,
  },
  {
    name: 'keep of an event without window and pane is its time and its members',
    meta: 'keep',
    event: { members: '"n":1' },
    output: `{"@t":"${TIME}","n":1}\n`,
  },
  {
    name: 'drop leaves the members alone',
    meta: 'drop',
    event: { members: '"window_start":1', window: WINDOW, pane: PANE },
    output: '{"window_start":1}\n',
  },
  {
    name: 'a name that the source escaped gets its own spelling back',
    event: { members: '"@@t":1, "@@@w" :2,"@timestamp":3,"@@timestamp":"@@t","x":{"@@t":4}' },
    output: '{"@t":1, "@@w" :2,"@timestamp":3,"@@timestamp":"@@t","x":{"@@t":4}}\n',
  },
];

describe('ndjson writer', () => {
  it.each(CASES)('$name', ({ meta, event, output }) => {
    expect(ndjson([event], meta)).toBe(output);
  });

  it('passes over watermarks and rows that were taken out', () => {
    const events: Event[] = [
      { members: '"a":1' },
      { members: '', kind: 'watermark' },
      { members: '"a":2', kind: 'skipped' },
      { members: '"a":3' },
    ];
    expect(ndjson(events)).toBe('{"a":1}\n{"a":3}\n');
  });

  it.each(['window_start', 'window_end', 'pane_index', 'pane_timing', 'window\\u005fstart'])(
    'refuses a member %s beside the metadata of that name',
    (name) => {
      const event: Event = { members: `"a":1,"${name}":2`, window: WINDOW, pane: PANE, line: 7 };
      expect(() => ndjson([event])).toThrowError(
        expect.objectContaining({
          code: 'failed',
          line: 7,
          hint: expect.stringMatching(/--meta keep.*--meta drop/),
        }),
      );
      expect(ndjson([event], 'drop')).toBe(`{"a":1,"${name}":2}\n`);
    },
  );

  it('lets a member window_start pass where no window takes its name', () => {
    expect(ndjson([{ members: '"window_start":2', pane: PANE }])).toBe(
      '{"pane_index":2,"pane_timing":"late","window_start":2}\n',
    );
  });

  it('writes JSON that has the members, one record per window', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.dictionary(fc.string(), fc.jsonValue()), fc.integer({ min: 0, max: 4 })), {
          maxLength: 8,
        }),
        fc.integer({ min: 1, max: 4 }),
        (rows, size) => {
          const clean = rows.filter(([members]) => !Object.keys(members).some((name) => /^@|_/.test(name)));
          const events = clean.map(([members, count]): Event => {
            const text = JSON.stringify(members).slice(1, -1);
            return count === 0
              ? { members: text }
              : { members: text, window: { ...WINDOW, every: 60_000, count } };
          });
          const expected = clean.flatMap(([members, count]) =>
            Array.from({ length: Math.max(1, count) }, (_, index) => {
              const shift = (text: string): string =>
                new Date(Date.parse(text) + index * 60_000).toISOString();
              const window =
                count === 0 ? {} : { window_start: shift(WINDOW.start), window_end: shift(WINDOW.end) };
              return { ...window, ...JSON.parse(JSON.stringify(members)) };
            }),
          );
          const lines = ndjson(events, 'flatten', size).split('\n').slice(0, -1);
          expect(lines.map((line) => JSON.parse(line))).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });
});
