import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Combiner } from '../../src/aggregates/js.ts';
import { parseAggregateArgument } from '../../src/expressions/aggregate-argument.ts';
import { parsePath } from '../../src/json/path.ts';
import { Combine } from '../../src/operators/combine.ts';
import { CombineParts, combinePart } from '../../src/operators/combine-in-parts.ts';
import type { CombineOptions } from '../../src/operators/combine-options.ts';
import { printItems } from '../reference/stream.ts';
import { stampWindows } from '../reference/windows.ts';
import { combinerCall } from './calling.ts';
import { feedings, type MakeOperator, output, run } from './harness.ts';
import { HeldFiles } from './held-files.ts';
import { barriers, stopping, withBarriers } from './stopping.ts';
import { drained, event, generated, header, shown } from './streams.ts';

/** Members that a combiner can add up without rounding: all other values are left out. */
const whole = (value: unknown): boolean => Number.isSafeInteger(value);

const total = (a: unknown, b: unknown): unknown => {
  if (!whole(a)) return whole(b) ? b : null;
  return whole(b) ? Number(a) + Number(b) : a;
};

/** Its accumulators are no JSON, and are changed in place. */
const kinds: Combiner = {
  create: () => new Map<string, number>(),
  add(accumulator, value) {
    const map = accumulator as Map<string, number>;
    map.set(typeof value, (map.get(typeof value) ?? 0) + 1);
  },
  merge(accumulator, other) {
    const map = accumulator as Map<string, number>;
    for (const [kind, count] of other as Map<string, number>) map.set(kind, (map.get(kind) ?? 0) + count);
  },
  result: (accumulator) => Object.fromEntries([...(accumulator as Map<string, number>)].sort()),
  save: (accumulator) => [...(accumulator as Map<string, number>)],
  load: (saved) => new Map(saved as [string, number][]),
};

const options = (more: Partial<CombineOptions> = {}): CombineOptions => ({
  by: [parsePath('k')],
  aggregates: [
    combinerCall('total = js(n, "./total.mjs")', total as never),
    parseAggregateArgument('sum = sum(n)'),
    combinerCall('kinds = js(s, "./kinds.mjs")', kinds),
    combinerCall('least = js(n, "./least.mjs")', ((a: number, b: number) => Math.min(a, b)) as never),
    parseAggregateArgument('min = min(n)'),
  ],
  order: [],
  limit: Number.POSITIVE_INFINITY,
  ...more,
});

const combine: MakeOperator = (context) => new Combine(options(), context);

/** Streams of small integers beside what else there is. */
const streams = generated.map(({ items, window }) =>
  stampWindows(
    items.map((item, i) =>
      item.kind === 'event'
        ? event(item.time, `"k":${i % 3},"n":${(i * 7) % 11},"s":${['1', '"a"', 'true', 'null'][i % 4]}`)
        : item,
    ),
    window,
  ),
);

function expectEqual(text: string): void {
  for (const line of text.split('\n').filter((each) => each.includes('"total"'))) {
    const result = JSON.parse(line) as Record<string, unknown>;
    expect([result.total, result.least]).toEqual([result.sum, result.min]);
  }
}

describe('combine with a module', () => {
  it('gives what the aggregates give that do the same, in all windows, and goes on from snapshots', async () => {
    const places = fc.array(fc.nat(60), { minLength: 1, maxLength: 6 });
    const stopped = fc.tuple(streams, places).map(([items, at]) => withBarriers(items, at));
    await fc.assert(
      fc.asyncProperty(shown(stopped), barriers, feedings, async (items, at, feeding) => {
        const all = output(await run(combine, printItems(items), feeding));
        expectEqual(all);
        expect(output(await run(stopping(combine, at), printItems(items), feeding))).toBe(all);
      }),
      { numRuns: 200 },
    );
  });

  it('gives the same in parts, and from disk', async () => {
    await fc.assert(
      fc.asyncProperty(shown(streams), feedings, async (items, feeding) => {
        const all = output(await run(combine, printItems(items), feeding));
        const part: MakeOperator = (context) => combinePart(options(), context);
        const final: MakeOperator = (context) => new CombineParts(options(), context);
        const parts = output(await run(part, printItems(items), feeding));
        const results = (text: string): string[] =>
          text.split('\n').filter((line) => line.includes('"k":') && !line.startsWith('{"@stream"'));
        expect(results(output(await run(final, parts, feeding)))).toEqual(results(all));
        const files = new HeldFiles();
        const small: MakeOperator = (context) =>
          new Combine(options({ memory: 1 }), { ...context, spill: async () => files });
        expect(output(await run(small, printItems(items), feeding))).toBe(all);
      }),
      { numRuns: 100 },
    );
  });

  it('tells what a combiner has thrown, and that it is not async', async () => {
    const items = [header(), event(0, '"k":1,"n":1'), event(1, '"k":1,"n":2'), ...drained];
    const failing = (combiner: (a: never, b: never) => unknown): Promise<unknown> =>
      run(
        (context) =>
          new Combine(options({ aggregates: [combinerCall('x = js(n, "./fn.mjs")', combiner)] }), context),
        printItems(items),
      );
    await expect(
      failing(() => {
        throw new Error('no way');
      }),
    ).rejects.toThrow('./fn.mjs: no way (in add)');
    await expect(failing(async () => 1)).rejects.toThrow('a combiner is not async');
    await expect(failing(() => Number.NaN)).rejects.toThrow('NaN is no JSON (in result)');
  });

  it('is told the event where it has no field, and a list of several', async () => {
    const items = [header(), event(0, '"k":1,"n":1'), event(1, '"k":1,"n":2,"m":[1]'), ...drained];
    const list: Combiner = {
      create: () => [],
      add: (all, value) => [...(all as unknown[]), value],
      merge: (a, b) => [...(a as unknown[]), ...(b as unknown[])],
    };
    const aggregates = [
      combinerCall('all = js("./fn.mjs")', list),
      combinerCall('both = js(n, m, "./fn.mjs")', list),
    ];
    const written = output(
      await run((context) => new Combine(options({ aggregates }), context), printItems(items)),
    );
    expect(written).toContain('"all":[{"k":1,"n":1},{"k":1,"n":2,"m":[1]}],"both":[[2,[1]]]');
  });
});
