import type { AggregateDefinition } from './aggregate.ts';
import { quotientOf } from './binary.ts';
import { Comoments, type PairStatistic } from './comoments.ts';
import { noLiterals } from './literals.ts';
import { NUMBER_RESULT } from './result-schema.ts';

const statistic: PairStatistic = {
  squaresOfX: true,
  squaresOfY: false,
  value: ({ spreadXY, spreadX }) => (spreadX.mantissa === 0n ? undefined : quotientOf(spreadXY, spreadX)),
};

export const regrSlope: AggregateDefinition = {
  name: 'regr_slope',
  summary: 'take the slope of the straight line through the pairs (least squares), null when X does not vary',
  usage: 'regr_slope(Y, X)',
  fields: 2,
  numeric: true,
  gives: NUMBER_RESULT,
  check: noLiterals,
  create: (columns) => new Comoments(columns, statistic),
};
