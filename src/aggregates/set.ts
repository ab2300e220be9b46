import type { ByteWriter } from '../json/byte-writer.ts';
import type { Columns, ObjectColumn } from '../state/columns.ts';
import type { Aggregate, AggregateDefinition, AggregateInput } from './aggregate.ts';
import { noLiterals } from './literals.ts';
import { addToSets, mergeSets, sortedEntries, type ValueSet, writeEntry } from './value-set.ts';

/** One value set (see there) a group that has values. */
class DistinctValues implements Aggregate {
  /** The values of a group; undefined until the first, freed with the slot. */
  readonly #sets: ObjectColumn<ValueSet>;

  constructor(columns: Columns) {
    this.#sets = columns.objects();
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
  check: noLiterals,
  create: (columns) => new DistinctValues(columns),
};
