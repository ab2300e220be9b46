import type { AggregateDefinition } from './aggregate.ts';
import { ExactVariance } from './exact-variance.ts';
import { noLiterals } from './literals.ts';
import { NUMBER_RESULT } from './result-schema.ts';

/** Sample standard deviation: the square root of the correctly rounded sample variance. */
export const stddev: AggregateDefinition = {
  name: 'stddev',
  summary: 'take the sample standard deviation of FIELD (over n - 1), null below two values',
  usage: 'stddev(FIELD)',
  fields: 1,
  numeric: true,
  gives: NUMBER_RESULT,
  check: noLiterals,
  create: (columns) => new ExactVariance(columns, true),
};
