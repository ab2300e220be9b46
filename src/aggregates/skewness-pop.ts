import type { AggregateDefinition } from './aggregate.ts';
import { ExactMoments, type ShapeStatistic } from './exact-moments.ts';
import { noLiterals } from './literals.ts';
import { NUMBER_RESULT } from './result-schema.ts';
import { scaledSkewness } from './scaled-skewness.ts';

/** g₁ = m₃ / m₂^(3/2), as Miller's `skewness`. */
const statistic: ShapeStatistic = { highest: 3, value: (moments) => scaledSkewness(moments, 1n, 1n) };

export const skewnessPop: AggregateDefinition = {
  name: 'skewness_pop',
  summary: 'take the population skewness of FIELD, null when all values are equal',
  usage: 'skewness_pop(FIELD)',
  fields: 1,
  numeric: true,
  gives: NUMBER_RESULT,
  check: noLiterals,
  create: (columns) => new ExactMoments(columns, statistic),
};
