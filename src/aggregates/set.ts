import type { ByteWriter } from '../json/byte-writer.ts';
import type { AggregateDefinition } from './aggregate.ts';
import { noLiterals } from './literals.ts';
import { listResult } from './result-schema.ts';
import { sortedEntries, type ValueSet, writeEntry } from './value-set.ts';
import { ValueSetAggregate } from './value-set-aggregate.ts';

class DistinctValues extends ValueSetAggregate {
  protected override write(values: ValueSet | undefined, out: ByteWriter): void {
    out.byte(0x5b);
    if (values !== undefined) {
      const order = sortedEntries(values);
      for (let i = 0; i < order.length; i++) {
        if (i > 0) out.byte(0x2c);
        writeEntry(values, order[i]!, out);
      }
    }
    out.byte(0x5d);
  }
}

export const set: AggregateDefinition = {
  name: 'set',
  summary: 'list the distinct values of FIELD in the order of values',
  usage: 'set(FIELD)',
  fields: 1,
  numeric: false,
  mergedAnew: true,
  gives: listResult,
  check: noLiterals,
  create: (columns) => new DistinctValues(columns),
};
