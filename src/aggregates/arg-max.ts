import type { AggregateDefinition } from './aggregate.ts';
import { ArgExtreme } from './arg-extreme.ts';
import { noLiterals } from './literals.ts';
import { fieldResult } from './result-schema.ts';

export const argMax: AggregateDefinition = {
  name: 'arg_max',
  summary:
    'take FIELD of the event where BY is greatest, of equals the first; events where one is null do not count',
  usage: 'arg_max(FIELD, BY)',
  fields: 2,
  numeric: false,
  gives: fieldResult,
  check: noLiterals,
  create: (columns) => new ArgExtreme(columns, -1),
};
