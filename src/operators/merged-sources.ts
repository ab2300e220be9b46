import type { Table } from '../state/table.ts';
import { compareKeys } from './group-key.ts';
import type { Bounds, Run } from './spilled-run.ts';

/** Groups of a tile in the order of their keys, those that are in memory. */
export class Source {
  /** A number of the tile that they are of. */
  readonly tile: number;
  /** Whether they are freed by who takes them. */
  readonly taken: boolean;
  #slots: Int32Array;
  #at = 0;

  constructor(slots: Int32Array, tile: number, taken: boolean) {
    this.#slots = slots;
    this.tile = tile;
    this.taken = taken;
  }

  /** The group that comes next; -1: there is none. */
  get slot(): number {
    return this.#slots[this.#at] ?? -1;
  }

  advance(): void {
    if (++this.#at < this.#slots.length) return;
    this.#slots = this.more();
    this.#at = 0;
  }

  /** Those that have not come. */
  get rest(): Int32Array {
    return this.#slots.subarray(this.#at);
  }

  /** Groups that come next. */
  protected more(): Int32Array {
    return NONE;
  }
}

/** The rows of a tile in a run: those of one record are in memory. */
export class RunSource extends Source {
  readonly #records: Generator<Int32Array, void, void>;

  /** @param scope of the table in which nothing else is */
  constructor(run: Run, bounds: Bounds, scope: number, tile: number) {
    const records = run.load(bounds, scope);
    super(nextOf(records), tile, true);
    this.#records = records;
  }

  protected override more(): Int32Array {
    return nextOf(this.#records);
  }
}

const NONE = new Int32Array(0);

const nextOf = (records: Generator<Int32Array, void, void>): Int32Array => records.next().value ?? NONE;

const NOTHING = new Source(NONE, -1, false);

/** Several sources as one: a heap by the keys of their next groups, of equal ones the source that was added first on top. */
export class Sources {
  readonly #table: Table;
  readonly #heap: { readonly source: Source; readonly age: number }[] = [];
  /** How many have been added. */
  added = 0;
  /** The source of the group that was taken last. */
  last = NOTHING;

  constructor(table: Table) {
    this.#table = table;
  }

  add(source: Source): void {
    const age = this.added++;
    if (source.slot < 0) return;
    const heap = this.#heap;
    heap.push({ source, age });
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) break;
      [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
      at = parent;
    }
  }

  /** Takes the group whose key is first; -1: there is none. */
  take(): number {
    const top = this.#heap[0];
    if (top === undefined) return -1;
    const { slot } = top.source;
    this.last = top.source;
    top.source.advance();
    this.#sink();
    return slot;
  }

  /** Takes the next group if its key is that of this one; -1: it is not. */
  takeEqual(slot: number): number {
    const next = this.#heap[0];
    return next !== undefined && compareKeys(this.#table, slot, next.source.slot) === 0 ? this.take() : -1;
  }

  /** Removes the groups that were not taken, as far as they are in memory. */
  clear(): void {
    for (const { source } of this.#heap.splice(0))
      if (source.taken) for (const slot of source.rest) this.#table.remove(slot);
  }

  /** Moves the source on top down to where it stands now, or out. */
  #sink(): void {
    const heap = this.#heap;
    if (heap[0]!.source.slot < 0) {
      const last = heap.pop()!;
      if (heap.length === 0) return;
      heap[0] = last;
    }
    for (let at = 0, child = 1; child < heap.length; child = at * 2 + 1) {
      if (child + 1 < heap.length && this.#before(child + 1, child)) child++;
      if (!this.#before(child, at)) return;
      [heap[at], heap[child]] = [heap[child]!, heap[at]!];
      at = child;
    }
  }

  #before(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a]!, this.#heap[b]!];
    const order = compareKeys(this.#table, one.source.slot, other.source.slot);
    return order < 0 || (order === 0 && one.age < other.age);
  }
}
