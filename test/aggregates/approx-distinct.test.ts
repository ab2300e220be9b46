import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findAggregate } from '../../src/aggregates/registry.ts';
import { referenceAggregate } from '../reference/aggregates.ts';
import { valueTexts } from './arbitraries.ts';
import { GroupTable } from './group-table.ts';
import { resultOf, samplesOf, spreadResult } from './spreading.ts';

const definition = findAggregate('approx_distinct')!;

/** `count` texts that no other seed has. */
const distinctTexts = (seed: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `"user ${seed}-${i}"`);

/** Relative errors of the estimates for so many distinct values, of many sets of values. */
const errorsFor = (precision: number, count: number, sets: number): number[] =>
  Array.from({ length: sets }, (_, seed) => {
    const estimate = Number(resultOf(definition, [precision], distinctTexts(seed, count)));
    return (estimate - count) / count;
  });

const rootMeanSquare = (errors: readonly number[]): number =>
  Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length);

describe('approx_distinct', () => {
  it.each([
    [8, [100, 300, 700, 1_500, 5_000, 40_000]],
    [11, [300, 1_000, 5_000, 20_000]],
    [14, [2_100, 20_000, 60_000]],
  ])('has a standard error of 1.04 / sqrt(2^%d) and no bias, at any size', (precision, counts) => {
    const bound = 1.04 / Math.sqrt(2 ** precision);
    for (const count of counts) {
      const sets = Math.max(12, Math.min(150, Math.floor(400_000 / count)));
      const errors = errorsFor(precision, count, sets);
      // The sets are fixed, so this holds for ever or never: three standard deviations of what is measured.
      expect(rootMeanSquare(errors), `of ${count}`).toBeLessThanOrEqual(
        bound * (1 + 3 / Math.sqrt(2 * sets)),
      );
      const bias = errors.reduce((sum, error) => sum + error, 0) / sets;
      expect(Math.abs(bias), `of ${count}`).toBeLessThanOrEqual((3 * bound) / Math.sqrt(sets));
      for (const error of errors) expect(Math.abs(error), `of ${count}`).toBeLessThanOrEqual(4.5 * bound);
    }
  });

  it('is exact for few values, up to 2^PRECISION / 8', () => {
    for (const count of [0, 1, 2, 10, 100, 1000, 2048])
      expect(Number(resultOf(definition, [], distinctTexts(1, count)))).toBe(count);
  });

  it('takes values for equal that are equal as JSON values, and passes over null', () => {
    fc.assert(
      fc.property(valueTexts, (texts) => {
        expect(resultOf(definition, [], texts)).toBe(referenceAggregate('distinct', samplesOf(texts)));
      }),
      { numRuns: 200 },
    );
  });

  it('does not show the order of arrival, how values were spread over groups, nor what was saved and loaded', () => {
    const someTexts = fc
      .tuple(fc.nat(9), fc.constantFrom(0, 1, 5, 31, 32, 33, 40, 200), fc.boolean())
      .map(([seed, count, twice]) => {
        const texts = distinctTexts(seed, count);
        return twice ? [...texts, ...texts] : texts;
      });
    fc.assert(
      fc.property(
        someTexts.chain((texts) =>
          fc.tuple(fc.constant(texts), fc.shuffledSubarray(texts, { minLength: texts.length })),
        ),
        fc.array(fc.nat(3), { minLength: 1, maxLength: 60 }),
        ([texts, shuffled], dealt) => {
          for (const precision of [4, 8])
            expect(spreadResult(definition, [precision], shuffled, dealt)).toBe(
              resultOf(definition, [precision], texts),
            );
        },
      ),
      { numRuns: 100 },
    );
  });

  it('saves what it holds in one form, whatever the order of arrival was', () => {
    for (const count of [20, 300]) {
      const texts = distinctTexts(3, count);
      const [forth, back] = [texts, [...texts].reverse()].map((order) => {
        const table = new GroupTable(definition, [8]);
        table.add(
          samplesOf(order),
          order.map(() => [0]),
        );
        return table.save(0);
      });
      expect(forth).toBe(back);
    }
  });

  it('refuses what is no precision, and what it did not save', () => {
    for (const precision of [3, 19, 4.5, 'x'])
      expect(() => definition.check([precision])).toThrow(
        'the precision must be a whole number from 4 to 18',
      );
    const table = new GroupTable(definition, [4]);
    for (const text of [
      '[5,[]]',
      '[4,[0]]',
      '[4,[41]]',
      '[4,"AAA"]',
      '[4,"AAAAAAAAAAAAAAA-"]',
      '[4,"AAAAAAAAAAAAAAA/"]',
      'null',
      '[4]',
      '3',
    ])
      expect(() => table.load(0, text), text).toThrow('it is no partial result');
  });
});
