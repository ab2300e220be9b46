import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LATE } from '../../src/operators/operator.ts';
import { PanedCombine } from '../../src/operators/paned-combine.ts';
import type { Firing } from '../../src/stream/firing.ts';
import { parseTrigger } from '../../src/stream/trigger-parser.ts';
import { type EventItem, type Item, printItems } from '../reference/stream.ts';
import { stampWindows, type WindowKind } from '../reference/windows.ts';
import { type Call, calls, combineOptions, combineWith } from './combine-calls.ts';
import { feedings, type MakeOperator, output, run } from './harness.ts';
import { firings, type Paned, paned, shownPaned, withFiring } from './paned-streams.ts';
import { drained, event, header, membersText, scaled, shown, stamped, windowKinds } from './streams.ts';

// The laws of laws.test.ts, where windows fire more than once.

const panedWith =
  (call: Call, firing: Firing): MakeOperator =>
  (context) =>
    new PanedCombine(combineOptions(call), firing, context);

const WHEN_COMPLETE: Firing = {
  trigger: { kind: 'after-watermark' },
  lateness: 0,
  mode: undefined,
  onTime: 'always',
  closing: 'if-any',
};

/** Triggers that are never finished while a window is open: what they fire comes to the same in the end. */
const lasting: fc.Arbitrary<Firing> = fc
  .tuple(
    firings,
    fc.constantFrom(
      'after-watermark(late: each)',
      'after-watermark(early: each, late: count(2))',
      'after-watermark(early: count(3), late: count(1))',
      'repeat(count(2))',
      'repeat(any(count(3), after-watermark))',
      'repeat(each-of(count(1), count(2)))',
      'never',
    ),
  )
  .map(([firing, trigger]) => ({ ...firing, trigger: parseTrigger(trigger) }));

const seconds = windowKinds.map((window) => scaled(window, 1000));

const arrivals = fc
  .array(fc.record({ at: fc.integer({ min: -30, max: 30 }), members: membersText }), { maxLength: 30 })
  .map((drawn) => drawn.map(({ at, members }) => event(at * 1000, members)));

const slacks = fc.array(fc.option(fc.nat(2000), { nil: undefined, freq: 2 }), { minLength: 1, maxLength: 9 });

/** Events with watermarks between them that are true: none that follows is before one. */
function withWatermarks(events: readonly EventItem[], slack: readonly (number | undefined)[]): Item[] {
  let watermark = -Infinity;
  return events.flatMap((item, i) => {
    const behind = slack[i % slack.length];
    if (behind === undefined) return [item];
    const time = Math.min(...events.slice(i).map((later) => later.time)) - behind;
    if (time <= watermark) return [item];
    watermark = time;
    return [{ kind: 'watermark' as const, time }, item];
  });
}

const textOf = (items: readonly Item[], window: WindowKind, firing: Firing): string =>
  printItems(withFiring(stampWindows([header(), ...items, ...drained], window), firing));

interface Row {
  readonly '@t': string;
  readonly '@w'?: string;
  readonly '@pane'?: { readonly index: number; readonly timing: string; readonly last: boolean };
  readonly [name: string]: unknown;
}

const rowsOf = (text: string): Row[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{"@t"'))
    .map((line) => JSON.parse(line) as Row);

/** What each window had of each key in the end: its last pane, without what numbers it. */
function finals(text: string): string[] {
  const last = new Map<string, string>();
  for (const { '@pane': _, ...row } of rowsOf(text))
    last.set(JSON.stringify([row['@w'], row['o.id']]), JSON.stringify(row));
  return [...last.values()].sort();
}

describe('combine under a trigger', () => {
  it('is combine as it is without one, where it fires once, when windows are complete', async () => {
    await fc.assert(
      fc.asyncProperty(shown(stamped), calls, feedings, async (items, call, feeding) => {
        const text = printItems(items);
        const { outputs, notices, counters } = await run(panedWith(call, WHEN_COMPLETE), text, feeding);
        const plain = await run(combineWith(call), text, feeding);
        expect([...outputs].sort()).toEqual([...plain.outputs].sort());
        expect(counters).toEqual(plain.counters);
        expect(notices.length).toBe(plain.notices.length);
      }),
      { numRuns: 150 },
    );
  });

  it('counts every event once in each window that it is in, or leaves it out there', async () => {
    const call: Call = { by: ['k'], aggregates: ['ids = list(id)'] };
    const discarding = paned.map(({ items, firing }): Paned => {
      const only: Firing = { ...firing, mode: 'discard' };
      const numbered = items.map((item, id) =>
        item.kind === 'event'
          ? { ...item, members: [...event(0, `"id":${id}`).members, ...item.members] }
          : item,
      );
      const open = numbered.filter(({ kind }) => kind !== 'end').filter((item) => !isEnd(item));
      return { items: withFiring([...open, ...drained], only), firing: only };
    });
    await fc.assert(
      fc.asyncProperty(shownPaned(discarding), async ({ items, firing }) => {
        const outcome = await run(panedWith(call, firing), printItems(items));
        const counted = rowsOf(output(outcome)).flatMap((row) =>
          ((row.ids ?? []) as number[]).map((id) => ({ id, windows: 1 })),
        );
        const left = rowsOf(output(outcome, LATE)).map((row) => ({
          id: row.id as number,
          windows: Number(/^[RC](\d+)/.exec(row['@w'] ?? '')?.[1] ?? 1),
        }));
        const places = new Map<number, number>();
        for (const { id, windows } of [...counted, ...left]) places.set(id, (places.get(id) ?? 0) + windows);
        const expected = items.flatMap((item, id) =>
          item.kind === 'event'
            ? [[id, item.windows.kind === 'intervals' ? item.windows.intervals.length : 1]]
            : [],
        );
        expect([...places].sort((a, b) => a[0] - b[0])).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('numbers the panes of each window, early ones first, and writes none behind the last', async () => {
    const call: Call = { by: ['o.id'], aggregates: ['n = count'] };
    const apart = paned.filter(
      ({ items }) => !items.some((item) => item.kind === 'event' && item.windows.kind === 'session'),
    );
    await fc.assert(
      fc.asyncProperty(shownPaned(apart), async ({ items, firing }) => {
        const groups = new Map<string, Row['@pane'][]>();
        for (const row of rowsOf(output(await run(panedWith(call, firing), printItems(items))))) {
          const group = JSON.stringify([row['@w'], row['o.id']]);
          groups.set(group, [...(groups.get(group) ?? []), row['@pane']]);
        }
        const order = ['early', 'on-time', 'late'];
        for (const panes of groups.values()) {
          expect(panes.map((pane) => pane!.index)).toEqual(panes.map((_, i) => i));
          const timings = panes.map((pane) => order.indexOf(pane!.timing));
          expect(timings).toEqual([...timings].sort((a, b) => a - b));
          expect(timings.filter((timing) => timing === 1).length).toBeLessThanOrEqual(1);
          expect(panes.slice(0, -1).some((pane) => pane!.last)).toBe(false);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('never lets a watermark go back, and writes behind one only what is late', async () => {
    await fc.assert(
      fc.asyncProperty(shownPaned(paned), calls, async ({ items, firing }, call) => {
        let watermark = -Infinity;
        for (const line of output(await run(panedWith(call, firing), printItems(items)))
          .split('\n')
          .slice(0, -1)) {
          const row = JSON.parse(line) as Row & { '@watermark'?: string };
          const mark = row['@watermark'];
          if (mark !== undefined) {
            const next = mark === 'end' ? Infinity : Date.parse(mark);
            expect(next).toBeGreaterThan(watermark);
            watermark = next;
          } else if (row['@w'] !== undefined && row['@pane']!.timing !== 'late')
            expect(Date.parse(row['@t'])).toBeGreaterThanOrEqual(watermark);
        }
      }),
      { numRuns: 200 },
    );
  });

  const call: Call = {
    by: ['o.id'],
    aggregates: ['n = count', 'nv = count(v)', 'greatest = max(v)', 'different = set(s)'],
  };
  const fixedWindows = seconds.filter(({ kind }) => kind !== 'session');

  it('comes to the same in the end with more true watermarks, and in any order of arrival', async () => {
    await fc.assert(
      fc.asyncProperty(
        arrivals,
        slacks,
        slacks,
        fixedWindows,
        lasting,
        fc.infiniteStream(fc.nat()),
        async (events, some, more, window, drawn, draws) => {
          const firing: Firing = { ...drawn, mode: 'accumulate' };
          const ends = async (list: readonly EventItem[], slack: readonly (number | undefined)[]) =>
            finals(
              output(await run(panedWith(call, firing), textOf(withWatermarks(list, slack), window, firing))),
            );
          const expected = await ends(events, some);
          expect(await ends(events, more)).toEqual(expected);
          const turned = events
            .map((one) => ({ one, place: draws.next().value! }))
            .sort((a, b) => a.place - b.place);
          expect(
            await ends(
              turned.map(({ one }) => one),
              more,
            ),
          ).toEqual(expected);
        },
      ),
      { numRuns: 150 },
    );
  });
});

const isEnd = (item: Item): boolean => item.kind === 'watermark' && item.time === Infinity;
