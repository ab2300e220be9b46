import type { AggregateDefinition } from './aggregate.ts';
import { ByFrequency } from './by-frequency.ts';
import { noLiterals } from './literals.ts';
import { fieldResult } from './result-schema.ts';

export const antimode: AggregateDefinition = {
  name: 'antimode',
  summary: 'take the least frequent value of FIELD, of equally frequent ones the least',
  usage: 'antimode(FIELD)',
  fields: 1,
  numeric: false,
  mergedAnew: true,
  gives: fieldResult,
  check: noLiterals,
  create: (columns) => new ByFrequency(columns, -1),
};
