import type { AggregateDefinition } from './aggregate.ts';
import { BoolFold } from './bool-fold.ts';
import { noLiterals } from './literals.ts';
import { BOOLEAN_RESULT } from './result-schema.ts';

export const boolAnd: AggregateDefinition = {
  name: 'bool_and',
  summary: 'tell whether every FIELD is true, null when there are no values',
  usage: 'bool_and(FIELD)',
  fields: 1,
  numeric: true,
  gives: BOOLEAN_RESULT,
  domain: 'booleans',
  check: noLiterals,
  create: (columns) => new BoolFold(columns, 0),
};
