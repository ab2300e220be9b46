import type { ByteWriter } from '../json/byte-writer.ts';
import type { Columns, ObjectColumn } from '../state/columns.ts';
import type { Aggregate, AggregateDefinition, AggregateInput } from './aggregate.ts';
import { noLiterals } from './literals.ts';
import { addToSets, mergeSets, type ValueSet } from './value-set.ts';

/** One value set (see there) a group that has values. */
class DistinctCount implements Aggregate {
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
    out.ascii(String(this.#sets.values[slot]?.size ?? 0));
  }
}

/** Exact: every distinct value is held. */
export const distinct: AggregateDefinition = {
  name: 'distinct',
  summary: 'count the distinct values of FIELD, exactly',
  usage: 'distinct(FIELD)',
  fields: 1,
  numeric: false,
  check: noLiterals,
  create: (columns) => new DistinctCount(columns),
};
