import type { AggregateDefinition } from './aggregate.ts';
import { ByFrequency } from './by-frequency.ts';
import { noLiterals } from './literals.ts';
import { fieldResult } from './result-schema.ts';

export const mode: AggregateDefinition = {
  name: 'mode',
  summary: 'take the most frequent value of FIELD, of equally frequent ones the least',
  usage: 'mode(FIELD)',
  fields: 1,
  numeric: false,
  mergedAnew: true,
  gives: fieldResult,
  check: noLiterals,
  create: (columns) => new ByFrequency(columns, 1),
};
