import type { AggregateDefinition } from './aggregate.ts';
import { noLiterals } from './literals.ts';
import { Quantile } from './quantile.ts';
import { NUMBER_RESULT } from './result-schema.ts';

/** `quantile(FIELD, 0.5, "linear")`: of an even number of values the mean of the two in the middle. */
export const median: AggregateDefinition = {
  name: 'median',
  summary: 'take the middle value of FIELD, or the mean of the two in the middle',
  usage: 'median(FIELD)',
  fields: 1,
  numeric: true,
  mergedAnew: true,
  gives: NUMBER_RESULT,
  check: noLiterals,
  create: (columns) => new Quantile(columns, 0.5, true),
};
