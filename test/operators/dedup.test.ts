import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePaths } from '../../src/json/path.ts';
import { Dedup } from '../../src/operators/dedup.ts';
import { LATE } from '../../src/operators/operator.ts';
import { isoDuration } from '../../src/time/duration.ts';
import { type DedupResult, dedupPerWindow, dedupWithin } from '../reference/dedup.ts';
import { type Item, printItems } from '../reference/stream.ts';
import { brief, ev, fixed, GLOBAL_WINDOW, session, sliding, stream, wm } from './brief.ts';
import { feedings, type MakeOperator, type Outcome, output, run } from './harness.ts';
import { drained, generated, header, shown, stamped } from './streams.ts';

const dedup =
  (by: string, within?: number): MakeOperator =>
  (context) =>
    new Dedup({ by: parsePaths(by), within }, context);

const steps = (by: string): string[][] => by.split(',').map((field) => field.split('.'));

const events = (items: readonly Item[]): number => items.filter(({ kind }) => kind === 'event').length;

function expectEqual(outcome: Outcome, expected: DedupResult): void {
  expect(output(outcome)).toBe(printItems(expected.main));
  expect(output(outcome, LATE)).toBe(printItems(expected.late));
  expect(outcome.counters.get('late') ?? 0).toBe(expected.late.length);
}

/** The header says that windows are open behind their end for so long, ms. */
const withLateness = (items: readonly Item[], lateness: number): Item[] =>
  items.map((item) => {
    if (item.kind !== 'stream') return item;
    const firing = {
      trigger: 'after-watermark(late: each)',
      lateness: isoDuration(lateness),
      mode: 'discard',
    };
    const windowing = { ...(item.header.windowing as object), ...firing };
    return { ...item, header: { ...item.header, windowing } };
  });

const keys = fc.constantFrom('k', 'k', 'k,o.id', 'v');

describe('dedup', () => {
  it('equals the plain reference in any windows', async () => {
    await fc.assert(
      fc.asyncProperty(shown(stamped), keys, feedings, async (items, by, feeding) => {
        const outcome = await run(dedup(by), printItems(items), feeding);
        expectEqual(outcome, dedupPerWindow(items, steps(by)));
      }),
      { numRuns: 300 },
    );
  });

  it('equals the plain reference where windows are open behind their end', async () => {
    const latenesses = fc.constantFrom(1, 1000, 3000, 60_000);
    await fc.assert(
      fc.asyncProperty(shown(stamped), latenesses, keys, feedings, async (items, lateness, by, feeding) => {
        const open = withLateness(items, lateness);
        const outcome = await run(dedup(by), printItems(open), feeding);
        expectEqual(outcome, dedupPerWindow(open, steps(by), lateness));
      }),
      { numRuns: 300 },
    );
  });

  it('tells of late events by how much the lateness was too short', async () => {
    const text = printItems(withLateness([header(), ev(3), wm(14.5), ev(4), ...drained], 2000));
    const open = text.replace(
      /("@t":"[^"]*")/g,
      '$1,"@w":"1970-01-01T00:00:00.000Z/1970-01-01T00:00:10.000Z"',
    );
    const { notices } = await run(dedup('k'), open);
    expect(notices[0]).toBe(
      '1 event was late, by 2s500ms (--delay 9s at the source, or --lateness 5s at tm window, would have kept it)',
    );
  });

  it('equals the plain reference behind another dedup', async () => {
    await fc.assert(
      fc.asyncProperty(shown(stamped), feedings, async (items, feeding) => {
        const outcome = await run([dedup('k'), dedup('o.id')], printItems(items), feeding);
        const first = dedupPerWindow(items, steps('k'));
        const second = dedupPerWindow(first.main, steps('o.id'));
        expect(output(outcome)).toBe(printItems(second.main));
      }),
      { numRuns: 300 },
    );
  });

  it('equals, with --within, a reference that never forgets, also where most events are near each other', async () => {
    const step = fc.record({ at: fc.nat(40), key: fc.constantFrom('1', '1', '2'), watermark: fc.boolean() });
    const near = fc.array(step, { maxLength: 40 }).map((steps) => {
      let watermark = -1;
      const items = steps.flatMap(({ at, key, watermark: marks }, i): Item[] => {
        const time = at / 2 + i / 2;
        if (!marks) return [ev(time, `"k":${key}`)];
        if (time <= watermark) return [];
        watermark = time;
        return [wm(time)];
      });
      return [header(), ...items, ...drained];
    });
    await fc.assert(
      fc.asyncProperty(
        shown(near),
        fc.integer({ min: 1, max: 16 }),
        feedings,
        async (items, within, feeding) => {
          const outcome = await run(dedup('k', within * 500), printItems(items), feeding);
          expectEqual(outcome, dedupWithin(items, [['k']], within * 500));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('equals, with --within, a reference that never forgets', async () => {
    const distances = fc.constantFrom(1, 2, 3, 7, 8, 9, 100, 1000, 2500, 9001);
    await fc.assert(
      fc.asyncProperty(
        generated.map(({ items }) => [...items]),
        keys,
        distances,
        feedings,
        async (items, by, within, feeding) => {
          const outcome = await run(dedup(by, within), printItems(items), feeding);
          expectEqual(outcome, dedupWithin(items, steps(by), within));
          const passed = dedupWithin(items, steps(by), within);
          const duplicates = events(items) - events(passed.main) - passed.late.length;
          expect(outcome.counters.get('duplicates') ?? 0).toBe(duplicates);
        },
      ),
      { numRuns: 300 },
    );
  });

  const passed = async (maker: MakeOperator | MakeOperator[], text: string): Promise<string[]> =>
    brief(output(await run(maker, text)));

  it('passes the first event of a key in each window as it came, and counts the others', async () => {
    const events = [
      ev(1, '"k":1,"big":1.0'),
      ev(2, '"k":1.0'),
      ev(3, '"k":"1"'),
      ev(11, '"k":1e0'),
      ev(4),
      ev(5, '"k":null'),
    ];
    const outcome = await run(dedup('k'), stream(fixed(10), ...events));
    expect(brief(output(outcome))).toEqual([
      '1 [0,10) "k":1,"big":1.0',
      '3 [0,10) "k":"1"',
      '11 [10,20) "k":1e0',
      '4 [0,10)',
    ]);
    expect(outcome.counters.get('duplicates')).toBe(2);
  });

  it('forgets a key when its window closes, and takes what comes then for late', async () => {
    const outcome = await run(dedup('k'), stream(fixed(10), ev(1), wm(10), ev(2), ev(10), ev(11)));
    expect(brief(output(outcome))).toEqual(['1 [0,10)', 'W 10', '10 [10,20)']);
    expect(brief(output(outcome, LATE))).toEqual(['2 [0,10)']);
    expect([outcome.counters.get('late'), outcome.counters.get('duplicates')]).toEqual([1, 1]);
  });

  it('passes one event of each key in the global window, however old it is', async () => {
    const text = stream(GLOBAL_WINDOW, ev(1, '"k":1'), wm(1000), ev(2, '"k":1'), ev(3, '"k":2'));
    expect(await passed(dedup('k'), text)).toEqual(['1 "k":1', 'W 1000', '3 "k":2']);
  });

  it('leaves to an event in many windows those in which it is the first', async () => {
    const outcome = await run(dedup('k'), stream(sliding(10, 5), ev(3), ev(7), ev(8), ev(17), ev(12)));
    expect(brief(output(outcome))).toEqual(['3 R2 from -5', '7 [5,15)', '17 R2 from 10']);
    expect(outcome.counters.get('duplicates')).toBe(2);
  });

  it('leaves to an event that is partly late the windows that are open', async () => {
    const outcome = await run(dedup('k'), stream(sliding(10, 5), wm(5), ev(3), wm(10), ev(6), ev(4)));
    expect(brief(output(outcome))).toEqual(['W 5', '3 [0,10)', 'W 10', '6 [5,15)']);
    expect(brief(output(outcome, LATE))).toEqual(['3 [-5,5)', '6 [0,10)', '4 R2 from -5']);
    expect([outcome.counters.get('late'), outcome.counters.get('duplicates')]).toEqual([3, undefined]);
  });

  it('writes an event once for each run of windows that other events have left to it', async () => {
    const events = [ev(0, '"k":1,"o":1'), ev(1, '"k":1,"o":2'), ev(3, '"k":2,"o":2'), ev(9, '"k":3')];
    const text = stream(sliding(4, 1), ...events);
    expect(await passed([dedup('k'), dedup('o')], text)).toEqual([
      '0 R4 from -3 "k":1,"o":1',
      '1 [1,5) "k":1,"o":2',
      '3 [0,4) "k":2,"o":2',
      '3 R2 from 2 "k":2,"o":2',
      '9 R4 from 6 "k":3',
    ]);
  });

  it('passes the first event of each session, and one that joins two is a duplicate of both', async () => {
    const outcome = await run(dedup('k'), stream(session(10), ev(0), ev(10), ev(30), ev(25), ev(35), ev(19)));
    expect(brief(output(outcome))).toEqual(['0 [0+PT10S', '10 [10+PT10S', '30 [30+PT10S']);
    expect(outcome.counters.get('duplicates')).toBe(3);
  });

  it('takes no event for late that touches an open session', async () => {
    const outcome = await run(dedup('k'), stream(session(10), ev(15), wm(18), ev(7), ev(0), ev(-10)));
    expect(brief(output(outcome))).toEqual(['15 [15+PT10S', 'W 18']);
    expect(brief(output(outcome, LATE))).toEqual(['-10 [-10+PT10S']);
  });

  it('drops with --within what is less than that away from a kept event, in both directions', async () => {
    const events = [ev(20), ev(29.999), ev(10.001), ev(30), ev(10), ev(39), ev(40), ev(0)];
    expect(await passed(dedup('k', 10_000), stream(fixed(5), ...events))).toEqual([
      '20 [20,25)',
      '30 [30,35)',
      '10 [10,15)',
      '40 [40,45)',
      '0 [0,5)',
    ]);
  });

  it('remembers with --within a kept event as long as another can be its duplicate', async () => {
    const text = stream(
      GLOBAL_WINDOW,
      ev(0),
      wm(15),
      ev(9),
      wm(19.989),
      ev(9.99),
      wm(20),
      ev(10.001),
      ev(20),
    );
    expect(await passed(dedup('k', 10_000), text)).toEqual(['0', 'W 15', 'W 19.989', 'W 20', '10.001']);
  });

  it('measures --within from events that were kept, not from duplicates', async () => {
    const events = [0, 6, 12, 18, 24].map((time) => ev(time));
    expect(await passed(dedup('k', 10_000), stream(GLOBAL_WINDOW, ...events))).toEqual(['0', '12', '24']);
  });

  it('takes an event for late with --within when the watermark is that far ahead', async () => {
    const outcome = await run(
      dedup('k', 10_000),
      stream(sliding(10, 5), wm(20), ev(10), ev(10.001), ev(10.002)),
    );
    expect(brief(output(outcome))).toEqual(['W 20', '10.001 R2 from 5']);
    expect(brief(output(outcome, LATE))).toEqual(['10 R2 from 5']);
    expect(outcome.counters.get('duplicates')).toBe(1);
  });

  it('tells what was late', async () => {
    const { notices } = await run(dedup('k'), stream(fixed(10), ev(1), wm(15), ev(2), ev(3)));
    expect(notices).toContain(
      '2 events were late, the latest by 5s (--delay 11s at the source would have kept them)',
    );
  });
});
