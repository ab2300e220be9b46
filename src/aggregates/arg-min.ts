import type { AggregateDefinition } from './aggregate.ts';
import { ArgExtreme } from './arg-extreme.ts';
import { noLiterals } from './literals.ts';
import { fieldResult } from './result-schema.ts';

export const argMin: AggregateDefinition = {
  name: 'arg_min',
  summary:
    'take FIELD of the event where BY is least, of equals the first; events where one is null do not count',
  usage: 'arg_min(FIELD, BY)',
  fields: 2,
  numeric: false,
  gives: fieldResult,
  check: noLiterals,
  create: (columns) => new ArgExtreme(columns, 1),
};
