import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Combine } from '../../src/operators/combine.ts';
import { CombineParts, combinePart } from '../../src/operators/combine-in-parts.ts';
import { type Item, printItems } from '../reference/stream.ts';
import { stampWindows } from '../reference/windows.ts';
import { calls as anyCalls, type Call, combineOptions, combineWith } from './combine-calls.ts';
import { feedings, type MakeOperator, type Outcome, output, run } from './harness.ts';
import { HeldFiles } from './held-files.ts';
import { barriers, stopping, withBarriers } from './stopping.ts';
import { drained, event, header, shown, stamped, windowKinds } from './streams.ts';

/** A combine whose groups go to disk when they take so many bytes. */
const spilling =
  (call: Call, memory: number, files = new HeldFiles()): MakeOperator =>
  (context) =>
    new Combine({ ...combineOptions(call), memory }, { ...context, spill: async () => files });

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

/** Long streams of many keys. */
const long: fc.Arbitrary<Item[]> = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(300), fc.integer({ min: -12, max: 14 }), fc.integer({ min: 0, max: 30 })), {
      minLength: 60,
      maxLength: 300,
      size: 'max',
    }),
    windowKinds,
    fc.integer({ min: 0, max: 60 }),
    fc.constantFrom('k', 's', 'mixed'),
  )
  .map(([drawn, window, delay, keys]) => {
    let watermark = -Infinity;
    const items = drawn.flatMap(([key, shift, value], i): Item[] => {
      const text = keys === 'k' || (keys === 'mixed' && key % 2 === 0) ? `${key}` : `"${key}"`;
      const one = event(i + shift, `"k":${text},"v":${value},"s":"${key % 7}","o":{"id":${value % 3}}`);
      if (value > 3 || i - delay <= watermark) return [one];
      watermark = i - delay;
      return [one, { kind: 'watermark', time: watermark }];
    });
    return stampWindows([header(), ...items, ...drained], window);
  });

const streams = fc.oneof(stamped, long);
const places = fc.array(fc.nat(300), { minLength: 1, maxLength: 6 });

describe('combine whose groups go to disk', () => {
  it('gives what it gives when all of them are in memory', async () => {
    await fc.assert(
      fc.asyncProperty(shown(streams), calls, memories, feedings, async (items, call, memory, feeding) => {
        const text = printItems(items);
        expect(given(await run(spilling(call, memory), text, feeding))).toEqual(
          given(await run(combineWith(call), text, feeding)),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('goes on from its snapshots as if it had never stopped', async () => {
    const stops = fc.tuple(streams, places).map(([items, at]) => withBarriers(items, at));
    await fc.assert(
      fc.asyncProperty(
        shown(stops),
        calls,
        memories,
        barriers,
        feedings,
        async (items, call, memory, at, feeding) => {
          const text = printItems(items);
          expect(given(await run(stopping(spilling(call, memory), at), text, feeding))).toEqual(
            given(await run(combineWith(call), text, feeding)),
          );
        },
      ),
      { numRuns: 400 },
    );
  });

  it('gives the same partial results, and merges them to the same', async () => {
    await fc.assert(
      fc.asyncProperty(shown(streams), calls, memories, feedings, async (items, call, memory, feeding) => {
        const whole = { ...call, order: [] };
        const part = (bytes: number | undefined): MakeOperator => {
          const files = new HeldFiles();
          return (context) =>
            combinePart(
              { ...combineOptions(whole), ...(bytes === undefined ? {} : { memory: bytes }) },
              { ...context, spill: async () => files },
            );
        };
        const text = printItems(items);
        const parts = output(await run(part(memory), text, feeding));
        expect(parts).toBe(output(await run(part(undefined), text, feeding)));
        const files = new HeldFiles();
        const final: MakeOperator = (context) =>
          new CombineParts({ ...combineOptions(call), memory }, { ...context, spill: async () => files });
        const plain: MakeOperator = (context) => new CombineParts(combineOptions(call), context);
        expect(output(await run(final, parts, feeding))).toBe(output(await run(plain, parts, feeding)));
      }),
      { numRuns: 200 },
    );
  });

  it('finds the sessions that an event goes on among thousands on disk, of few keys and of many', async () => {
    for (const gap of [7, 60, 900]) {
      let watermark = -Infinity;
      const items = Array.from({ length: 9000 }, (_, i): Item[] => {
        const time = i + ((i * 7919) % 4001);
        const key = i % 3 === 0 ? `hot ${i % 2}` : `key ${(i * 104_729) % 2003}`;
        const one = event(time, `"k":"${key}","v":${i % 101}`);
        // Behind half of the disorder: some events are late.
        if (i % 500 !== 499 || i - 2000 <= watermark) return [one];
        watermark = i - 2000;
        return [one, { kind: 'watermark', time: watermark }];
      }).flat();
      const text = printItems(stampWindows([header(), ...items, ...drained], { kind: 'session', gap }));
      const call: Call = { by: ['k'], aggregates: ['n = count', 'often = approx_topk(v, 1, 2)'] };
      const files = new HeldFiles();
      const feeding = { blocks: [20_000], capacity: 400, slow: [false] };
      const outcome = await run(spilling(call, 250_000, files), text, feeding);
      expect(given(outcome)).toEqual(given(await run(combineWith(call), text)));
      expect({ gap, spilled: files.created > 3, left: files.inUse }).toEqual({ gap, spilled: true, left: 0 });
    }
  });

  it('removes each file when it has been read, or when its rows are not wanted', async () => {
    const items = Array.from({ length: 300 }, (_, i) => event(i, `"k":${(i * 7) % 120},"v":${i % 9}`));
    const windows = [
      { kind: 'global' },
      { kind: 'fixed', size: 20, offset: 0 },
      { kind: 'sliding', size: 20, every: 6, offset: 0 },
      { kind: 'session', gap: 130 },
    ] as const;
    for (const window of windows) {
      const text = printItems(stampWindows([header(), ...items, ...drained], window));
      for (const order of [[], ['-total']]) {
        for (const limit of [undefined, 2]) {
          const call: Call = {
            by: ['k'],
            aggregates: ['total = sum(v)'],
            order,
            ...(limit === undefined ? {} : { limit }),
          };
          const files = new HeldFiles();
          const feeding = { blocks: [1000], capacity: 5, slow: [false] };
          const outcome = await run(spilling(call, 0, files), text, feeding);
          expect(output(outcome)).toBe(output(await run(combineWith(call), text)));
          // More than are merged at once.
          expect(files.created).toBeGreaterThan(60);
          expect(files.inUse).toBe(0);
        }
      }
    }
  });
});
