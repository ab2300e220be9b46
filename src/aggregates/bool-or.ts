import type { AggregateDefinition } from './aggregate.ts';
import { BoolFold } from './bool-fold.ts';
import { noLiterals } from './literals.ts';
import { BOOLEAN_RESULT } from './result-schema.ts';

export const boolOr: AggregateDefinition = {
  name: 'bool_or',
  summary: 'tell whether any FIELD is true, null when there are no values',
  usage: 'bool_or(FIELD)',
  fields: 1,
  numeric: true,
  gives: BOOLEAN_RESULT,
  domain: 'booleans',
  check: noLiterals,
  create: (columns) => new BoolFold(columns, 1),
};
