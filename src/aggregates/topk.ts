import { usageError } from '../errors.ts';
import type { ByteWriter } from '../json/byte-writer.ts';
import type { Columns, ObjectColumn } from '../state/columns.ts';
import type { Aggregate, AggregateDefinition, AggregateInput, Literal } from './aggregate.ts';
import { addToSets, allEntries, compareEntries, mergeSets, type ValueSet, writeEntry } from './value-set.ts';

/** One value set (see there) a group that has values. */
class MostFrequent implements Aggregate {
  /** The values of a group and their counts; undefined until the first, freed with the slot. */
  readonly #sets: ObjectColumn<ValueSet>;
  readonly #wanted: number;

  constructor(columns: Columns, wanted: number) {
    this.#sets = columns.objects();
    this.#wanted = wanted;
  }

  add(input: AggregateInput, rows: Int32Array, slots: Int32Array, count: number): void {
    addToSets(this.#sets, input, rows, slots, count);
  }

  merge(into: number, from: number): void {
    mergeSets(this.#sets, into, from);
  }

  result(slot: number, out: ByteWriter): void {
    const values = this.#sets.values[slot];
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
  check,
  create: (columns, literals) => new MostFrequent(columns, Number(literals[0])),
};
