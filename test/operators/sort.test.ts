import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LATE } from '../../src/operators/operator.ts';
import { Sort } from '../../src/operators/sort.ts';
import { sortByTime } from '../reference/sort.ts';
import { type Item, printItems } from '../reference/stream.ts';
import { stampWindows } from '../reference/windows.ts';
import { brief, ev, fixed, GLOBAL_WINDOW, stream, wm } from './brief.ts';
import { type Feeding, feedings, type MakeOperator, type Outcome, output, run } from './harness.ts';
import { HeldFiles } from './held-files.ts';
import { type Barrier, barriers, stopping, withBarriers } from './stopping.ts';
import { drained, event, header, shown, stamped, windowKinds } from './streams.ts';

const sort: MakeOperator = (context) => new Sort({}, context);

/** A sort whose events go to disk when they take so many bytes. */
const spilling =
  (memory: number, files = new HeldFiles()): MakeOperator =>
  (context) =>
    new Sort({ memory }, { ...context, spill: async () => files });

/** From all events on disk to more than those of most streams take. */
const memories = fc.constantFrom(0, 0, 7000, 20_000, 100_000);

/** Long streams, from nearly in order to not at all. */
const long: fc.Arbitrary<Item[]> = fc
  .tuple(
    fc.array(fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 0, max: 30 })), {
      minLength: 100,
      maxLength: 400,
      size: 'max',
    }),
    windowKinds,
    fc.constantFrom(0, 1, 3, 20, 400),
    fc.integer({ min: 0, max: 300 }),
    fc.constantFrom(1, 2, 5, 29),
  )
  .map(([drawn, window, disorder, delay, often]) => {
    let watermark = -Infinity;
    const items = drawn.flatMap(([shift, value], i): Item[] => {
      const time = i + Math.round((shift / 1000) * disorder);
      const one = event(time, `"i":${i},"s":"${'long '.repeat(value % 9)}"`);
      if (value > often || i - delay <= watermark) return [one];
      watermark = i - delay;
      return [one, { kind: 'watermark', time: watermark }];
    });
    return stampWindows([header(), ...items, ...drained], window);
  });

const streams = shown(fc.oneof(stamped, long));
const places = fc.array(fc.nat(300), { minLength: 1, maxLength: 6 });
const withStops = shown(
  fc.tuple(fc.oneof(stamped, long), places).map(([items, at]) => withBarriers(items, at)),
);

function expectReference(outcome: Outcome, items: readonly Item[]): void {
  const expected = sortByTime(items);
  expect(output(outcome)).toBe(printItems(expected.main));
  expect(output(outcome, LATE)).toBe(printItems(expected.late));
  expect(outcome.counters.get('late') ?? 0).toBe(expected.late.length);
}

/** What was put out and counted: what is told may differ, as each run tells of itself. */
const given = ({ outputs, counters }: Outcome): unknown => ({
  outputs: new Map([...outputs].sort()),
  counters: new Map([...counters].sort()),
});

async function expectSame(
  make: MakeOperator,
  items: readonly Item[],
  at: readonly Barrier[],
  feeding: Feeding,
): Promise<void> {
  const text = printItems(items);
  expect(given(await run(stopping(make, at), text, feeding))).toEqual(given(await run(make, text, feeding)));
}

describe('sort', () => {
  it('equals the plain reference', async () => {
    await fc.assert(
      fc.asyncProperty(streams, feedings, async (items, feeding) => {
        expectReference(await run(sort, printItems(items), feeding), items);
      }),
      { numRuns: 200 },
    );
  });

  it('equals the plain reference when events go to disk, and leaves no file behind', async () => {
    await fc.assert(
      fc.asyncProperty(streams, memories, feedings, async (items, memory, feeding) => {
        const files = new HeldFiles();
        expectReference(await run(spilling(memory, files), printItems(items), feeding), items);
        if (output(await run(sort, printItems(items))).includes('"drained"')) expect(files.inUse).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  it('goes on from its snapshots as if it had never stopped', async () => {
    await fc.assert(
      fc.asyncProperty(withStops, barriers, feedings, async (items, at, feeding) => {
        await expectSame(sort, items, at, feeding);
      }),
      { numRuns: 150 },
    );
  });

  it('goes on from its snapshots when events are on disk', async () => {
    await fc.assert(
      fc.asyncProperty(withStops, memories, barriers, feedings, async (items, memory, at, feeding) => {
        await expectSame(spilling(memory), items, at, feeding);
      }),
      { numRuns: 150 },
    );
  });

  it('is not changed by being done twice', async () => {
    await fc.assert(
      fc.asyncProperty(streams, feedings, async (items, feeding) => {
        const once = await run(sort, printItems(items), feeding);
        const twice = await run([sort, sort], printItems(items), feeding);
        expect(output(twice)).toBe(output(once).replace('"sort"', '"sort","sort"'));
      }),
      { numRuns: 50 },
    );
  });

  const sorted = async (text: string): Promise<string[]> => brief(output(await run(sort, text)));

  it('sorts a stream without watermarks as a whole, at its end', async () => {
    expect(await sorted(stream(GLOBAL_WINDOW, ev(3), ev(1), ev(2, '"a":1'), ev(2, '"a":0'), ev(-5)))).toEqual(
      ['-5', '1', '2 "a":1', '2 "a":0', '3'],
    );
  });

  it('writes what a watermark has passed before it, and holds what is at the watermark', async () => {
    expect(
      await sorted(stream(GLOBAL_WINDOW, ev(3), ev(1), ev(2), wm(3), ev(4), ev(3, '"a":1'), wm(4))),
    ).toEqual(['1', '2', 'W 3', '3', '3 "a":1', 'W 4', '4']);
  });

  it('takes an event for late that is before the watermark, also where its window is open', async () => {
    const outcome = await run(sort, stream(fixed(10), ev(5), wm(4), ev(3), ev(4), wm(9), ev(8)));
    expect(brief(output(outcome))).toEqual(['W 4', '4 [0,10)', '5 [0,10)', 'W 9']);
    expect(brief(output(outcome, LATE))).toEqual(['3 [0,10)', '8 [0,10)']);
    expect(outcome.counters.get('late')).toBe(2);
    expect(outcome.notices).toEqual([
      '2 events were late, the latest by 1s (--delay 7s at the source would have kept them)',
    ]);
  });

  it('passes ticks and barriers where they stand, and panes, odd spellings and long lines as they came', async () => {
    const long = 'x'.repeat(300_000);
    const lines = [
      '{"@stream":{"version":1,"commands":["source"],"bounded":true,"branch":""}}',
      '{"@t":"1970-01-01T00:00:09.000Z","n":1.50,"n":"\\u0061"}',
      '{"@tick":"2026-01-01T00:00:00.000Z"}',
      `{"@t":"1970-01-01T00:00:07.000Z","long":"${long}"}`,
      '{"@barrier":1}',
      '{"@t":"1970-01-01T00:00:08.000Z","@w":"1970-01-01T00:00:00.000Z/1970-01-01T00:00:10.000Z","@pane":{"index":0,"timing":"early"},"big":12345678901234567890}',
      '{"@t":"1970-01-01T00:00:06.000Z","@pane":{"index":1}}',
      '{"@t":"1970-01-01T00:00:06.000Z"}',
      '{"@watermark":"end"}',
      '{"@end":"drained"}',
    ];
    const expected = [2, 4, 6, 7, 3, 5, 1, 8, 9].map((line) => lines[line]);
    for (const make of [sort, spilling(0), stopping(sort, [{ all: true, stops: true }])])
      expect(
        output(await run(make, lines.join('\n')))
          .trim()
          .split('\n')
          .slice(1),
      ).toEqual(expected);
  });

  it('tells events behind the end of time', async () => {
    const outcome = await run(
      sort,
      stream(GLOBAL_WINDOW, ev(1), { kind: 'watermark', time: Infinity }, ev(2)),
    );
    expect(brief(output(outcome))).toEqual(['1']);
    expect(outcome.notices).toEqual(['1 event was late: the watermark before said that no event follows']);
  });

  it('refuses panes of which each replaces the one before', async () => {
    const make: MakeOperator = (context) => {
      const operator = sort(context);
      return {
        onBatch: (input, batch) => operator.onBatch(input, batch),
        onMarker: (input, marker) =>
          operator.onMarker(
            input,
            marker.kind === 'stream'
              ? { ...marker, header: { ...marker.header, panes: 'replacing' } }
              : marker,
          ),
      };
    };
    const refused = run(make, stream(GLOBAL_WINDOW, ev(1)));
    await expect(refused).rejects.toThrow('sort would count them more than once');
  });
});
