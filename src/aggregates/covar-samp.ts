import type { AggregateDefinition } from './aggregate.ts';
import { Comoments, type PairStatistic } from './comoments.ts';
import { noLiterals } from './literals.ts';
import { NUMBER_RESULT } from './result-schema.ts';

/** (Σxy − Σx·Σy / n) / (n − 1) */
const statistic: PairStatistic = {
  squaresOfX: false,
  squaresOfY: false,
  value: ({ n, spreadXY: { mantissa, exponent } }) =>
    n < 2n ? undefined : { numerator: mantissa, denominator: n * (n - 1n), exponent },
};

export const covarSamp: AggregateDefinition = {
  name: 'covar_samp',
  summary: 'take the sample covariance of two fields (over n - 1), null below two pairs',
  usage: 'covar_samp(Y, X)',
  fields: 2,
  numeric: true,
  gives: NUMBER_RESULT,
  check: noLiterals,
  create: (columns) => new Comoments(columns, statistic),
};
