import type { AggregateDefinition } from './aggregate.ts';
import { Extreme } from './extreme.ts';
import { noLiterals } from './literals.ts';
import { fieldResult } from './result-schema.ts';

export const max: AggregateDefinition = {
  name: 'max',
  summary: 'take the greatest FIELD of any type, spelled as it came, null when there are no values',
  usage: 'max(FIELD)',
  fields: 1,
  numeric: false,
  gives: fieldResult,
  check: noLiterals,
  create: (columns) => new Extreme(columns, -1),
};
