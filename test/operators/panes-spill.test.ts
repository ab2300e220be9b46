import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PanedCombine } from '../../src/operators/paned-combine.ts';
import type { Firing } from '../../src/stream/firing.ts';
import { parseTrigger } from '../../src/stream/trigger-parser.ts';
import { type Item, printItems } from '../reference/stream.ts';
import { stampWindows } from '../reference/windows.ts';
import { calls as anyCalls, type Call, combineOptions } from './combine-calls.ts';
import { feedings, type MakeOperator, type Outcome, run } from './harness.ts';
import { HeldFiles } from './held-files.ts';
import { firings, type Paned, paned, shownPaned, withFiring } from './paned-streams.ts';
import { barriers, stopping, withBarriers } from './stopping.ts';
import { drained, event, header, windowKinds } from './streams.ts';

// Groups under a trigger that take more memory than they may have.

const panedWith =
  (call: Call, firing: Firing): MakeOperator =>
  (context) =>
    new PanedCombine(combineOptions(call), firing, context);

/** A combine whose groups go to disk when they take so many bytes. */
const spilling =
  (call: Call, firing: Firing, memory: number, files = new HeldFiles()): MakeOperator =>
  (context) =>
    new PanedCombine({ ...combineOptions(call), memory }, firing, { ...context, spill: async () => files });

/** Some with a result that depends on the order in which values are added. */
const calls: fc.Arbitrary<Call> = fc
  .tuple(anyCalls, fc.constantFrom([], ['often = approx_topk(v, 1, 2)'], ['often = approx_topk(s, 2, 3)']))
  .map(([call, more]) => ({ ...call, aggregates: [...call.aggregates, ...more] }));

/** From all that there is to more than the groups of most streams take. */
const memories = fc.constantFrom(0, 0, 500, 2000, 8000);

const given = ({ outputs, counters }: Outcome): unknown => ({
  outputs: new Map([...outputs].sort()),
  counters: new Map([...counters].sort()),
});

/** Long streams of many keys, with ticks. */
const long: fc.Arbitrary<Paned> = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(60), fc.integer({ min: -12, max: 14 }), fc.integer({ min: 0, max: 30 })), {
      minLength: 40,
      maxLength: 120,
      size: 'max',
    }),
    windowKinds,
    fc.integer({ min: 0, max: 60 }),
    fc.constantFrom('k', 's', 'mixed'),
    firings,
  )
  .map(([drawn, window, delay, keys, firing]) => {
    let watermark = -Infinity;
    const items = drawn.flatMap(([key, shift, value], i): Item[] => {
      const text = keys === 'k' || (keys === 'mixed' && key % 2 === 0) ? `${key}` : `"${key}"`;
      const one = event(i + shift, `"k":${text},"v":${value},"s":"${key % 7}","o":{"id":${value % 3}}`);
      if (value > 26) return [one, { kind: 'tick', time: Math.floor(i / 3) }];
      if (value > 3 || i - delay <= watermark) return [one];
      watermark = i - delay;
      return [one, { kind: 'watermark', time: watermark }];
    });
    return {
      items: withFiring(stampWindows([header(), ...items, ...drained], window), firing),
      firing,
    };
  });

const streams = shownPaned(fc.oneof(paned, long));
const places = fc.array(fc.nat(150), { minLength: 1, maxLength: 6 });

describe('combine under a trigger whose groups go to disk', () => {
  it('gives what it gives when all of them are in memory', async () => {
    await fc.assert(
      fc.asyncProperty(
        streams,
        calls,
        memories,
        feedings,
        async ({ items, firing }, call, memory, feeding) => {
          const text = printItems(items);
          expect(given(await run(spilling(call, firing, memory), text, feeding))).toEqual(
            given(await run(panedWith(call, firing), text, feeding)),
          );
        },
      ),
      { numRuns: 45 },
    );
  });

  it('goes on from its snapshots as if it had never stopped', async () => {
    const stops = fc
      .tuple(streams, places)
      .map(([{ items, firing }, at]): Paned => ({ items: withBarriers(items, at), firing }));
    await fc.assert(
      fc.asyncProperty(
        shownPaned(stops),
        calls,
        memories,
        barriers,
        feedings,
        async ({ items, firing }, call, memory, at, feeding) => {
          const text = printItems(items);
          expect(given(await run(stopping(spilling(call, firing, memory), at), text, feeding))).toEqual(
            given(await run(panedWith(call, firing), text, feeding)),
          );
        },
      ),
      { numRuns: 35 },
    );
  });

  it.each([
    ['after-watermark(early: count(2), late: each)', { kind: 'session', gap: 900 }],
    ['after-watermark(early: count(2), late: each)', { kind: 'fixed', size: 2000, offset: 0 }],
    ['after-watermark(early: every(40ms), late: delay(3ms))', { kind: 'session', gap: 60 }],
    ['after-watermark(early: every(40ms), late: delay(3ms))', { kind: 'fixed', size: 2000, offset: 0 }],
    ['repeat(delay(20ms))', { kind: 'session', gap: 60 }],
    ['repeat(delay(20ms))', { kind: 'global' }],
  ] as const)(
    'finds among thousands on disk what is fired by %s in windows %o, and removes what it has read',
    async (trigger, window) => {
      const call: Call = { by: ['k'], aggregates: ['n = count', 'often = approx_topk(v, 1, 2)'] };
      const firing: Firing = {
        trigger: parseTrigger(trigger),
        lateness: 800,
        mode: 'discard',
        onTime: 'always',
        closing: 'if-any',
      };
      const text = printItems(withFiring(stampWindows(manyKeys, window), firing));
      const files = new HeldFiles();
      const feeding = { blocks: [20_000], capacity: 400, slow: [false] };
      const outcome = await run(spilling(call, firing, 60_000, files), text, feeding);
      expect(given(outcome)).toEqual(given(await run(panedWith(call, firing), text)));
      expect({ spilled: files.created > 3, left: files.inUse }).toEqual({ spilled: true, left: 0 });
    },
  );
});

/** Events of thousands of keys, some again and again, with watermarks that leap and ticks. */
const manyKeys: readonly Item[] = [
  header(),
  ...Array.from({ length: 4000 }, (_, i): Item[] => {
    const time = i + ((i * 7919) % 2003);
    const key = i % 3 === 0 ? `hot ${i % 2}` : `key ${(i * 104_729) % 2003}`;
    const one = event(time, `"k":"${key}","v":${i % 101}`);
    if (i % 200 === 150) return [one, { kind: 'tick', time: Math.floor(i / 200) * 7 }];
    // Behind half of the disorder: some events are late.
    return i % 800 === 799 ? [one, { kind: 'watermark', time: i - 1000 }] : [one];
  }).flat(),
  ...drained,
];
