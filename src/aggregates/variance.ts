import type { AggregateDefinition } from './aggregate.ts';
import { ExactVariance } from './exact-variance.ts';
import { noLiterals } from './literals.ts';
import { NUMBER_RESULT } from './result-schema.ts';

/** Sample variance (divided by n - 1), correctly rounded. */
export const variance: AggregateDefinition = {
  name: 'variance',
  summary: 'take the sample variance of FIELD (over n - 1), null below two values',
  usage: 'variance(FIELD)',
  fields: 1,
  numeric: true,
  gives: NUMBER_RESULT,
  check: noLiterals,
  create: (columns) => new ExactVariance(columns, false),
};
