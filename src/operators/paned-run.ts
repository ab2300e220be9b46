import type { Buffer } from 'node:buffer';
import type { Column } from '../state/columns.ts';
import { damaged, SavedBytes } from '../state/saved-bytes.ts';
import { readNumbers } from '../state/saved-numbers.ts';
import type { SpillFile } from '../state/spill-files.ts';
import type { Table } from '../state/table.ts';
import { type IndexPart, readPart } from './paned-run-index.ts';
import { MOST_ROWS, type SavedPanedRun } from './paned-run-writer.ts';
import { KeyFilter } from './session-index.ts';
import type { Bounds } from './spilled-run.ts';

/** A group that is sought on disk: the row of its key, which has no values yet, and its window, ms. */
export interface Sought extends Bounds {
  readonly slot: number;
  readonly hash: number;
}

/** The groups of a window in a run. */
interface WindowRows extends Bounds {
  /** Its records are [first, behind). */
  readonly first: number;
  readonly behind: number;
  /** How many of its rows have not gone. */
  left: number;
}

/** A row that may be that of a group that is sought. */
interface Candidate {
  readonly row: number;
  readonly sought: Sought;
}

/** What was written by a `PanedRunWriter`: its groups are taken one by one, or window by window in the order of their keys. */
export class PanedRun {
  /** Runs of a level are merged to one of the next. */
  readonly level: number;
  readonly #table: Table;
  readonly #file: SpillFile;
  readonly #directory: number;
  readonly #layout: readonly (Column | undefined)[];
  /** Three numbers of each record, and two of each part of the index and of what is behind them: see `PanedRunWriter`. */
  readonly #records: Float64Array;
  readonly #fences: ArrayLike<number>;
  readonly #filter: KeyFilter;
  readonly #windows = new Map<string, WindowRows>();
  /** How many rows were written. */
  readonly count: number;
  /** A bit for each row: it was taken. */
  readonly gone: Buffer;
  #left = 0;

  /**
   * @param directory where the last record begins
   * @param gone a bit for each row that was taken, of so many bytes
   */
  constructor(
    table: Table,
    file: SpillFile,
    directory: number,
    level: number,
    gone: (bytes: number) => Buffer,
  ) {
    this.#table = table;
    this.#file = file;
    this.#directory = directory;
    this.level = level;
    const layout = new SavedBytes(this.#recordAt(0));
    this.#layout = table.loadLayout(layout);
    layout.end();
    const from = new SavedBytes(this.#recordAt(directory));
    this.count = from.varint(2 ** 32 - 1);
    const windows = Array.from({ length: from.count(18) }, () => ({
      start: from.double(),
      end: from.double(),
      record: from.varint(),
      row: from.varint(this.count),
    }));
    this.#records = Float64Array.from(readNumbers(from, from.count(1), 8));
    this.#fences = readNumbers(from, from.count(1), 8);
    const bits = from.count(1);
    if (bits < 8 || (bits & (bits - 1)) !== 0) throw damaged('a filter of keys has no such size');
    this.#filter = new KeyFilter(Uint8Array.from(from.take(bits)));
    from.end();
    this.gone = gone(Math.ceil(this.count / 8));
    for (const [i, { start, end, record, row }] of windows.entries()) {
      const next = windows[i + 1];
      const behind = next?.record ?? this.#records.length / 3;
      let left = 0;
      for (let at = row; at < (next?.row ?? this.count); at++) if (!this.#hasGone(at)) left++;
      this.#windows.set(nameOf({ start, end }), { start, end, first: record, behind, left });
      this.#left += left;
    }
  }

  get saved(): SavedPanedRun {
    return { ...this.#file.saved, directory: this.#directory, level: this.level };
  }

  /** How many groups are left. */
  get left(): number {
    return this.#left;
  }

  /** The windows of the groups that are left, in the order in which they close. */
  get windows(): readonly Bounds[] {
    return [...this.#windows.values()].filter(({ left }) => left > 0);
  }

  /** Whether groups of a window are left. */
  has(window: Bounds): boolean {
    return (this.#windows.get(nameOf(window))?.left ?? 0) > 0;
  }

  /** Whether groups are left that may wait for a tick up to this one, ms; `window`: only those of one. */
  waits(tick: number, window?: Bounds): boolean {
    const rows = window === undefined ? undefined : this.#windows.get(nameOf(window));
    if (window !== undefined && rows === undefined) return false;
    const behind = rows?.behind ?? this.#records.length / 3;
    for (let record = rows?.first ?? 0; record < behind; record++)
      if (this.#records[record * 3 + 2]! <= tick && this.#isLeft(record)) return true;
    return false;
  }

  /**
   * Takes those that are there of the groups that are sought: fills the values of their rows.
   * @returns those that are not there
   */
  take(all: readonly Sought[]): readonly Sought[] {
    const candidates = this.#candidates(all);
    if (candidates.length === 0) return all;
    const found = new Set<Sought>();
    for (let at = 0; at < candidates.length; ) {
      const record = this.#recordOf(candidates[at]!.row);
      const behind = this.#rowsBehind(record);
      let next = at + 1;
      while (next < candidates.length && candidates[next]!.row < behind) next++;
      this.#takeFrom(record, candidates.slice(at, next), found);
      at = next;
    }
    return all.filter((one) => !found.has(one));
  }

  /**
   * Takes the groups of a window in the order of their keys, a record of them each time: makes rows of them in this scope.
   * @param tick only those that wait for a tick up to this one, ms; Infinity: all
   */
  *takeWindow(window: Bounds, scope: number, tick: number): Generator<Int32Array, void, void> {
    const rows = this.#windows.get(nameOf(window));
    if (rows === undefined) return;
    for (let record = rows.first; record < rows.behind && rows.left > 0; record++) {
      if (tick < Number.POSITIVE_INFINITY && !(this.#records[record * 3 + 2]! <= tick)) continue;
      if (!this.#isLeft(record)) continue;
      const slots = this.#takeRecord(record, rows, scope, tick);
      if (slots.length > 0) yield slots;
    }
  }

  remove(): void {
    this.#file.remove();
  }

  /** Rows that have the hashes of what is sought, in order. */
  #candidates(all: readonly Sought[]): readonly Candidate[] {
    const wanted = all.filter(({ hash }) => this.#filter.mayHave(hash)).sort((a, b) => a.hash - b.hash);
    const fences = this.#fences;
    const parts = fences.length / 2 - 1;
    const candidates: Candidate[] = [];
    let read = -1;
    let part: IndexPart = NO_PART;
    let at = 0;
    for (const sought of wanted) {
      // The last part that begins before the hash: equal ones are in it or behind.
      while (at + 1 < parts && fences[(at + 1) * 2 + 1]! < sought.hash) at++;
      for (let i = at; i < parts && (i === at || fences[i * 2 + 1]! <= sought.hash); i++) {
        if (read !== i)
          part = readPart(new SavedBytes(this.#file.lookAt(fences[i * 2]!, fences[i * 2 + 2]!)));
        read = i;
        const { hashes, rows } = part;
        for (let j = lowerBound(hashes, sought.hash); j < hashes.length && hashes[j] === sought.hash; j++)
          if (!this.#hasGone(rows[j]!)) candidates.push({ row: rows[j]!, sought });
      }
    }
    return candidates.sort((a, b) => a.row - b.row);
  }

  #takeFrom(record: number, candidates: readonly Candidate[], found: Set<Sought>): void {
    const window = this.#windowOf(record);
    const from = new SavedBytes(this.#file.lookAt(this.#placeOf(record), this.#placeOf(record + 1)));
    const first = this.#records[record * 3 + 1]!;
    const { lengths, keys } = this.#readKeys(from, record);
    const slots = new Int32Array(lengths.length).fill(PASSED);
    let row = first;
    let at = 0;
    let any = false;
    for (const { row: wanted, sought } of candidates) {
      for (; row < wanted; row++) at += lengths[row - first]!;
      if (window.start !== sought.start || window.end !== sought.end) continue;
      if (!this.#isKey(sought.slot, keys, at, at + lengths[row - first]!)) continue;
      slots[row - first] = sought.slot;
      found.add(sought);
      this.#go(row, window);
      any = true;
    }
    if (!any) return;
    this.#setTick(record, this.#readTicks(from, lengths.length));
    this.#table.loadSlots(from, this.#layout, slots);
    from.end();
  }

  #takeRecord(record: number, window: WindowRows, scope: number, tick: number): Int32Array {
    const from = new SavedBytes(this.#recordAt(this.#placeOf(record)));
    const first = this.#records[record * 3 + 1]!;
    const { lengths, keys } = this.#readKeys(from, record);
    const ticks = this.#readTicks(from, lengths.length);
    const slots = new Int32Array(lengths.length).fill(PASSED);
    const taken: number[] = [];
    let at = 0;
    for (let i = 0; i < lengths.length; i++) {
      const start = at;
      at += lengths[i]!;
      if (this.#hasGone(first + i) || (ticks?.[i] ?? Number.POSITIVE_INFINITY) > tick) continue;
      slots[i] = this.#table.upsert(scope, keys, start, at);
      taken.push(slots[i]!);
      this.#go(first + i, window);
    }
    this.#setTick(record, ticks);
    this.#table.loadSlots(from, this.#layout, slots);
    from.end();
    return Int32Array.from(taken);
  }

  #readKeys(
    from: SavedBytes,
    record: number,
  ): { readonly lengths: ArrayLike<number>; readonly keys: Buffer } {
    const count = from.varint(MOST_ROWS);
    if (count !== this.#rowsBehind(record) - this.#records[record * 3 + 1]!)
      throw damaged('its rows are not as many as it says');
    const lengths = readNumbers(from, count, 4);
    let size = 0;
    for (let i = 0; i < count; i++) size += lengths[i]!;
    return { lengths, keys: from.take(size) };
  }

  /** The ticks that rows wait for, ms; undefined: none does. */
  #readTicks(from: SavedBytes, count: number): ArrayLike<number> | undefined {
    return from.byte() === 0 ? undefined : readNumbers(from, count, 8);
  }

  /** The first tick that a row of a record waits for is another where rows have gone. */
  #setTick(record: number, ticks: ArrayLike<number> | undefined): void {
    if (ticks === undefined) return;
    const row = this.#records[record * 3 + 1]!;
    let first = Number.POSITIVE_INFINITY;
    for (let i = 0; i < ticks.length; i++)
      if (ticks[i]! < first && !this.#hasGone(row + i)) first = ticks[i]!;
    this.#records[record * 3 + 2] = first;
  }

  #isKey(slot: number, bytes: Buffer, start: number, end: number): boolean {
    const table = this.#table;
    const [from, to] = [table.keyStart(slot), table.keyEnd(slot)];
    return to - from === end - start && table.keys.compare(bytes, start, end, from, to) === 0;
  }

  /** The record of a row. */
  #recordOf(row: number): number {
    const records = this.#records;
    let record = 0;
    for (let low = 1, high = records.length / 3; low < high; ) {
      const middle = (low + high) >> 1;
      if (records[middle * 3 + 1]! <= row) {
        record = middle;
        low = middle + 1;
      } else high = middle;
    }
    return record;
  }

  #windowOf(record: number): WindowRows {
    for (const window of this.#windows.values())
      if (record >= window.first && record < window.behind) return window;
    throw damaged('a record of it is of no window');
  }

  /** Where a record begins; behind the last one, the index. */
  #placeOf(record: number): number {
    return this.#records[record * 3] ?? this.#fences[0]!;
  }

  /** The first row behind those of a record. */
  #rowsBehind(record: number): number {
    return this.#records[record * 3 + 4] ?? this.count;
  }

  /** Whether a row of a record has not gone. */
  #isLeft(record: number): boolean {
    const behind = this.#rowsBehind(record);
    for (let row = this.#records[record * 3 + 1]!; row < behind; row++) if (!this.#hasGone(row)) return true;
    return false;
  }

  #hasGone(row: number): boolean {
    return (this.gone[row >> 3]! & (1 << (row & 7))) !== 0;
  }

  #go(row: number, window: WindowRows): void {
    this.gone[row >> 3]! |= 1 << (row & 7);
    window.left--;
    this.#left--;
  }

  /** @throws TidemarkError `failed` where there is none */
  #recordAt(at: number): Buffer {
    const record = this.#file.read(at);
    if (record === undefined) throw damaged('a file of it ends too early');
    return record.bytes;
  }
}

/** Instead of a slot: the row stays where it is. */
const PASSED = -1;
const NO_PART: IndexPart = { hashes: new Uint32Array(0), rows: new Uint32Array(0) };

const nameOf = ({ start, end }: Bounds): string => `${start} ${end}`;

/** The first of sorted hashes that is not less than this one. */
function lowerBound(hashes: Uint32Array, hash: number): number {
  let low = 0;
  let high = hashes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (hashes[middle]! < hash) low = middle + 1;
    else high = middle;
  }
  return low;
}
