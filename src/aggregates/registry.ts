import type { AggregateDefinition } from './aggregate.ts';
import { antimode } from './antimode.ts';
import { anyValue } from './any-value.ts';
import { approxDistinct } from './approx-distinct.ts';
import { approxQuantile } from './approx-quantile.ts';
import { approxTopk } from './approx-topk.ts';
import { argMax } from './arg-max.ts';
import { argMin } from './arg-min.ts';
import { bins } from './bins.ts';
import { bitAnd } from './bit-and.ts';
import { bitOr } from './bit-or.ts';
import { bitXor } from './bit-xor.ts';
import { boolAnd } from './bool-and.ts';
import { boolOr } from './bool-or.ts';
import { corr } from './corr.ts';
import { count } from './count.ts';
import { covarPop } from './covar-pop.ts';
import { covarSamp } from './covar-samp.ts';
import { distinct } from './distinct.ts';
import { first } from './first.ts';
import { histogram } from './histogram.ts';
import { js } from './js.ts';
import { kurtosis } from './kurtosis.ts';
import { kurtosisPop } from './kurtosis-pop.ts';
import { last } from './last.ts';
import { list } from './list.ts';
import { max } from './max.ts';
import { mean } from './mean.ts';
import { median } from './median.ts';
import { min } from './min.ts';
import { mode } from './mode.ts';
import { nullCount } from './null-count.ts';
import { quantile } from './quantile.ts';
import { quantiles } from './quantiles.ts';
import { regrCount } from './regr-count.ts';
import { regrIntercept } from './regr-intercept.ts';
import { regrR2 } from './regr-r2.ts';
import { regrSlope } from './regr-slope.ts';
import { sample } from './sample.ts';
import { set } from './set.ts';
import { skewness } from './skewness.ts';
import { skewnessPop } from './skewness-pop.ts';
import { stddev } from './stddev.ts';
import { stddevPop } from './stddev-pop.ts';
import { stringAgg } from './string-agg.ts';
import { sum } from './sum.ts';
import { topk } from './topk.ts';
import { varPop } from './var-pop.ts';
import { variance } from './variance.ts';
import { weightedMean } from './weighted-mean.ts';

export interface AggregateGroup {
  /** Lower case, as help heads it. */
  readonly title: string;
  readonly aggregates: readonly AggregateDefinition[];
}

/** Every aggregate, in the order in which help lists them. */
export const aggregateGroups: readonly AggregateGroup[] = [
  {
    title: 'aggregates that count',
    aggregates: [count, nullCount, distinct, approxDistinct, histogram, bins],
  },
  {
    title: 'aggregates that add up',
    aggregates: [sum, mean, weightedMean],
  },
  {
    title: 'aggregates that order',
    aggregates: [min, max, argMin, argMax, median, quantile, quantiles, approxQuantile],
  },
  {
    title: 'aggregates of frequency',
    aggregates: [mode, antimode, topk, approxTopk],
  },
  {
    title: 'aggregates that keep values',
    aggregates: [first, last, anyValue, list, set, sample, stringAgg],
  },
  {
    title: 'aggregates of spread and shape',
    aggregates: [variance, varPop, stddev, stddevPop, skewness, skewnessPop, kurtosis, kurtosisPop],
  },
  {
    title: 'aggregates of two fields',
    aggregates: [corr, covarPop, covarSamp, regrSlope, regrIntercept, regrR2, regrCount],
  },
  {
    title: 'aggregates of truth and bits',
    aggregates: [boolAnd, boolOr, bitAnd, bitOr, bitXor],
  },
  {
    title: 'aggregates of your own',
    aggregates: [js],
  },
];

export const aggregates: readonly AggregateDefinition[] = aggregateGroups.flatMap(
  (group) => group.aggregates,
);

export function findAggregate(name: string): AggregateDefinition | undefined {
  return aggregates.find((aggregate) => aggregate.name === name);
}
