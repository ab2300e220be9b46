import type { AggregateDefinition } from './aggregate.ts';
import { BitFold } from './bit-fold.ts';
import { noLiterals } from './literals.ts';
import { INTEGER_RESULT } from './result-schema.ts';

export const bitOr: AggregateDefinition = {
  name: 'bit_or',
  summary: 'take the bitwise or of FIELD, integers of any size, null when there are no values',
  usage: 'bit_or(FIELD)',
  fields: 1,
  numeric: true,
  gives: INTEGER_RESULT,
  domain: 'integers',
  check: noLiterals,
  create: (columns) => new BitFold(columns, 'or'),
};
