import type { AggregateDefinition } from './aggregate.ts';
import { minusBinary, quotientOf, timesBinary, timesWhole } from './binary.ts';
import { ExactMoments, type ShapeStatistic } from './exact-moments.ts';
import { noLiterals } from './literals.ts';
import { NUMBER_RESULT } from './result-schema.ts';

/** g₂ = m₄ / m₂² − 3, as Miller's `kurtosis`. */
const statistic: ShapeStatistic = {
  highest: 4,
  value({ second, fourth }) {
    if (second.mantissa === 0n) return undefined;
    const square = timesBinary(second, second);
    return quotientOf(minusBinary(fourth, timesWhole(square, 3n)), square);
  },
};

export const kurtosisPop: AggregateDefinition = {
  name: 'kurtosis_pop',
  summary: 'take the population excess kurtosis of FIELD, null when all values are equal',
  usage: 'kurtosis_pop(FIELD)',
  fields: 1,
  numeric: true,
  gives: NUMBER_RESULT,
  check: noLiterals,
  create: (columns) => new ExactMoments(columns, statistic),
};
