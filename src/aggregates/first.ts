import type { AggregateDefinition } from './aggregate.ts';
import { noLiterals } from './literals.ts';
import { NearestInTime } from './nearest-in-time.ts';
import { fieldResult } from './result-schema.ts';

export const first: AggregateDefinition = {
  name: 'first',
  summary: 'take the first FIELD that is not null, by event time, then by position',
  usage: 'first(FIELD)',
  fields: 1,
  numeric: false,
  gives: fieldResult,
  check: noLiterals,
  create: (columns) => new NearestInTime(columns, 1),
};
