import type { AggregateDefinition } from './aggregate.ts';
import { BitFold } from './bit-fold.ts';
import { noLiterals } from './literals.ts';
import { INTEGER_RESULT } from './result-schema.ts';

export const bitXor: AggregateDefinition = {
  name: 'bit_xor',
  summary: 'take the bitwise exclusive or of FIELD, integers of any size, null when there are no values',
  usage: 'bit_xor(FIELD)',
  fields: 1,
  numeric: true,
  gives: INTEGER_RESULT,
  domain: 'integers',
  check: noLiterals,
  create: (columns) => new BitFold(columns, 'xor'),
};
