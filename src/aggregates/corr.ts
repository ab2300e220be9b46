import type { AggregateDefinition } from './aggregate.ts';
import { exactRoot, quotientOf, timesBinary } from './binary.ts';
import { Comoments, type PairStatistic } from './comoments.ts';
import { noLiterals } from './literals.ts';
import { NUMBER_RESULT } from './result-schema.ts';

/** covar(x, y) / √(var(x)·var(y)), as the root of its square with its sign. */
const statistic: PairStatistic = {
  squaresOfX: true,
  squaresOfY: true,
  value({ spreadXY, spreadX, spreadY }) {
    if (spreadX.mantissa === 0n || spreadY.mantissa === 0n) return undefined;
    const size = exactRoot(quotientOf(timesBinary(spreadXY, spreadXY), timesBinary(spreadX, spreadY)));
    return spreadXY.mantissa < 0n ? { ...size, numerator: -size.numerator } : size;
  },
};

export const corr: AggregateDefinition = {
  name: 'corr',
  summary: "take Pearson's correlation of two fields, -1 to 1, null when one does not vary",
  usage: 'corr(Y, X)',
  fields: 2,
  numeric: true,
  gives: NUMBER_RESULT,
  check: noLiterals,
  create: (columns) => new Comoments(columns, statistic),
};
