import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePaths } from '../../src/json/path.ts';
import { Dedup } from '../../src/operators/dedup.ts';
import { LATE } from '../../src/operators/operator.ts';
import { type DedupResult, dedupPerWindow, dedupWithin } from '../reference/dedup.ts';
import { type Item, printItems } from '../reference/stream.ts';
import { stampWindows } from '../reference/windows.ts';
import { type Feeding, feedings, type MakeOperator, type Outcome, output, run } from './harness.ts';
import { HeldFiles } from './held-files.ts';
import { barriers, stopping, withBarriers } from './stopping.ts';
import { drained, event, header, shown, stamped, windowKinds } from './streams.ts';

/** A dedup whose keys go to disk when they take so many bytes. */
const spilling =
  (by: string, memory: number, within?: number, files = new HeldFiles()): MakeOperator =>
  (context) =>
    new Dedup({ by: parsePaths(by), within, memory }, { ...context, spill: async () => files });

const steps = (by: string): string[][] => by.split(',').map((field) => field.split('.'));

/** From all keys on disk, without filters, to more than the keys of most streams take. */
const memories = fc.constantFrom(0, 0, 500, 2000, 8000, 40_000);
const by = fc.constantFrom('k', 'k', 'k,o.id', 's');

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
    fc.constantFrom(3, 40, 301),
  )
  .map(([drawn, window, delay, keys]) => {
    let watermark = -Infinity;
    const items = drawn.flatMap(([drawnKey, shift, value], i): Item[] => {
      const key = drawnKey % keys;
      const text = key % 2 === 0 ? `${key}` : `"${'long '.repeat(key % 30)}${key}"`;
      const one = event(i + shift, `"k":${text},"s":"${key % 7}","o":{"id":${value % 3}}`);
      if (value > 3 || i - delay <= watermark) return [one];
      watermark = i - delay;
      return [one, { kind: 'watermark', time: watermark }];
    });
    return stampWindows([header(), ...items, ...drained], window);
  });

const streams = fc.oneof(stamped, long);
const places = fc.array(fc.nat(300), { minLength: 1, maxLength: 6 });
const withins = fc.constantFrom(1, 2, 3, 8, 20, 100, 1000, 2500);

function expectEqual(outcome: Outcome, expected: DedupResult): void {
  expect(output(outcome)).toBe(printItems(expected.main));
  expect(output(outcome, LATE)).toBe(printItems(expected.late));
  expect(outcome.counters.get('late') ?? 0).toBe(expected.late.length);
}

describe('dedup whose keys go to disk', () => {
  it('equals the plain reference in any windows', async () => {
    await fc.assert(
      fc.asyncProperty(shown(streams), by, memories, feedings, async (items, fields, memory, feeding) => {
        const outcome = await run(spilling(fields, memory), printItems(items), feeding);
        expectEqual(outcome, dedupPerWindow(items, steps(fields)));
      }),
      { numRuns: 150 },
    );
  });

  it('equals, with --within, a reference that never forgets', async () => {
    await fc.assert(
      fc.asyncProperty(
        shown(streams),
        by,
        withins,
        memories,
        feedings,
        async (items, fields, within, memory, feeding) => {
          const outcome = await run(spilling(fields, memory, within), printItems(items), feeding);
          expectEqual(outcome, dedupWithin(items, steps(fields), within));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('goes on from its snapshots as if it had never stopped, with more memory or less', async () => {
    const stops = fc.tuple(streams, places).map(([items, at]) => withBarriers(items, at));
    await fc.assert(
      fc.asyncProperty(
        shown(stops),
        by,
        fc.option(withins, { nil: undefined }),
        fc.tuple(memories, memories),
        barriers,
        feedings,
        async (items, fields, within, [memory, later], at, feeding) => {
          const files = new HeldFiles();
          const first = spilling(fields, memory, within, files);
          const next = spilling(fields, later, within, files);
          const outcome = await run(stopping(first, at, next), printItems(items), feeding);
          const expected =
            within === undefined
              ? dedupPerWindow(items, steps(fields))
              : dedupWithin(items, steps(fields), within);
          expectEqual(outcome, expected);
        },
      ),
      { numRuns: 200 },
    );
  });

  const small: Feeding = { blocks: [1000], capacity: 5, slow: [false] };

  it('removes each file when all that is in it is forgotten', async () => {
    const items = Array.from({ length: 600 }, (_, i): Item[] => {
      const one = event(i, `"k":${(i * 7) % 120}`);
      return i % 10 === 9 ? [one, { kind: 'watermark', time: i - 5 }] : [one];
    }).flat();
    const kinds = [
      { kind: 'fixed', size: 20, offset: 0 },
      { kind: 'sliding', size: 20, every: 5, offset: 0 },
      { kind: 'session', gap: 10 },
    ] as const;
    for (const [window, within] of [
      ...kinds.map((kind) => [kind, undefined] as const),
      [kinds[0], 20] as const,
    ]) {
      const files = new HeldFiles();
      let most = 0;
      const make: MakeOperator = (context) =>
        spilling(
          'k',
          0,
          within,
          files,
        )({
          ...context,
          emit: (number, batch) => {
            most = Math.max(most, files.inUse);
            return context.emit(number, batch);
          },
        });
      await run(make, printItems(stampWindows([header(), ...items, ...drained], window)), small);
      expect(files.created).toBeGreaterThan(60);
      // Some of each level, for the keys of a short time.
      expect(most).toBeLessThan(25);
      expect(files.inUse).toBe(0);
    }
  });

  it('writes sessions again that only grow', async () => {
    const files = new HeldFiles();
    const items = Array.from({ length: 240 }, (_, i) => event(i, `"k":${i % 120}`));
    const text = printItems(stampWindows([header(), ...items, ...drained], { kind: 'session', gap: 1000 }));
    const outcome = await run(spilling('k', 0, undefined, files), text, small);
    expect(outcome.counters.get('duplicates')).toBe(120);
    expect(files.created).toBeGreaterThan(48);
    expect(files.inUse).toBe(0);
  });

  it('tells how many keys it remembers, wherever they are', async () => {
    const items = Array.from({ length: 100 }, (_, i) => event(i, `"k":${i}`));
    const mark: Item[] = [
      { kind: 'watermark', time: 20 },
      { kind: 'barrier', epoch: 1 },
    ];
    for (const within of [undefined, 10]) {
      const summaries = await Promise.all(
        [0, 2000, undefined].map(async (memory) => {
          const text = printItems(
            stampWindows([header(), ...items, ...mark, ...drained], { kind: 'fixed', size: 10, offset: 0 }),
          );
          let summary: unknown;
          await run(
            (context) => {
              const dedup = new Dedup(
                { by: parsePaths('k'), within, ...(memory === undefined ? {} : { memory }) },
                { ...context, spill: async () => new HeldFiles() },
              );
              return {
                onBatch: (input, batch) => dedup.onBatch(input, batch),
                onMarker: (input, marker) => {
                  if (marker.kind === 'barrier') summary = dedup.state.summary!();
                  return dedup.onMarker(input, marker);
                },
              };
            },
            text,
            small,
          );
          return summary;
        }),
      );
      expect(summaries[0]).toEqual(summaries[2]);
      expect(summaries[1]).toEqual(summaries[2]);
    }
  });
});
