import type { Buffer } from 'node:buffer';
import { ByteWriter } from '../json/byte-writer.ts';
import { compareValues } from '../json/compare.ts';
import { type Batch, GLOBAL } from '../stream/batch.ts';
import type { GroupRows } from '../windows/grouping.ts';
import type { ComputedResults } from './computed-results.ts';
import type { Groups } from './groups.ts';
import { sortByKey } from './key-order.ts';
import { memberName } from './member-name.ts';

/** Results by the members of the key, then the aggregates: the number of a column, and its direction. */
export interface Order {
  readonly column: number;
  readonly descending: boolean;
}

/** Arranges the groups of a window that closes, and writes each as an event. */
export class PaneWriter {
  readonly #keyNames: readonly Buffer[];
  readonly #resultNames: readonly Buffer[];
  /** Undefined: the results are those of the aggregates. */
  readonly #computed: ComputedResults | undefined;
  readonly #order: readonly Order[] | undefined;
  readonly #limit: number;
  readonly #result = new ByteWriter(1024);
  /** Values that the groups are ordered by, one after the other: span j of group i is 2 * (i * columns + j). */
  readonly #values = new ByteWriter(1024);
  #spans: number[] = [];

  /**
   * @param keys member names of the key, then of the results
   * @param order empty: by key; undefined: any
   */
  constructor(
    keys: readonly string[],
    results: readonly string[],
    order: readonly Order[] | undefined,
    limit: number,
    computed?: ComputedResults,
  ) {
    this.#keyNames = keys.map(memberName);
    this.#resultNames = results.map(memberName);
    this.#computed = computed;
    this.#order = order;
    this.#limit = limit;
  }

  /** The groups of the window that was closed, in the order of output, as many as the limit allows. */
  arrange(groups: Groups<GroupRows>): Int32Array {
    const { grouping } = groups;
    const { slots, count } = grouping.closed;
    if (this.#order === undefined || count < 2) return slots.subarray(0, count);
    const sorted = sortByKey(slots.subarray(0, count), grouping);
    if (this.#order.length === 0) return sorted.subarray(0, this.#limit);
    this.#collect(groups, this.#order);
    const indexes = new Int32Array(count);
    for (let i = 0; i < count; i++) indexes[i] = i;
    // Sorting is stable: what the values leave equal stays in the order of keys.
    const order = this.#order;
    indexes.sort((a, b) => this.#compare(a, b, order));
    return indexes.subarray(0, this.#limit).map((index) => sorted[index]!);
  }

  /** Writes the values that the results are ordered by. */
  #collect(groups: Groups<GroupRows>, order: readonly Order[]): void {
    const { closed } = groups.grouping;
    const values = this.#values;
    values.clear();
    this.#spans = [];
    for (let i = 0; i < closed.count; i++) {
      for (const { column } of order) {
        this.#spans.push(values.length);
        this.writeMember(groups, closed.slots[i]!, column, values);
        this.#spans.push(values.length);
      }
    }
  }

  /** Writes the value of a result in a column. */
  writeMember(groups: Groups<GroupRows>, slot: number, column: number, out: ByteWriter): void {
    const result = column - this.#keyNames.length;
    const { grouping, spellings } = groups;
    if (result >= 0 && this.#computed !== undefined) {
      this.#computed.read(groups, slot, this.#keyNames);
      this.#computed.write(result, out);
    } else if (result >= 0) groups.aggregates[result]!.result(slot, out);
    else spellings.writeMember(out, grouping.keys, grouping.keySlot(slot), slot, column);
  }

  #compare(a: number, b: number, by: readonly Order[]): number {
    const { bytes } = this.#values;
    const spans = this.#spans;
    const columns = by.length;
    for (let j = 0; j < columns; j++) {
      const x = 2 * (a * columns + j);
      const y = 2 * (b * columns + j);
      const order = compareValues(bytes, spans[x]!, spans[x + 1]!, bytes, spans[y]!, spans[y + 1]!);
      if (order !== 0) return by[j]!.descending ? -order : order;
    }
    return 0;
  }

  /** Appends the result of a group; the batch is not full. */
  write(groups: Groups<GroupRows>, slot: number, batch: Batch): void {
    const { closed } = groups.grouping;
    const result = this.#result;
    result.clear();
    this.writeMembers(groups, slot, result);
    writePane(result.bytes, 0, result.length, groups.resultTime(slot), closed, batch);
  }

  /** Writes the members of a result. */
  writeMembers(groups: Groups<GroupRows>, slot: number, out: ByteWriter): void {
    const { grouping } = groups;
    groups.spellings.write(out, grouping.keys, grouping.keySlot(slot), slot, this.#keyNames);
    this.#computed?.read(groups, slot, this.#keyNames);
    for (let i = 0; i < this.#resultNames.length; i++) {
      if (i > 0 || this.#keyNames.length > 0) out.byte(COMMA);
      const name = this.#resultNames[i]!;
      out.copy(name, 0, name.length);
      if (this.#computed === undefined) groups.aggregates[i]!.result(slot, out);
      else this.#computed.write(i, out);
    }
  }
}

/** Appends an event of these members, which is the result of a window; the batch is not full. `time`: ms. */
export function writePane(
  members: Buffer,
  from: number,
  to: number,
  time: number,
  { start: windowStart, end: windowEnd }: { readonly start: number; readonly end: number },
  batch: Batch,
): void {
  batch.reserve(to - from);
  const start = batch.used;
  members.copy(batch.bytes, start, from, to);
  batch.used += to - from;
  const row = batch.addEvent(time, start, batch.used, 0);
  if (windowEnd === Number.POSITIVE_INFINITY) batch.windowCount[row] = GLOBAL;
  else {
    batch.windowStart[row] = windowStart;
    batch.windowEnd[row] = windowEnd;
    batch.windowCount[row] = 1;
  }
}

const COMMA = 0x2c;
