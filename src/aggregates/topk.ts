import { usageError } from '../errors.ts';
import type { ByteWriter } from '../json/byte-writer.ts';
import type { Columns } from '../state/columns.ts';
import type { AggregateDefinition, Literal } from './aggregate.ts';
import { allEntries, compareEntries, type ValueSet, writeEntry } from './value-set.ts';
import { ValueSetAggregate } from './value-set-aggregate.ts';

class MostFrequent extends ValueSetAggregate {
  readonly #wanted: number;

  constructor(columns: Columns, wanted: number) {
    super(columns);
    this.#wanted = wanted;
  }

  protected override write(values: ValueSet | undefined, out: ByteWriter): void {
    out.byte(0x5b);
    if (values !== undefined) {
      const { counts } = values;
      const order = allEntries(values);
      order.sort((a, b) => counts[b]! - counts[a]! || compareEntries(values, a, b));
      const length = Math.min(this.#wanted, order.length);
      for (let i = 0; i < length; i++) {
        out.ascii(i === 0 ? '{"value":' : ',{"value":');
        writeEntry(values, order[i]!, out);
        out.ascii(`,"count":${counts[order[i]!]}}`);
      }
    }
    out.byte(0x5d);
  }
}

function check(literals: readonly Literal[]): void {
  const wanted = literals[0];
  if (typeof wanted === 'number' && Number.isSafeInteger(wanted) && wanted > 0) return;
  throw usageError(
    `topk wants a whole number of values above 0, not ${JSON.stringify(wanted)}`,
    'write topk(path, 5)',
  );
}

/** Exact: every distinct value is held and counted. */
export const topk: AggregateDefinition = {
  name: 'topk',
  summary: 'list the K most frequent values of FIELD with their counts, ties in the order of values',
  usage: 'topk(FIELD, K)',
  fields: 1,
  literals: 1,
  numeric: false,
  mergedAnew: true,
  check,
  create: (columns, literals) => new MostFrequent(columns, Number(literals[0])),
};
