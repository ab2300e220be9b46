import type { AggregateDefinition } from './aggregate.ts';
import { noLiterals } from './literals.ts';
import { NearestInTime } from './nearest-in-time.ts';
import { fieldResult } from './result-schema.ts';

export const last: AggregateDefinition = {
  name: 'last',
  summary: 'take the last FIELD that is not null, by event time, then by position',
  usage: 'last(FIELD)',
  fields: 1,
  numeric: false,
  gives: fieldResult,
  check: noLiterals,
  create: (columns) => new NearestInTime(columns, -1),
};
