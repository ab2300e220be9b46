import type { AggregateDefinition } from './aggregate.ts';
import { Comoments, type PairStatistic } from './comoments.ts';
import { noLiterals } from './literals.ts';
import { NUMBER_RESULT } from './result-schema.ts';

/** (Σxy − Σx·Σy / n) / n */
const statistic: PairStatistic = {
  squaresOfX: false,
  squaresOfY: false,
  value: ({ n, spreadXY: { mantissa, exponent } }) => ({ numerator: mantissa, denominator: n * n, exponent }),
};

export const covarPop: AggregateDefinition = {
  name: 'covar_pop',
  summary: 'take the population covariance of two fields (over n)',
  usage: 'covar_pop(Y, X)',
  fields: 2,
  numeric: true,
  gives: NUMBER_RESULT,
  check: noLiterals,
  create: (columns) => new Comoments(columns, statistic),
};
