import type { ByteWriter } from '../json/byte-writer.ts';
import type { AggregateDefinition } from './aggregate.ts';
import { noLiterals } from './literals.ts';
import { COUNT_RESULT } from './result-schema.ts';
import type { ValueSet } from './value-set.ts';
import { ValueSetAggregate } from './value-set-aggregate.ts';

class DistinctCount extends ValueSetAggregate {
  protected override write(values: ValueSet | undefined, out: ByteWriter): void {
    out.ascii(String(values?.size ?? 0));
  }
}

/** Exact: every distinct value is held. */
export const distinct: AggregateDefinition = {
  name: 'distinct',
  summary: 'count the distinct values of FIELD, exactly',
  usage: 'distinct(FIELD)',
  fields: 1,
  numeric: false,
  mergedAnew: true,
  gives: COUNT_RESULT,
  check: noLiterals,
  create: (columns) => new DistinctCount(columns),
};
