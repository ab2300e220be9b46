import type { ByteWriter } from '../json/byte-writer.ts';
import type { Columns } from '../state/columns.ts';
import { compareEntries, type ValueSet, writeEntry } from './value-set.ts';
import { ValueSetAggregate } from './value-set-aggregate.ts';

/**
 * The most frequent value of a group, or the least frequent one (`direction` -1); of equally frequent ones the
 * least in the order of values (json/compare.ts). Exact: every distinct value is held and counted.
 */
export class ByFrequency extends ValueSetAggregate {
  readonly #direction: 1 | -1;

  constructor(columns: Columns, direction: 1 | -1) {
    super(columns);
    this.#direction = direction;
  }

  protected override write(values: ValueSet | undefined, out: ByteWriter): void {
    if (values === undefined) {
      out.ascii('null');
      return;
    }
    const { counts } = values;
    let best = 0;
    for (let entry = 1; entry < values.size; entry++) {
      const more = (counts[entry]! - counts[best]!) * this.#direction;
      if (more > 0 || (more === 0 && compareEntries(values, entry, best) < 0)) best = entry;
    }
    writeEntry(values, best, out);
  }
}
