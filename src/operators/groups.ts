import type { Aggregate, AggregateInput } from '../aggregates/aggregate.ts';
import type { AggregateArgument } from '../expressions/aggregate-argument.ts';
import { IS_TRUE } from '../expressions/condition.ts';
import type { Column, DoubleColumn } from '../state/columns.ts';
import { damaged } from '../state/saved-bytes.ts';
import { SavedValue } from '../state/saved-value.ts';
import type { SnapshotReader, SnapshotWriter } from '../state/snapshot.ts';
import { type Batch, GLOBAL, UNMERGED } from '../stream/batch.ts';
import type { Windowing } from '../stream/marker.ts';
import type { NumberColumn } from '../stream/numbers.ts';
import type { Numbers, Projected } from '../stream/projection.ts';
import type { Grouping, GroupRows, MergeGroups, SpillableGrouping } from '../windows/grouping.ts';
import { SessionGrouping } from '../windows/session-grouping.ts';
import { SlicedGrouping } from '../windows/sliced-grouping.ts';
import { TiledGrouping } from '../windows/tiled-grouping.ts';
import { Spellings } from './group-key.ts';
import { windowsDiffer } from './refusals.ts';
import { aggregateInWords } from './state-shape.ts';

/** Kind of groups whose events may be in many windows. */
const MANY = 2;

/** Bytes that a session takes where sessions are in the order of their ends, and a group where groups are in that of their ticks. */
export const HEAP_BYTES = 32;

/** The columns that one aggregate reads. */
export interface AggregateColumns {
  readonly values: readonly Projected[];
  readonly numbers: readonly (NumberColumn | undefined)[];
  /** IS_TRUE in the rows that count; undefined: all. */
  readonly taken: Uint8Array | undefined;
}

/** What the windows of a stream's events have in common. */
export interface EventWindows {
  /** `windowCount` of all events: GLOBAL, UNMERGED, 1, or MANY for 1 and more. */
  readonly kind: number;
  /** Of MANY: the size of the first window, ms. */
  readonly size: number;
  /** Of MANY: whether the header says that they overlap. */
  readonly overlap: boolean;
}

/**
 * The windows of the events of a stream of which this is the first.
 * @param windowing what the header says of the windows; where it says nothing, events in one window each may
 * still be followed by events in many
 */
export function windowsOf(batch: Batch, row: number, windowing: Windowing): EventWindows {
  const windows = batch.windowCount[row]!;
  const overlap = windowing.kind === 'sliding' || windowing.kind === 'cumulate';
  const tiled = windows === 1 && !overlap && windowing.kind !== 'global';
  const kind = windows < 1 || tiled ? windows : MANY;
  return { kind, overlap, size: kind === MANY ? batch.windowEnd[row]! - batch.windowStart[row]! : 0 };
}

/** The windows of the events before a snapshot; undefined: there were none. @throws TidemarkError `failed` */
export function savedWindows(from: SnapshotReader): EventWindows | undefined {
  const value = from.value(EVENTS);
  if (value === undefined) return undefined;
  const saved = new SavedValue(value);
  const kind = saved.number('kind');
  if (kind !== GLOBAL && kind !== UNMERGED && kind !== 1 && kind !== MANY)
    throw damaged(`there are no windows of kind ${kind}`);
  return { kind, size: saved.number('size'), overlap: saved.has('overlap') && saved.boolean('overlap') };
}

/** The name in a snapshot of what its events have in common. */
const EVENTS = 'events';

/** Makes the grouping for events in windows that fire once. */
export function onceGrouping(
  { kind, overlap }: EventWindows,
  definitions: readonly AggregateArgument[],
  merge: MergeGroups,
): Grouping {
  if (kind === UNMERGED) return new SessionGrouping(merge);
  if (kind !== MANY) return new TiledGrouping();
  const shares = definitions.every(({ definition }) => definition.mergedAnew !== true);
  return new SlicedGrouping(merge, shares, overlap);
}

/** Whether the windows are sessions that merge. */
export const areSessions = ({ kind }: EventWindows): boolean => kind === UNMERGED;

/** The groups of a combine and their accumulators. What kind of windows they are in, its first event shows. */
export class Groups<G extends GroupRows = Grouping> {
  readonly grouping: G;
  readonly spellings: Spellings;
  readonly aggregates: readonly Aggregate[];
  /** The grouping of sessions that merge. */
  readonly sessions: SessionGrouping | undefined;
  /** The grouping, where its groups are in tiles that are written to disk and merged. */
  readonly spillable: SpillableGrouping | undefined;
  readonly #inputs: readonly AggregateColumns[];
  /** What the aggregates were given last; valid while its batch is. */
  #given: readonly AggregateInput[] = [];
  /** The aggregates in words: the owners of their columns. */
  readonly #names: readonly string[];
  /** The columns of the accumulators. */
  readonly #accumulators: readonly Column[];
  /** See `EventWindows`; of MANY, too, whether there were windows of other sizes. */
  readonly #kind: number;
  readonly #size: number;
  readonly #overlap: boolean;
  #sizesDiffer = false;
  /** Rows and slots that count for an aggregate with a condition; used again by each. */
  #takenRows: [Int32Array, Int32Array] | undefined;
  /** Of MANY: the distance of windows, ms, as in a batch; 0: no event was in more than one. */
  #every = 0;
  /** In the global window: the latest event time of a group, ms; freed with the group. */
  readonly #latest: DoubleColumn | undefined;

  /**
   * @param create makes the grouping
   * @param beforeMerge called before two groups are merged: rows that were given their slots and not been
   * added yet must be added then, for the slot of one is given back
   */
  constructor(
    { kind, size, overlap }: EventWindows,
    definitions: readonly AggregateArgument[],
    inputs: readonly AggregateColumns[],
    create: (merge: MergeGroups) => G,
    beforeMerge: MergeGroups,
  ) {
    this.#inputs = inputs;
    this.#kind = kind;
    this.#size = size;
    this.#overlap = overlap;
    this.grouping = create((into, from) => {
      beforeMerge(into, from);
      this.#merge(into, from);
    });
    const grouping: GroupRows = this.grouping;
    if (grouping instanceof SessionGrouping) this.sessions = grouping;
    if (grouping instanceof SlicedGrouping || grouping instanceof TiledGrouping) this.spillable = grouping;
    const { columns } = this.grouping;
    this.spellings = new Spellings(columns.ownedBy('spellings'));
    this.#latest =
      this.#kind === GLOBAL ? columns.ownedBy('latest').doubles(Number.NEGATIVE_INFINITY) : undefined;
    this.#names = definitions.map(aggregateInWords);
    this.aggregates = definitions.map(({ definition, literals }, i) =>
      definition.create(columns.ownedBy(this.#names[i]!), literals),
    );
    this.#accumulators = columns.columnsOf(this.#names);
  }

  /** Writes the groups that are open and their accumulators. */
  save(out: SnapshotWriter): void {
    const loaded: Record<string, number> = {};
    for (const [i, aggregate] of this.aggregates.entries())
      if (aggregate.loaded !== undefined) loaded[this.#names[i]!] = aggregate.loaded;
    out.value(EVENTS, {
      kind: this.#kind,
      size: this.#size,
      overlap: this.#overlap,
      sizesDiffer: this.#sizesDiffer,
      every: this.#every,
      loaded,
      spelled: !this.spellings.canonical,
    });
    this.grouping.save(out);
  }

  /** Called before the first event. Accumulators of aggregates that were not saved stay empty. */
  restore(from: SnapshotReader): void {
    const saved = new SavedValue(from.value(EVENTS));
    this.#sizesDiffer = saved.boolean('sizesDiffer');
    this.#every = saved.number('every');
    const loaded = saved.inner('loaded');
    for (const [i, aggregate] of this.aggregates.entries()) {
      const name = this.#names[i]!;
      if (loaded.has(name)) aggregate.loaded = loaded.number(name);
    }
    this.grouping.restore(from);
    // Where it is missing, an earlier version has written it, which had all groups in memory.
    this.spellings.restored(saved.has('spelled') && saved.boolean('spelled'));
  }

  /** @throws TidemarkError when the windows of an event are of another kind than those before */
  expect(batch: Batch, row: number): void {
    const count = batch.windowCount[row]!;
    if (this.#kind === MANY ? count < 1 : count !== this.#kind) throw windowsDiffer(batch.line[row]!);
    if (this.#kind === MANY) this.#expectSizes(batch, row, count);
  }

  #expectSizes(batch: Batch, row: number, count: number): void {
    if (batch.windowEnd[row]! - batch.windowStart[row]! !== this.#size) this.#sizesDiffer = true;
    const every = count > 1 ? batch.windowEvery[row]! : this.#every;
    if (this.#every === 0) this.#every = every;
    // Those that cumulate (`every` below 0) have all sizes.
    if (this.#every !== every || (this.#sizesDiffer && every > 0)) throw windowsDiffer(batch.line[row]!);
  }

  /** Adds events, given by their rows, to the groups in these slots, which are marked as changed already. */
  add(batch: Batch, position: number, rows: Int32Array, slots: Int32Array, count: number): void {
    const inputs = this.#inputsOf(batch, position);
    for (let i = 0; i < this.aggregates.length; i++) {
      const { taken } = this.#inputs[i]!;
      if (taken === undefined) this.aggregates[i]!.add(inputs[i]!, rows, slots, count);
      else this.#addTaken(this.aggregates[i]!, inputs[i]!, rows, slots, count, taken);
    }
    if (this.#latest === undefined) return;
    const { time } = batch;
    const latest = this.#latest.values;
    for (let i = 0; i < count; i++) {
      const at = time[rows[i]!]!;
      if (at > latest[slots[i]!]!) latest[slots[i]!] = at;
    }
  }

  /** What each aggregate reads of a batch: made anew for another one. */
  #inputsOf(batch: Batch, position: number): readonly AggregateInput[] {
    const { bytes, time, start: eventStart, end: eventEnd } = batch;
    const [first] = this.#given;
    if (first?.bytes === bytes && first.time === time && first.position === position) return this.#given;
    this.#given = this.#inputs.map(({ values, numbers }) => ({
      bytes,
      time,
      eventStart,
      eventEnd,
      position,
      values,
      numbers: numbers as (Numbers | undefined)[],
    }));
    return this.#given;
  }

  /** Adds the events for which the aggregate's condition is true. */
  #addTaken(
    aggregate: Aggregate,
    input: AggregateInput,
    rows: Int32Array,
    slots: Int32Array,
    count: number,
    taken: Uint8Array,
  ): void {
    this.#takenRows ??= [new Int32Array(rows.length), new Int32Array(rows.length)];
    const [chosenRows, chosenSlots] = this.#takenRows;
    let chosen = 0;
    for (let i = 0; i < count; i++) {
      if (taken[rows[i]!] !== IS_TRUE) continue;
      chosenRows[chosen] = rows[i]!;
      chosenSlots[chosen++] = slots[i]!;
    }
    aggregate.add(input, chosenRows, chosenSlots, chosen);
  }

  /** Empties the accumulators of a group. */
  clear(slot: number): void {
    for (const column of this.#accumulators) column.reset(slot);
  }

  #merge(into: number, from: number): void {
    const { grouping } = this;
    this.spellings.merge(into, from, grouping.opened, grouping.keys, grouping.keySlot(from));
    for (const aggregate of this.aggregates) aggregate.merge(into, from);
    this.grouping.columns.mark(into);
  }

  /**
   * Adds to a group what another of the same tile and key holds, which came behind it.
   * @param opened whether the group is new, for what `from` holds
   */
  continueWith(into: number, from: number, opened: boolean): void {
    const { grouping } = this;
    this.spellings.merge(into, from, opened, grouping.keys, grouping.keySlot(into));
    for (const aggregate of this.aggregates) {
      if (aggregate.continueWith === undefined) aggregate.merge(into, from);
      else aggregate.continueWith(into, from);
    }
    const latest = this.#latest?.values;
    if (latest !== undefined) latest[into] = Math.max(latest[into]!, latest[from]!);
  }

  /** Adds the group `from` to another of the same key, in another tile of their window. */
  mergeEqual(into: number, from: number): void {
    const { grouping } = this;
    this.spellings.merge(into, from, false, grouping.keys, grouping.keySlot(into));
    for (const aggregate of this.aggregates) aggregate.merge(into, from);
  }

  /** Whether groups take more memory than `budget` (bytes), or will when `more` have come. */
  exceed(budget: number, more: number): boolean {
    const { columns } = this.grouping;
    if (this.sessions === undefined) return columns.memoryFor(more) > budget;
    const { keys } = this.sessions;
    return columns.memoryFor(more) + keys.memoryFor(more) + columns.count * HEAP_BYTES > budget;
  }

  /** Whether groups that are new from now on may go on from some that are elsewhere. */
  goOn(elsewhere: boolean): void {
    for (const aggregate of this.aggregates) aggregate.goOn?.(elsewhere);
  }

  /** Event time of a result: the end of its window minus 1 ms; in the global window, the latest in it. */
  resultTime(slot: number): number {
    return this.#latest === undefined ? this.grouping.closed.end - 1 : this.#latest.values[slot]!;
  }
}
