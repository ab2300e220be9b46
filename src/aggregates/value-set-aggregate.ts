import type { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import type { Columns, ObjectColumn } from '../state/columns.ts';
import { AccumulatorReader } from './accumulator.ts';
import type { Aggregate, AggregateInput } from './aggregate.ts';
import { addToSet, addToSets, mergeSets, setOf, VALUE_SETS, type ValueSet, writeEntry } from './value-set.ts';

/** What needs the distinct values of a group: one value set (see there) a group that has values. */
export abstract class ValueSetAggregate implements Aggregate {
  /** The values of a group and their counts; undefined until the first, freed with the slot. */
  readonly #sets: ObjectColumn<ValueSet>;

  constructor(columns: Columns) {
    this.#sets = columns.objects(VALUE_SETS);
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

  /** `[value,count,value,count]`, in the order in which the values came first. */
  save(slot: number, out: ByteWriter): void {
    const values = this.#sets.values[slot];
    out.byte(0x5b);
    for (let entry = 0; values !== undefined && entry < values.size; entry++) {
      if (entry > 0) out.byte(0x2c);
      writeEntry(values, entry, out);
      out.ascii(`,${values.counts[entry]}`);
    }
    out.byte(0x5d);
  }

  load(slot: number, bytes: Buffer, start: number, end: number): void {
    const saved = new AccumulatorReader(bytes, start, end);
    saved.open();
    while (saved.more()) {
      saved.value();
      const { start: from, end: to } = saved;
      addToSet(setOf(this.#sets, slot), bytes, from, to, saved.integer(1));
    }
    saved.close();
  }

  /** Writes the result of a group as JSON; undefined: it has no values. */
  protected abstract write(values: ValueSet | undefined, out: ByteWriter): void;
}
