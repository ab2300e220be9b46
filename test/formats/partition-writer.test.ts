import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as language from '../../src/expressions/language.ts';
import { provideLanguage } from '../../src/expressions/late-language.ts';
import { Destination, isTemplate, safeName } from '../../src/formats/destination.ts';
import { eachFrame } from '../../src/formats/frames.ts';
import { PartitionWriter } from '../../src/formats/partition-writer.ts';
import type { MetaMode } from '../../src/formats/record-writer.ts';
import { createRecordWriter, type RecordFormat } from '../../src/formats/writers.ts';
import { ByteWriter } from '../../src/json/byte-writer.ts';
import { Batch } from '../../src/stream/batch.ts';
import { addEvent, type Event, written } from './batches.ts';

provideLanguage(language);

interface Division {
  location: string;
  roll?: number;
  format?: RecordFormat;
  meta?: MetaMode;
}

/** The files that the events are divided among, handed over in batches of at most `size`. */
function divided(division: Division, events: readonly Event[], size = 4096): Record<string, string> {
  const { location, roll, format = 'ndjson', meta = 'flatten' } = division;
  const paths: string[] = [];
  const writer = new PartitionWriter({
    destination: new Destination(location, roll),
    meta,
    paths,
    createWriter: () => createRecordWriter(format, { meta, bounded: true }),
  });
  const files: Record<string, string> = {};
  const out = new ByteWriter(16);
  const flush = (): void => {
    eachFrame(out.view(), (index: number, bytes: Buffer) => {
      const path = paths[index]!;
      files[path] = (files[path] ?? '') + bytes.toString();
    });
    out.clear();
  };
  for (let from = 0; from < events.length; from += size) {
    const batch = new Batch(size, 16);
    for (const event of events.slice(from, from + size)) addEvent(batch, event);
    writer.write(batch, out);
    flush();
  }
  writer.end(out);
  flush();
  return files;
}

const nameOf = (location: string, event: Event, roll?: number): string =>
  Object.keys(divided({ location, ...(roll === undefined ? {} : { roll }) }, [event]))[0]!;

const EVENT: Event = {
  members: '"host":"a b","n":17,"user":{"id":"ü"},"at":"2015-05-17T23:30:00-02:00","none":null,"w:x":"colon"',
  time: '2015-05-17T10:05:03.042Z',
  window: { start: '2015-05-17T09:45:00Z', end: '2015-05-17T10:15:00Z' },
};

describe('the name of the file of a result', () => {
  it.each([
    ['out/{int(n / 10)}xx.ndjson', 'out/1xx.ndjson'],
    ['{host.upper()}/{n > 1 ? "a/b" : "c:d"}', 'A B/a%2Fb'],
    ['{n > 20 ? at : at:%H}', '01'],
    ['{timestamp(at) + duration("1h"):%H}', '02'],
    ['{window_start().format("%H%M")}', '0945'],
    ['{upper(n)}/{upper(missing)}/{none + 1}', '_/_/_'],
  ])('may be computed: %s', (location, name) => {
    expect(nameOf(location, EVENT)).toBe(name);
  });

  it('is computed for each window of an event, and for each batch', () => {
    const window = { start: '2015-05-17T10:05:00Z', end: '2015-05-17T10:10:00Z', every: 60_000, count: 2 };
    const events = [1, 2, 3].map((n): Event => ({ members: `"n":${n}`, window }));
    const files = divided(
      { location: '{window_start().format("%M")}-{n % 2}', meta: 'drop' },
      [events[0]!].map((event) => ({ ...event, window: EVENT.window! })),
    );
    expect(Object.keys(files)).toEqual(['45-1']);
    const all = divided({ location: '{window_start().format("%M")}-{n % 2}' }, events, 2);
    expect(Object.keys(all)).toEqual(['05-1', '06-1', '05-0', '06-0']);
    expect(all['05-1']!.split('\n')).toHaveLength(3);
  });

  it.each([
    ['out/{host}.ndjson', 'out/a b.ndjson'],
    ['{n}/{user.id}', '17/ü'],
    ['{window_start:%Y/%m/%d/%H}.ndjson', '2015/05/17/09.ndjson'],
    ['{window_end:%H%M} {@t:%T}', '1015 10:05:03'],
    ['{at:%F}', '2015-05-18'],
    ['{["w:x"]} {[\'w:x\']} {["host"]}', 'colon colon a b'],
    ['{missing}{none}', '__'],
    ['{{{n}}}', '{17}'],
    ['{window_start}', '2015-05-17T09:45:00.000Z'],
  ])('%s', (location, name) => {
    expect(nameOf(location, EVENT)).toBe(name);
  });

  it.each([
    ['out.ndjson', 3_600_000, 'out-2015-05-17T09.ndjson'],
    ['a.b/out', 900_000, 'a.b/out-2015-05-17T0945'],
    ['out.csv', 86_400_000, 'out-2015-05-17.csv'],
    ['.out', 30_000, '.out-2015-05-17T094500'],
    ['out.tsv', 1500, 'out-2015-05-17T094500.000.tsv'],
    ['{host}.csv', 7_200_000, 'a b-2015-05-17T08.csv'],
    ['{@roll:%Y/%H}.csv', 3_600_000, '2015/09.csv'],
  ])('%s rolled every %i ms', (location, roll, name) => {
    expect(nameOf(location, EVENT, roll)).toBe(name);
  });

  it('is that of its time where it is in no window', () => {
    const event: Event = { members: '"n":1', time: '2015-05-17T10:05:03Z' };
    expect(nameOf('out.ndjson', event, 3_600_000)).toBe('out-2015-05-17T10.ndjson');
    expect(nameOf('{window_start}', { ...event, members: '"window_start":"mine"' })).toBe('mine');
  });

  it('leads nowhere else and is another one for each value', () => {
    const values = ['a/b', '..', '.', '', '_', '%2F', '../../etc/passwd', 'a\u0000b', '%5F', '\n', 'x\\y'];
    const names = values.map(safeName);
    expect(new Set(names).size).toBe(values.length);
    expect(names).toContain('%2E.%2F..%2Fetc%2Fpasswd');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        const name = safeName(a);
        expect(name).not.toBe('');
        expect(name).not.toMatch(/^\.|[/\u0000-\u001f]/);
        expect(name === safeName(b)).toBe(a === b);
      }),
    );
  });

  it('is one of 255 bytes however long the value is, cut between characters', () => {
    const name = safeName('ü'.repeat(4000));
    expect(name).toMatch(/^ü+%~[0-9a-f]{8}$/);
    expect(Buffer.byteLength(name)).toBeLessThan(200);
    expect(name).not.toBe(safeName('ü'.repeat(4001)));
  });

  it.each([
    ['{a', /is not closed/],
    ['out/{uper(a)}', /^character 6 of the template: unknown function 'uper', at character 1 of 'uper\(a\)'/],
    ['{a * }', /^character 2 of the template: /],
    ['{a ? b}', /^character 2 of the template: /],
    ['a}', /closes nothing/],
    ['{}', /character 2 /],
    ['{n:%Q}', /unknown directive %Q/],
    ['{pane_index:%Y}', /is no time/],
    ['{@roll:%Y}', /--roll gives/],
    ['out/', /names no file/],
  ])('cannot be %s', (location, message) => {
    expect(() => new Destination(location, undefined)).toThrowError(
      expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) }),
    );
  });

  it.each([
    [
      '{window_start:%H}',
      { members: '"n":1', line: 7 },
      'the event has no window_start, which the name of its file is made of',
    ],
    [
      '{n:%H}',
      { members: '"n":"x"', line: 7 },
      'the n of the event is no time, and the name of its file is made of it: "x"',
    ],
  ])('is missed by an event: %s', (location, event, message) => {
    expect(() => nameOf(location, event)).toThrowError(
      expect.objectContaining({ code: 'failed', line: 7, message }),
    );
  });

  it('is a template where it has braces, and is no URI', () => {
    expect(isTemplate('a{b}')).toBe(true);
    expect(isTemplate('file:///a{b}')).toBe(false);
    expect(isTemplate('plain.ndjson')).toBe(false);
  });
});

describe('results that are divided among files', () => {
  it('have a header in each csv', () => {
    const events = ['a', 'b', 'a'].map((k, n): Event => ({ members: `"k":"${k}","n":${n}` }));
    expect(divided({ location: '{k}', format: 'csv' }, events)).toEqual({
      a: 'k,n\na,0\na,2\n',
      b: 'k,n\nb,1\n',
    });
  });

  it('go to the file of each window that their event is in', () => {
    const window = { start: '2015-05-17T10:58:00Z', end: '2015-05-17T11:03:00Z', every: 60_000, count: 4 };
    const events: Event[] = [{ members: '"n":1', window }];
    const files = divided({ location: '{window_start:%H}' }, events);
    expect(Object.keys(files)).toEqual(['10', '11']);
    expect(files['10']!.split('\n')).toHaveLength(3);
    expect(files['11']).toContain('"window_start":"2015-05-17T11:01:00.000Z"');
    expect(() => divided({ location: '{window_start:%H}', meta: 'keep' }, events)).toThrow('several windows');
    expect(Object.keys(divided({ location: '{n}', meta: 'keep' }, events))).toEqual(['1']);
  });

  it('are those that each file alone would have got, however they were cut into batches', () => {
    const event = fc.record({
      k: fc.constantFrom('a', 'b', 'c', 'd/e'),
      v: fc.integer(),
      hour: fc.integer({ min: 0, max: 3 }),
      windows: fc.integer({ min: 0, max: 3 }),
      skipped: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 60 }),
        fc.integer({ min: 1, max: 64 }),
        fc.constantFrom('ndjson' as const, 'csv' as const),
        (generated, size, format) => {
          const events = generated.map(
            ({ k, v, hour, windows, skipped }): Event => ({
              members: `"k":${JSON.stringify(k)},"v":${v}`,
              window: {
                start: `2015-05-17T0${hour}:00:00Z`,
                end: `2015-05-17T0${hour + 1}:00:00Z`,
                every: 3_600_000,
                count: Math.max(1, windows),
              },
              ...(skipped ? { kind: 'skipped' as const } : {}),
            }),
          );
          const expected: Record<string, string> = {};
          const single = events.flatMap((one) => eachWindow(one));
          for (const one of single) {
            if (one.kind === 'skipped') continue;
            const name = nameOf('{k}-{window_start:%H}', one);
            if (name in expected) continue;
            const same = single.filter(
              (other) => other.kind !== 'skipped' && nameOf('{k}-{window_start:%H}', other) === name,
            );
            expected[name] = written(createRecordWriter(format, { meta: 'flatten', bounded: true }), same);
          }
          expect(divided({ location: '{k}-{window_start:%H}', format }, events, size)).toEqual(expected);
        },
      ),
      { numRuns: 50 },
    );
  });
});

/** An event for each window that one is in. */
function eachWindow(event: Event): Event[] {
  const { window } = event;
  if (window === undefined || 'sessionEnd' in window) return [event];
  return Array.from({ length: window.count ?? 1 }, (_, index) => {
    const moved = (text: string): string =>
      new Date(Date.parse(text) + index * (window.every ?? 0)).toISOString();
    return { ...event, window: { start: moved(window.start), end: moved(window.end) } };
  });
}
