import { kernel } from '../kernel/kernel.ts';
import { addressOf } from '../kernel/staging.ts';
import { BATCH_ROWS, type Batch } from '../stream/batch.ts';
import type { Projected } from '../stream/projection.ts';
import type { GroupRows } from '../windows/grouping.ts';
import { GroupKey, type Spellings } from './group-key.ts';

/** Members of a key that the kernel joins; a key of more is read one event at a time. */
const MOST_MEMBERS = 32;

/**
 * Events of a batch on their way to their groups: the kernel finds the rows of all their keys in one call, but for
 * keys with a value that could be spelled otherwise.
 */
export class TakenEvents {
  count = 0;
  /** Of each event: its row in the batch, … */
  readonly rows = new Int32Array(BATCH_ROWS);
  /** … the watermark that it came behind, ms, … */
  readonly watermarks = new Float64Array(BATCH_ROWS);
  /** … once `find` has been called, the row of its key in the grouping's keys, … */
  readonly slots = new Int32Array(BATCH_ROWS);
  /** Indexes of the events whose rows were made for them, in order. */
  readonly inserted: number[] = [];
  readonly #scopes = new Int32Array(BATCH_ROWS);
  /** Indexes of the events whose keys were read one by one. */
  readonly #unusual = new Set<number>();
  readonly #columns: readonly Projected[];
  readonly #key: GroupKey;

  /** @param columns the members of the key, over the rows of the batch */
  constructor(columns: readonly Projected[]) {
    this.#columns = columns;
    this.#key = new GroupKey(columns);
  }

  /** Appends the event in a row, whose key is sought in the scope. A batch has room for all its rows. */
  add(row: number, scope: number, watermark: number): void {
    this.rows[this.count] = row;
    this.watermarks[this.count] = watermark;
    this.#scopes[this.count++] = scope;
  }

  /** Whether all keys were such as the kernel reads. */
  get usual(): boolean {
    return this.#unusual.size === 0;
  }

  clear(): void {
    this.count = 0;
    this.inserted.length = 0;
    this.#unusual.clear();
  }

  /** Fills `slots` and `inserted`. */
  find(batch: Batch, { keys }: GroupRows): void {
    const { count } = this;
    const members = this.#columns.length;
    if (members <= MOST_MEMBERS) this.#handOver();
    const { slots } = kernel().columns;
    for (let from = 0; from < count; from++) {
      const left = members > MOST_MEMBERS;
      const stop = left
        ? from
        : keys.upsertRows(addressOf(batch.bytes), from, count, members, (index) => {
            this.inserted.push(index);
          });
      if (!left) this.slots.set(slots.subarray(from, stop), from);
      from = stop;
      if (stop === count) break;
      this.#key.read(batch, this.rows[stop]!);
      const { bytes, start, end } = this.#key;
      this.slots[stop] = keys.upsert(this.#scopes[stop]!, bytes, start, end);
      if (keys.inserted) this.inserted.push(stop);
      this.#unusual.add(stop);
    }
  }

  /** Gives the kernel the members of the keys, as far as the events stand in the batch. */
  #handOver(): void {
    const { columns } = kernel();
    const first = this.rows[0]!;
    const behind = this.rows[this.count - 1]! + 1;
    columns.rows.set(this.rows.subarray(0, this.count));
    columns.scopes.set(this.#scopes.subarray(0, this.count));
    this.#columns.forEach(({ type, start, end }, member) => {
      columns.fieldType[member]!.set(type.subarray(first, behind), first);
      columns.fieldStart[member]!.set(start.subarray(first, behind), first);
      columns.fieldEnd[member]!.set(end.subarray(first, behind), first);
    });
  }

  /** Remembers how the key of event `index` came, which is in the group `slot`. */
  spell(batch: Batch, index: number, spellings: Spellings, slot: number, opened: boolean): void {
    if (this.#unusual.size === 0 || !this.#unusual.has(index)) {
      spellings.noteCanonical(slot, opened);
      return;
    }
    this.#key.read(batch, this.rows[index]!);
    this.#key.spell(spellings, slot, opened);
  }
}
