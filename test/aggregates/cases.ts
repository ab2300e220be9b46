import fc from 'fast-check';
import type { Literal } from '../../src/aggregates/aggregate.ts';
import { findAggregate } from '../../src/aggregates/registry.ts';
import { type Sample, sampleOf } from '../reference/aggregates.ts';
import {
  doubleText,
  integerText,
  moderateText,
  numberTexts,
  squareLimitText,
  valueTexts,
} from './arbitraries.ts';

const anyNumber = numberTexts(fc.oneof(integerText, doubleText));
const integers = numberTexts(integerText);
const moderate = numberTexts(moderateText);
const booleans = fc.array(fc.constantFrom('true', 'false', 'null', ''), { maxLength: 8 });

/** Aggregate, literals, what its values are, and what they are called. */
export const cases: [name: string, literals: Literal[], texts: fc.Arbitrary<string[]>, of: string][] = [
  ['count', [], valueTexts, 'values'],
  ['sum', [], integers, 'integers'],
  ['sum', [], anyNumber, 'numbers'],
  ['mean', [], integers, 'integers'],
  ['mean', [], anyNumber, 'numbers'],
  ['min', [], valueTexts, 'values'],
  ['min', [], anyNumber, 'numbers'],
  ['max', [], valueTexts, 'values'],
  ['max', [], anyNumber, 'numbers'],
  ['first', [], valueTexts, 'values'],
  ['last', [], valueTexts, 'values'],
  ['list', [], valueTexts, 'values'],
  ['set', [], valueTexts, 'values'],
  ['distinct', [], valueTexts, 'values'],
  ['quantile', [0], anyNumber, 'numbers'],
  ['quantile', [0.07], anyNumber, 'numbers'],
  ['quantile', [0.5], anyNumber, 'numbers'],
  ['quantile', [0.95], integers, 'integers'],
  ['quantile', [1], anyNumber, 'numbers'],
  ['topk', [3], valueTexts, 'values'],
  ['variance', [], integers, 'integers'],
  ['variance', [], anyNumber, 'numbers'],
  ['variance', [], numberTexts(squareLimitText), 'integers of 28 bits'],
  ['stddev', [], moderate, 'moderate numbers'],
  ['any_value', [], valueTexts, 'values'],
  ['null_count', [], valueTexts, 'values'],
  ['arg_min', [], valueTexts, 'values'],
  ['arg_max', [], valueTexts, 'values'],
  ['arg_max', [], anyNumber, 'numbers'],
  ['median', [], anyNumber, 'numbers'],
  ['quantile', [0.07, 'linear'], anyNumber, 'numbers'],
  ['quantile', [0.95, 'linear'], integers, 'integers'],
  ['quantile', [1, 'linear'], anyNumber, 'numbers'],
  ['quantiles', [0.25, 0.5, 0.75], anyNumber, 'numbers'],
  ['quantiles', [0.9, 0.1, 'linear'], anyNumber, 'numbers'],
  ['mode', [], valueTexts, 'values'],
  ['antimode', [], valueTexts, 'values'],
  ['string_agg', [], valueTexts, 'values'],
  ['string_agg', [' "é" '], valueTexts, 'values'],
  ['sample', [3], valueTexts, 'values'],
  ['sample', [5, 12345678901], valueTexts, 'values'],
  ['histogram', [-5, 0, 0.5, 7], anyNumber, 'numbers'],
  ['bins', [-20, 20, 8], moderate, 'moderate numbers'],
  ['bool_and', [], booleans, 'booleans'],
  ['bool_or', [], booleans, 'booleans'],
  ['bit_and', [], integers, 'integers'],
  ['bit_or', [], integers, 'integers'],
  ['bit_xor', [], integers, 'integers'],
  ['weighted_mean', [], anyNumber, 'numbers'],
  ['weighted_mean', [], integers, 'integers'],
  ['var_pop', [], anyNumber, 'numbers'],
  ['stddev_pop', [], moderate, 'moderate numbers'],
  ['covar_pop', [], anyNumber, 'numbers'],
  ['covar_pop', [], moderate, 'moderate numbers'],
  ['covar_samp', [], anyNumber, 'numbers'],
  ['covar_samp', [], moderate, 'moderate numbers'],
  ['regr_count', [], anyNumber, 'numbers'],
  ['regr_count', [], moderate, 'moderate numbers'],
  ['regr_slope', [], anyNumber, 'numbers'],
  ['regr_slope', [], moderate, 'moderate numbers'],
  ['regr_intercept', [], anyNumber, 'numbers'],
  ['regr_intercept', [], moderate, 'moderate numbers'],
  ['regr_r2', [], anyNumber, 'numbers'],
  ['regr_r2', [], moderate, 'moderate numbers'],
  ['corr', [], anyNumber, 'numbers'],
  ['corr', [], moderate, 'moderate numbers'],
  ['skewness', [], anyNumber, 'numbers'],
  ['skewness', [], moderate, 'moderate numbers'],
  ['skewness_pop', [], anyNumber, 'numbers'],
  ['skewness_pop', [], moderate, 'moderate numbers'],
  ['kurtosis', [], anyNumber, 'numbers'],
  ['kurtosis', [], moderate, 'moderate numbers'],
  ['kurtosis_pop', [], anyNumber, 'numbers'],
  ['kurtosis_pop', [], moderate, 'moderate numbers'],
];

/** Samples of these texts, in the order of the stream; for an aggregate over two fields, two texts each. */
export function drawnSamples(name: string, texts: fc.Arbitrary<string[]>): fc.Arbitrary<Sample[]> {
  const second = findAggregate(name)!.fields === 2 ? texts : fc.constant([]);
  return fc
    .tuple(texts, second)
    .chain(([drawn, others]) =>
      fc
        .array(fc.integer({ min: 0, max: 6 }), { minLength: drawn.length, maxLength: drawn.length })
        .map((times) => drawn.map((text, i) => drawnSample(text, times[i]!, i, others[i % others.length]))),
    );
}

function drawnSample(text: string, time: number, position: number, other: string | undefined): Sample {
  const sample = { ...sampleOf(text || undefined, time, position), text };
  return other === undefined
    ? { ...sample, second: sampleOf('0', time, position) }
    : { ...sample, second: { ...sampleOf(other || undefined, time, position), text: other } };
}
