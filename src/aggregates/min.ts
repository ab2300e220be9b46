import type { AggregateDefinition } from './aggregate.ts';
import { Extreme } from './extreme.ts';
import { noLiterals } from './literals.ts';
import { fieldResult } from './result-schema.ts';

export const min: AggregateDefinition = {
  name: 'min',
  summary: 'take the least FIELD of any type, spelled as it came, null when there are no values',
  usage: 'min(FIELD)',
  fields: 1,
  numeric: false,
  gives: fieldResult,
  check: noLiterals,
  create: (columns) => new Extreme(columns, 1),
};
