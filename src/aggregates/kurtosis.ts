import type { AggregateDefinition } from './aggregate.ts';
import { minusBinary, plusBinary, quotientOf, timesBinary, timesWhole } from './binary.ts';
import { ExactMoments, type ShapeStatistic } from './exact-moments.ts';
import { noLiterals } from './literals.ts';
import { NUMBER_RESULT } from './result-schema.ts';

/**
 * G₂ = ((n + 1)·g₂ + 6)·(n − 1) / ((n − 2)·(n − 3)) for g₂ = m₄ / m₂² − 3, as Excel, SAS, pandas and DuckDB;
 * Joanes and Gill (1998).
 */
const statistic: ShapeStatistic = {
  highest: 4,
  value({ n, second, fourth }) {
    if (n < 4n || second.mantissa === 0n) return undefined;
    const square = timesBinary(second, second);
    const excess = minusBinary(fourth, timesWhole(square, 3n));
    const adjusted = plusBinary(timesWhole(excess, n + 1n), timesWhole(square, 6n));
    return quotientOf(timesWhole(adjusted, n - 1n), timesWhole(square, (n - 2n) * (n - 3n)));
  },
};

export const kurtosis: AggregateDefinition = {
  name: 'kurtosis',
  summary: 'take the sample excess kurtosis of FIELD (0 for the normal distribution), null below four values',
  usage: 'kurtosis(FIELD)',
  fields: 1,
  numeric: true,
  gives: NUMBER_RESULT,
  check: noLiterals,
  create: (columns) => new ExactMoments(columns, statistic),
};
