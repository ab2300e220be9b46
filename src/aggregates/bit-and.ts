import type { AggregateDefinition } from './aggregate.ts';
import { BitFold } from './bit-fold.ts';
import { noLiterals } from './literals.ts';
import { INTEGER_RESULT } from './result-schema.ts';

export const bitAnd: AggregateDefinition = {
  name: 'bit_and',
  summary: 'take the bitwise and of FIELD, integers of any size, null when there are no values',
  usage: 'bit_and(FIELD)',
  fields: 1,
  numeric: true,
  gives: INTEGER_RESULT,
  domain: 'integers',
  check: noLiterals,
  create: (columns) => new BitFold(columns, 'and'),
};
