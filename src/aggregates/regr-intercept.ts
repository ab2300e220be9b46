import type { AggregateDefinition } from './aggregate.ts';
import { minusBinary, quotientOf, timesBinary, timesWhole } from './binary.ts';
import { Comoments, type PairStatistic } from './comoments.ts';
import { noLiterals } from './literals.ts';
import { NUMBER_RESULT } from './result-schema.ts';

/** ȳ − slope·x̄, over one denominator. */
const statistic: PairStatistic = {
  squaresOfX: true,
  squaresOfY: false,
  value({ n, sumX, sumY, spreadXY, spreadX }) {
    if (spreadX.mantissa === 0n) return undefined;
    const numerator = minusBinary(timesBinary(sumY, spreadX), timesBinary(sumX, spreadXY));
    return quotientOf(numerator, timesWhole(spreadX, n));
  },
};

export const regrIntercept: AggregateDefinition = {
  name: 'regr_intercept',
  summary: 'take the Y of that line where X is 0',
  usage: 'regr_intercept(Y, X)',
  fields: 2,
  numeric: true,
  gives: NUMBER_RESULT,
  check: noLiterals,
  create: (columns) => new Comoments(columns, statistic),
};
