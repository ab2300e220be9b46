import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findAggregate } from '../../src/aggregates/registry.ts';
import { referenceAggregate } from '../reference/aggregates.ts';
import { doubleText, integerText, numberTexts } from './arbitraries.ts';
import { GroupTable } from './group-table.ts';
import { resultOf, samplesOf, spreadResult } from './spreading.ts';

const definition = findAggregate('approx_quantile')!;
const anyNumber = numberTexts(fc.oneof(integerText, doubleText));
const shares = fc.integer({ min: 0, max: 100 }).map((hundredths) => hundredths / 100);
const errors = fc.constantFrom(0.5, 0.1, 0.01, 0.001);

/** Logarithms and powers round: this far a bound may be passed. */
const ROUNDING = 1e-9;

/** Digits of the integer part count too: the values may be past the range of doubles. */
function relativeDistance(text: string, exact: string): number {
  const [a, b] = [Number(text), Number(exact)];
  if (Number.isFinite(a) && Number.isFinite(b)) {
    // Near the smallest double, doubles are further from each other than the relative error is.
    return Math.abs(a - b) <= Number.MIN_VALUE ? 0 : Math.abs(a - b) / Math.abs(b);
  }
  // A double and a number past their range may be near each other: compared by logarithms.
  const log = (number: string): number => {
    const [digits = '', exponent = '0'] = number.replace('-', '').split(/e\+?/);
    const [whole = '', fraction = ''] = digits.split('.');
    return Math.log10(Number(`0.${whole}${fraction}`)) + whole.length + Number(exponent);
  };
  expect(text.startsWith('-')).toBe(exact.startsWith('-'));
  return Math.abs(10 ** (log(text) - log(exact)) - 1);
}

describe('approx_quantile', () => {
  it('is within its relative error of the exact quantile, for any values, quantile and error', () => {
    fc.assert(
      fc.property(anyNumber, shares, errors, (texts, share, error) => {
        const result = resultOf(definition, [share, error], texts);
        const exact = referenceAggregate('quantile', samplesOf(texts), [share]);
        if (exact === 'null') expect(result).toBe('null');
        else expect(relativeDistance(result, exact)).toBeLessThanOrEqual(error + ROUNDING);
      }),
      { numRuns: 500 },
    );
  });

  it('is within 1 % where no error is given, at every hundredth of a skewed distribution', () => {
    let state = 7;
    const uniform = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state + 1) / 2 ** 32;
    };
    const texts = Array.from({ length: 20_000 }, () => String((uniform() ** -1.5 * 1000).toFixed(3)));
    const table = new GroupTable(definition, [0.5]);
    table.add(
      samplesOf(texts),
      texts.map(() => [0]),
    );
    const saved = table.save(0);
    const sorted = texts.map(Number).sort((a, b) => a - b);
    for (let hundredth = 0; hundredth <= 100; hundredth++) {
      const other = new GroupTable(definition, [hundredth / 100]);
      other.load(0, saved);
      const exact = sorted[Math.max(Math.ceil((hundredth * sorted.length) / 100) - 1, 0)]!;
      expect(Math.abs(Number(other.result(0)) - exact) / exact).toBeLessThanOrEqual(0.01 + ROUNDING);
    }
  });

  it('does not show the order of arrival, how values were spread over groups, nor what was saved and loaded', () => {
    fc.assert(
      fc.property(
        anyNumber.chain((texts) =>
          fc.tuple(fc.constant(texts), fc.shuffledSubarray(texts, { minLength: texts.length })),
        ),
        fc.array(fc.nat(3), { minLength: 1, maxLength: 60 }),
        shares,
        ([texts, shuffled], dealt, share) => {
          expect(spreadResult(definition, [share], shuffled, dealt)).toBe(
            resultOf(definition, [share], texts),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('gives the least and the greatest value for the quantiles 0 and 1, and of equal values the value', () => {
    expect(resultOf(definition, [0], ['17', '-3.25', '9'])).toBe('-3.25');
    expect(resultOf(definition, [1], ['17', '-3.25', '9'])).toBe('17');
    expect(resultOf(definition, [0.5], ['1234', '1234', 'null'])).toBe('1234');
    expect(resultOf(definition, [0.5], ['-1', '0', '-0', '5'])).toBe('0');
  });

  it('refuses what is no quantile or no error, and what was saved with another error', () => {
    expect(() => definition.check([95])).toThrow('approx_quantile wants a number from 0 to 1, not 95');
    for (const error of [0, 0.00001, 0.51, 'x'])
      expect(() => definition.check([0.5, error])).toThrow('the relative error must be from 0.0001 to 0.5');
    const table = new GroupTable(definition, [0.5, 0.1]);
    for (const text of ['[0.01,1,1,0,0,[],[]]', '[0.1,2,1,0,0,[],[]]', '[0.1,1,0,1,1,[],[1e9,1]]', '[]', '1'])
      expect(() => table.load(0, text), text).toThrow('it is no partial result');
  });
});
