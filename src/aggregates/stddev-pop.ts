import type { AggregateDefinition } from './aggregate.ts';
import { ExactVariance } from './exact-variance.ts';
import { noLiterals } from './literals.ts';
import { NUMBER_RESULT } from './result-schema.ts';

export const stddevPop: AggregateDefinition = {
  name: 'stddev_pop',
  summary: 'take the population standard deviation of FIELD (over n), null when there are no values',
  usage: 'stddev_pop(FIELD)',
  fields: 1,
  numeric: true,
  gives: NUMBER_RESULT,
  check: noLiterals,
  create: (columns) => new ExactVariance(columns, true, 'population'),
};
