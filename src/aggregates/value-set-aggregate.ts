import type { ByteWriter } from '../json/byte-writer.ts';
import type { Columns, ObjectColumn } from '../state/columns.ts';
import type { Aggregate, AggregateInput } from './aggregate.ts';
import { addToSets, mergeSets, type ValueSet } from './value-set.ts';

/** What needs the distinct values of a group: one value set (see there) a group that has values. */
export abstract class ValueSetAggregate implements Aggregate {
  /** The values of a group and their counts; undefined until the first, freed with the slot. */
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
    this.write(this.#sets.values[slot], out);
  }

  /** Writes the result of a group as JSON; undefined: it has no values. */
  protected abstract write(values: ValueSet | undefined, out: ByteWriter): void;
}
