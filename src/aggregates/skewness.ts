import type { AggregateDefinition } from './aggregate.ts';
import { ExactMoments, type ShapeStatistic } from './exact-moments.ts';
import { noLiterals } from './literals.ts';
import { NUMBER_RESULT } from './result-schema.ts';
import { scaledSkewness } from './scaled-skewness.ts';

/** G₁ = g₁·√(n·(n − 1)) / (n − 2), as Excel, SAS, pandas and DuckDB; Joanes and Gill (1998). */
const statistic: ShapeStatistic = {
  highest: 3,
  value: (moments) => {
    const { n } = moments;
    return n < 3n ? undefined : scaledSkewness(moments, n * (n - 1n), (n - 2n) ** 2n);
  },
};

export const skewness: AggregateDefinition = {
  name: 'skewness',
  summary: 'take the sample skewness of FIELD (adjusted Fisher-Pearson), null below three values',
  usage: 'skewness(FIELD)',
  fields: 1,
  numeric: true,
  gives: NUMBER_RESULT,
  check: noLiterals,
  create: (columns) => new ExactMoments(columns, statistic),
};
