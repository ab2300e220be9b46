import type { AggregateDefinition } from './aggregate.ts';
import { ExactVariance } from './exact-variance.ts';
import { noLiterals } from './literals.ts';
import { NUMBER_RESULT } from './result-schema.ts';

export const varPop: AggregateDefinition = {
  name: 'var_pop',
  summary: 'take the population variance of FIELD (over n), null when there are no values',
  usage: 'var_pop(FIELD)',
  fields: 1,
  numeric: true,
  gives: NUMBER_RESULT,
  check: noLiterals,
  create: (columns) => new ExactVariance(columns, false, 'population'),
};
