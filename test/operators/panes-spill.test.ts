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
      minLength: 60,
      maxLength: 300,
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
const places = fc.array(fc.nat(300), { minLength: 1, maxLength: 6 });

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
      { numRuns: 600 },
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
      { numRuns: 400 },
    );
  });

  it('finds among thousands on disk what an event, a watermark or a tick is about, and removes what it has read', async () => {
    const call: Call = { by: ['k'], aggregates: ['n = count', 'often = approx_topk(v, 1, 2)'] };
    const triggers = [
      'after-watermark(early: count(2), late: each)',
      'after-watermark(early: every(40ms), late: delay(3ms))',
      'repeat(delay(20ms))',
    ].map((text) => parseTrigger(text));
    const windows = [
      { kind: 'session', gap: 60 },
      { kind: 'session', gap: 900 },
      { kind: 'fixed', size: 2000, offset: 0 },
      { kind: 'global' },
    ] as const;
    for (const trigger of triggers) {
      for (const window of windows) {
        const how: Firing = {
          trigger,
          lateness: 800,
          mode: 'discard',
          onTime: 'always',
          closing: 'if-any',
        };
        const text = printItems(withFiring(stampWindows(manyKeys, window), how));
        const files = new HeldFiles();
        const feeding = { blocks: [20_000], capacity: 400, slow: [false] };
        const outcome = await run(spilling(call, how, 150_000, files), text, feeding);
        expect(given(outcome)).toEqual(given(await run(panedWith(call, how), text)));
        expect({ spilled: files.created > 3, left: files.inUse }).toEqual({ spilled: true, left: 0 });
      }
    }
  });
});

/** Events of thousands of keys, some again and again, with watermarks that leap and ticks. */
const manyKeys: readonly Item[] = [
  header(),
  ...Array.from({ length: 9000 }, (_, i): Item[] => {
    const time = i + ((i * 7919) % 4001);
    const key = i % 3 === 0 ? `hot ${i % 2}` : `key ${(i * 104_729) % 4003}`;
    const one = event(time, `"k":"${key}","v":${i % 101}`);
    if (i % 200 === 150) return [one, { kind: 'tick', time: Math.floor(i / 200) * 7 }];
    // Behind half of the disorder: some events are late.
    return i % 1500 === 1499 ? [one, { kind: 'watermark', time: i - 2000 }] : [one];
  }).flat(),
  ...drained,
];
