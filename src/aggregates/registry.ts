import type { AggregateDefinition } from './aggregate.ts';
import { approxDistinct } from './approx-distinct.ts';
import { approxQuantile } from './approx-quantile.ts';
import { approxTopk } from './approx-topk.ts';
import { count } from './count.ts';
import { distinct } from './distinct.ts';
import { first } from './first.ts';
import { last } from './last.ts';
import { list } from './list.ts';
import { max } from './max.ts';
import { mean } from './mean.ts';
import { min } from './min.ts';
import { quantile } from './quantile.ts';
import { set } from './set.ts';
import { stddev } from './stddev.ts';
import { sum } from './sum.ts';
import { topk } from './topk.ts';
import { variance } from './variance.ts';

/** Every aggregate, in the order in which help lists them. */
export const aggregates: readonly AggregateDefinition[] = [
  count,
  sum,
  min,
  max,
  mean,
  first,
  last,
  list,
  set,
  distinct,
  quantile,
  topk,
  variance,
  stddev,
  approxQuantile,
  approxDistinct,
  approxTopk,
];

export function findAggregate(name: string): AggregateDefinition | undefined {
  return aggregates.find((aggregate) => aggregate.name === name);
}
