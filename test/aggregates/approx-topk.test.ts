import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Literal } from '../../src/aggregates/aggregate.ts';
import { findAggregate } from '../../src/aggregates/registry.ts';
import { referenceAggregate } from '../reference/aggregates.ts';
import { valueTexts } from './arbitraries.ts';
import { GroupTable } from './group-table.ts';
import { resultOf, samplesOf, spreadResult } from './spreading.ts';

const definition = findAggregate('approx_topk')!;

interface Counted {
  readonly value: unknown;
  readonly count: number;
  readonly error: number;
}

/** Texts of which some are frequent; of any number of distinct ones, and long enough to fill buffers. */
const skewed = fc
  .array(fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 4 })), { maxLength: 400 })
  .map((drawn) =>
    drawn.map(([n, divisor]) => {
      const value = Math.floor(n / divisor ** 2);
      return value % 3 === 0 ? `"${'long '.repeat(value)}"` : `${value}`;
    }),
  );

const dealing = fc.array(fc.nat(3), { minLength: 1, maxLength: 60 });

/** That the bounds hold of which space-saving.ts tells. */
function expectBounds(result: string, texts: readonly string[], counters: number): void {
  const told = JSON.parse(result) as Counted[];
  const often = (value: unknown): number => texts.filter((text) => text === JSON.stringify(value)).length;
  for (const { value, count, error } of told) {
    expect(often(value)).toBeLessThanOrEqual(count);
    expect(often(value)).toBeGreaterThanOrEqual(count - error);
    expect(error).toBeLessThanOrEqual(texts.length / counters);
  }
  for (const text of new Set(texts)) {
    const value = JSON.parse(text) as unknown;
    if (often(value) > texts.length / counters) expect(told.map((one) => one.value)).toContain(value);
  }
  const ordered = [...told].sort((a, b) => b.count - a.count);
  expect(told.map(({ count }) => count)).toEqual(ordered.map(({ count }) => count));
}

describe('approx_topk', () => {
  it('counts within its error, misses no frequent value, and is off by at most n / COUNTERS', () => {
    fc.assert(
      fc.property(skewed, fc.integer({ min: 1, max: 25 }), (texts, counters) => {
        expectBounds(resultOf(definition, [counters, counters], texts), texts, counters);
      }),
      { numRuns: 400 },
    );
  });

  it('keeps these bounds however values were spread over groups, saved, loaded and merged', () => {
    fc.assert(
      fc.property(skewed, fc.integer({ min: 1, max: 25 }), dealing, (texts, counters, dealt) => {
        expectBounds(spreadResult(definition, [counters, counters], texts, dealt), texts, counters);
      }),
      { numRuns: 400 },
    );
  });

  it('equals topk, without error, where there are no more distinct values than counters', () => {
    fc.assert(
      fc.property(valueTexts, fc.integer({ min: 1, max: 6 }), dealing, (texts, wanted, dealt) => {
        const expected = referenceAggregate('topk', samplesOf(texts), [wanted]).replaceAll(
          /("count":\d+)}/g,
          '$1,"error":0}',
        );
        expect(resultOf(definition, [wanted], texts)).toBe(expected);
        expect(resultOf(definition, [wanted], [...texts].reverse())).toBe(expected);
        expect(spreadResult(definition, [wanted], texts, dealt)).toBe(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('finds the ten most frequent of many values, in their order', () => {
    let state = 1;
    const uniform = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    const texts = Array.from({ length: 60_000 }, () => `"/page/${Math.floor(uniform() ** 4 * 20_000)}"`);
    const topk = new GroupTable(findAggregate('topk')!, [10]);
    topk.add(
      samplesOf(texts),
      texts.map(() => [0]),
    );
    const exact = JSON.parse(topk.result(0)) as Counted[];
    const told = JSON.parse(resultOf(definition, [10], texts)) as Counted[];
    expect(told.map(({ value }) => value)).toEqual(exact.map(({ value }) => value));
    for (const [i, { count, error }] of told.entries()) {
      expect(count - exact[i]!.count).toBeLessThanOrEqual(error);
      expect(error).toBeLessThanOrEqual(60);
    }
  });

  it('gives equal counts in the order of values, and writes a value as it came if in one spelling only', () => {
    expect(resultOf(definition, [3], ['"b"', '1.0', '"a"', 'null', '2.0', '2'])).toBe(
      '[{"value":2,"count":2,"error":0},{"value":1.0,"count":1,"error":0},{"value":"a","count":1,"error":0}]',
    );
  });

  it('lets a value take over the counter with the least count', () => {
    expect(resultOf(definition, [2, 2], ['"a"', '"a"', '"b"', '"c"'])).toBe(
      '[{"value":"a","count":2,"error":0},{"value":"c","count":2,"error":1}]',
    );
  });

  it('refuses what is no number of values or counters, and what it did not save', () => {
    const refused: [Literal[], string][] = [
      [[0], 'approx_topk wants a whole number of values from 1 to 100000'],
      [[2.5], 'approx_topk wants a whole number of values'],
      [['x'], 'approx_topk wants a whole number of values'],
      [[5, 4], 'the counters must be a whole number from 5 to 1000000, not 4'],
      [[5, 5.5], 'the counters must be a whole number'],
    ];
    for (const [literals, message] of refused) expect(() => definition.check(literals)).toThrow(message);
    const table = new GroupTable(definition, [1, 2]);
    for (const text of [
      '[3,[]]',
      '[2,[1,1]]',
      '[2,[1,1,1]]',
      '[2,[1,2,0,1.0,2,0]]',
      '[2,[1,1,0,2,1,0,3,1,0]]',
      '[2,[null,1,0]]',
      'null',
    ])
      expect(() => table.load(0, text), text).toThrow('it is no partial result');
  });
});
