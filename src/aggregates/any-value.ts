import type { AggregateDefinition } from './aggregate.ts';
import { noLiterals } from './literals.ts';
import { NearestInTime } from './nearest-in-time.ts';
import { fieldResult } from './result-schema.ts';

/** SQL's `any_value`, for a member that is the same in all events of a group. It is the first, so that runs agree. */
export const anyValue: AggregateDefinition = {
  name: 'any_value',
  summary: 'take one FIELD that is not null, for values that are all the same: the first',
  usage: 'any_value(FIELD)',
  fields: 1,
  numeric: false,
  gives: fieldResult,
  check: noLiterals,
  create: (columns) => new NearestInTime(columns, 1),
};
