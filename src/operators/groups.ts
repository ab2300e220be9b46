import type { Aggregate, AggregateInput } from '../aggregates/aggregate.ts';
import type { AggregateArgument } from '../expressions/aggregate-argument.ts';
import type { DoubleColumn } from '../state/columns.ts';
import { type Batch, GLOBAL, UNMERGED } from '../stream/batch.ts';
import type { NumberColumn } from '../stream/numbers.ts';
import type { Numbers, Projected } from '../stream/projection.ts';
import type { Grouping } from '../windows/grouping.ts';
import { SessionGrouping } from '../windows/session-grouping.ts';
import { SlicedGrouping } from '../windows/sliced-grouping.ts';
import { TiledGrouping } from '../windows/tiled-grouping.ts';
import { Spellings } from './group-key.ts';
import { windowsDiffer } from './refusals.ts';

/** The columns that one aggregate reads. */
export interface AggregateColumns {
  readonly values: readonly Projected[];
  readonly numbers: readonly (NumberColumn | undefined)[];
}

/** The groups of a combine and their accumulators. What kind of windows they are in, its first event shows. */
export class Groups {
  readonly grouping: Grouping;
  readonly spellings: Spellings;
  readonly aggregates: readonly Aggregate[];
  readonly #inputs: readonly AggregateColumns[];
  readonly #kind: number;
  readonly #size: number;
  readonly #every: number;
  /** In the global window: the latest event time of a group, ms; freed with the group. */
  readonly #latest: DoubleColumn | undefined;

  /**
   * @param beforeMerge called before two groups are merged: rows that were given their slots and not been
   * added yet must be added then, for the slot of one is given back
   */
  constructor(
    batch: Batch,
    row: number,
    definitions: readonly AggregateArgument[],
    inputs: readonly AggregateColumns[],
    beforeMerge: () => void,
  ) {
    this.#inputs = inputs;
    this.#kind = Math.min(batch.windowCount[row]!, 2);
    this.#size = batch.windowEnd[row]! - batch.windowStart[row]!;
    this.#every = batch.windowEvery[row]!;
    const merge = (into: number, from: number): void => {
      beforeMerge();
      this.#merge(into, from);
    };
    if (this.#kind === UNMERGED) this.grouping = new SessionGrouping(merge);
    else if (this.#kind === 2) this.grouping = new SlicedGrouping(this.#size, this.#every, merge);
    else this.grouping = new TiledGrouping();
    const { columns, keys } = this.grouping;
    this.spellings = new Spellings(keys);
    this.#latest = this.#kind === GLOBAL ? columns.doubles(Number.NEGATIVE_INFINITY) : undefined;
    this.aggregates = definitions.map(({ definition, literals }) => definition.create(columns, literals));
  }

  /** @throws TidemarkError when the windows of an event are of another kind than those before */
  expect(batch: Batch, row: number): void {
    const count = batch.windowCount[row]!;
    const same = this.#kind === 2 ? count > 0 : count === this.#kind;
    const sized =
      this.#kind !== 2 ||
      (batch.windowEnd[row]! - batch.windowStart[row]! === this.#size &&
        (count === 1 || batch.windowEvery[row] === this.#every));
    if (!same || !sized) throw windowsDiffer(batch.line[row]!);
  }

  add(batch: Batch, position: number, rows: Int32Array, slots: Int32Array, count: number): void {
    const { bytes, time } = batch;
    for (let i = 0; i < this.aggregates.length; i++) {
      const { values, numbers } = this.#inputs[i]!;
      const input: AggregateInput = {
        bytes,
        time,
        position,
        values,
        numbers: numbers as (Numbers | undefined)[],
      };
      this.aggregates[i]!.add(input, rows, slots, count);
    }
    if (this.#latest === undefined) return;
    const latest = this.#latest.values;
    for (let i = 0; i < count; i++) {
      const at = time[rows[i]!]!;
      if (at > latest[slots[i]!]!) latest[slots[i]!] = at;
    }
  }

  #merge(into: number, from: number): void {
    const { grouping } = this;
    if (this.#kind === 2) this.spellings.merge(into, from, grouping.keys.inserted);
    for (const aggregate of this.aggregates) aggregate.merge(into, from);
  }

  /** Event time of a result: the end of its window minus 1 ms; in the global window, the latest in it. */
  resultTime(slot: number): number {
    return this.#latest === undefined ? this.grouping.closed.end - 1 : this.#latest.values[slot]!;
  }
}
