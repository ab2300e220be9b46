import type { AggregateDefinition } from './aggregate.ts';
import { quotientOf, timesBinary } from './binary.ts';
import { Comoments, type PairStatistic } from './comoments.ts';
import { noLiterals } from './literals.ts';
import { NUMBER_RESULT } from './result-schema.ts';

/** The square of the correlation; 1 where all y are equal, as SQL has it. */
const statistic: PairStatistic = {
  squaresOfX: true,
  squaresOfY: true,
  value({ spreadXY, spreadX, spreadY }) {
    if (spreadX.mantissa === 0n) return undefined;
    if (spreadY.mantissa === 0n) return { numerator: 1n, denominator: 1n, exponent: 0 };
    return quotientOf(timesBinary(spreadXY, spreadXY), timesBinary(spreadX, spreadY));
  },
};

export const regrR2: AggregateDefinition = {
  name: 'regr_r2',
  summary:
    'take the share of the variance of Y that the line explains, null when X does not vary, 1 when Y does not',
  usage: 'regr_r2(Y, X)',
  fields: 2,
  numeric: true,
  gives: NUMBER_RESULT,
  check: noLiterals,
  create: (columns) => new Comoments(columns, statistic),
};
