import type { AggregateDefinition } from './aggregate.ts';
import { Extreme } from './extreme.ts';
import { noLiterals } from './literals.ts';

export const max: AggregateDefinition = {
  name: 'max',
  summary: 'take the greatest FIELD of any type, spelled as it came, null when there are no values',
  usage: 'max(FIELD)',
  fields: 1,
  numeric: false,
  check: noLiterals,
  create: (columns) => new Extreme(columns, -1),
};
