import type { ByteWriter } from '../json/byte-writer.ts';
import type { AggregateDefinition } from './aggregate.ts';
import { noLiterals } from './literals.ts';
import { listResult } from './result-schema.ts';
import { orderOf, type ValueList, ValueListAggregate, writeEntry } from './value-list.ts';

class List extends ValueListAggregate {
  protected override write(values: ValueList | undefined, out: ByteWriter): void {
    out.byte(0x5b);
    if (values !== undefined) {
      const order = orderOf(values);
      for (let i = 0; i < order.length; i++) {
        if (i > 0) out.byte(0x2c);
        writeEntry(values, order[i]!, out);
      }
    }
    out.byte(0x5d);
  }
}

export const list: AggregateDefinition = {
  name: 'list',
  summary: 'list every FIELD that is not null, by event time, then by position',
  usage: 'list(FIELD)',
  fields: 1,
  numeric: false,
  mergedAnew: true,
  gives: listResult,
  check: noLiterals,
  create: (columns) => new List(columns),
};
