import { Buffer } from 'node:buffer';
import type { Column } from '../state/columns.ts';
import { damaged, SavedBytes } from '../state/saved-bytes.ts';
import { readNumbers } from '../state/saved-numbers.ts';
import type { SavedFile, SpillFile } from '../state/spill-files.ts';
import type { SessionGrouping } from '../windows/session-grouping.ts';
import { KeyFilter, readBlock } from './session-index.ts';
import { MOST_ROWS } from './session-run-writer.ts';

/** A run of sessions as a snapshot names it; which rows have gone, it tells elsewhere. */
export interface SavedSessionRun extends SavedFile {
  /** Where its last record begins. */
  readonly directory: number;
  readonly level: number;
}

/** A session and its key. */
export interface KeptSession {
  readonly session: number;
  readonly key: Buffer;
}

/** What was written by a `SessionRunWriter`: its sessions are taken in the order of their ends, or those of one key. */
export class SessionRun {
  /** Runs of a level are merged to one of the next. */
  readonly level: number;
  readonly #grouping: SessionGrouping;
  readonly #file: SpillFile;
  readonly #directory: number;
  readonly #layout: readonly (Column | undefined)[];
  /** Three numbers of each record, see `SessionRunWriter`; of each part of the index: where it begins, its first hash and end. */
  readonly #records: ArrayLike<number>;
  readonly #fences: ArrayLike<number>;
  readonly #filter: KeyFilter;
  readonly #count: number;
  /** The first start and the last end of its sessions, and what the longest one takes, ms. */
  readonly #first: number;
  readonly #last: number;
  readonly #longest: number;
  /** A bit for each row: it was taken. */
  readonly gone: Buffer;
  /** How many rows are left. */
  #left: number;
  /** The record that has the first of these, and the first that may have one whose end the watermark has not passed. */
  #next = 0;
  #ahead = 0;
  /** Of each record, the first tick that one of its rows may wait for, ms; undefined: none waits for any. */
  readonly #ticks: Float64Array | undefined;

  /**
   * @param directory where the last record begins
   * @param waiting whether it was written with the ticks that sessions wait for
   * @param gone a bit for each row that was taken; undefined: none was
   */
  constructor(
    grouping: SessionGrouping,
    file: SpillFile,
    directory: number,
    level: number,
    waiting: boolean,
    gone?: (bytes: number) => Buffer,
  ) {
    this.#grouping = grouping;
    this.#file = file;
    this.#directory = directory;
    this.level = level;
    const layout = this.#record(0);
    this.#layout = grouping.columns.loadLayout(layout);
    layout.end();
    const from = this.#record(directory);
    this.#count = from.varint();
    this.#first = from.double();
    this.#last = from.double();
    this.#longest = from.double();
    this.#records = readNumbers(from, from.count(1), 8);
    this.#fences = readNumbers(from, from.count(1), 8);
    const bits = from.count(1);
    if (bits < 8 || (bits & (bits - 1)) !== 0) throw damaged('a filter of keys has no such size');
    this.#filter = new KeyFilter(Uint8Array.from(from.take(bits)));
    if (waiting) this.#ticks = Float64Array.from(readNumbers(from, this.#records.length / 3, 8));
    from.end();
    const bytes = Math.ceil(this.#count / 8);
    this.gone = gone === undefined ? Buffer.alloc(bytes) : gone(bytes);
    this.#left = 0;
    for (let row = 0; row < this.#count; row++) if (!this.#hasGone(row)) this.#left++;
    this.#pass();
  }

  get saved(): SavedSessionRun {
    return { ...this.#file.saved, directory: this.#directory, level: this.level };
  }

  /** How many sessions are left. */
  get left(): number {
    return this.#left;
  }

  /** A time before which none of those that are left ends, ms; Infinity: none is. */
  get firstEnd(): number {
    return this.#left === 0 ? Number.POSITIVE_INFINITY : this.#records[this.#next * 3 + 2]!;
  }

  /** Takes the sessions of the record that has the first that are left, in the order of their ends. They have no keys yet. */
  takeFirst(): KeptSession[] {
    return this.#takeFrom(this.#next, () => true);
  }

  /** A time before which none of those ends whose ends the watermark (ms) has not passed; Infinity: there are none. */
  firstAhead(watermark: number): number {
    const records = this.#records;
    for (; this.#ahead * 3 < records.length; this.#ahead++) {
      const behind = records[this.#ahead * 3 + 5] ?? this.#last;
      if (behind > watermark && this.#isLeft(this.#ahead)) return records[this.#ahead * 3 + 2]!;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Takes the sessions of the record that `firstAhead` has told of, as `takeFirst` does. */
  takeAhead(): KeptSession[] {
    return this.#takeFrom(this.#ahead, () => true);
  }

  /** A time before which none of those ends that may wait for a tick up to this one, ms; Infinity: none does. */
  firstWaiting(tick: number): number {
    const record = this.#firstRecord(tick);
    return record < 0 ? Number.POSITIVE_INFINITY : this.#records[record * 3 + 2]!;
  }

  /** Takes those of the record that `firstWaiting` has told of that wait for the tick. They have no keys yet. */
  takeWaiting(tick: number): KeptSession[] {
    return this.#takeFrom(this.#firstRecord(tick), (_key, _row, waits) => waits <= tick);
  }

  /** Whether there may be sessions that overlap [start, end). */
  meets(start: number, end: number): boolean {
    return this.#left > 0 && start < this.#last && end > this.#first;
  }

  /**
   * Takes the sessions of a key that overlap [start, end). They have no keys yet.
   * @param key the row of it in the keys
   * @param taken told each session
   */
  takeOverlapping(
    key: number,
    hash: number,
    start: number,
    end: number,
    taken: (session: number) => void,
  ): void {
    if (!this.#filter.mayHave(hash)) return;
    const fences = this.#fences;
    const count = fences.length / 3;
    /** The last part that begins at or before (hash, start): sessions that end later are in it or behind. */
    let part = 0;
    for (let low = 1, high = count; low < high; ) {
      const middle = (low + high) >> 1;
      const [first, firstEnd] = [fences[middle * 3 + 1]!, fences[middle * 3 + 2]!];
      if (first < hash || (first === hash && firstEnd <= start)) {
        part = middle;
        low = middle + 1;
      } else high = middle;
    }
    for (; part < count; part++) {
      const { hashes, rows, starts, ends } = readBlock(this.#record(fences[part * 3]!));
      for (let i = 0; i < rows.length; i++) {
        if (hashes[i]! < hash) continue;
        // No session of those that follow begins before the end.
        if (hashes[i]! > hash || ends[i]! - this.#longest >= end) return;
        if (ends[i]! <= start || starts[i]! >= end || this.#hasGone(rows[i]!)) continue;
        const session = this.#takeRow(rows[i]!, key);
        if (session >= 0) taken(session);
      }
    }
  }

  remove(): void {
    this.#file.remove();
  }

  /** @returns the session; -1: its key is another */
  #takeRow(row: number, key: number): number {
    const records = this.#records;
    let record = 0;
    for (let low = 1, high = records.length / 3; low < high; ) {
      const middle = (low + high) >> 1;
      if (records[middle * 3 + 1]! <= row) {
        record = middle;
        low = middle + 1;
      } else high = middle;
    }
    const { keys } = this.#grouping;
    const wanted = keys.keys.subarray(keys.keyStart(key), keys.keyEnd(key));
    const taken = this.#takeFrom(record, (bytes, at) => at === row && bytes.equals(wanted));
    return taken[0]?.session ?? -1;
  }

  /** Takes those of a record that are wanted, by their keys, their rows and the ticks that they wait for, ms. */
  #takeFrom(record: number, wanted: (key: Buffer, row: number, tick: number) => boolean): KeptSession[] {
    const from = this.#record(this.#records[record * 3]!);
    const first = this.#records[record * 3 + 1]!;
    const count = from.varint(MOST_ROWS);
    const lengths = readNumbers(from, count, 4);
    const keys = Array.from(lengths, (length) => from.take(length));
    const ticks = this.#ticks === undefined || from.byte() === 0 ? undefined : readNumbers(from, count, 8);
    const { columns } = this.#grouping;
    const sessions = new Int32Array(count).fill(PASSED);
    const taken: KeptSession[] = [];
    for (let i = 0; i < count; i++) {
      const key = keys[i]!;
      if (this.#hasGone(first + i) || !wanted(key, first + i, ticks?.[i] ?? Number.POSITIVE_INFINITY))
        continue;
      const session = columns.allocate();
      sessions[i] = session;
      taken.push({ session, key });
      this.#take(first + i);
    }
    if (ticks !== undefined) this.#setTick(record, ticks);
    if (taken.length === 0) return taken;
    columns.loadSlots(from, this.#layout, sessions);
    from.end();
    if (record === this.#next) this.#pass();
    return taken;
  }

  /** The first tick that a row of a record waits for is another where rows have gone. */
  #setTick(record: number, ticks: ArrayLike<number>): void {
    const row = this.#records[record * 3 + 1]!;
    let first = Number.POSITIVE_INFINITY;
    for (let i = 0; i < ticks.length; i++)
      if (ticks[i]! < first && !this.#hasGone(row + i)) first = ticks[i]!;
    this.#ticks![record] = first;
  }

  /** The first record that may have a row that waits for a tick up to this one; -1: none has. */
  #firstRecord(tick: number): number {
    const ticks = this.#ticks;
    if (ticks === undefined || this.#left === 0) return -1;
    return ticks.findIndex((first, record) => first <= tick && this.#isLeft(record));
  }

  /** Whether a row of a record has not gone. */
  #isLeft(record: number): boolean {
    const behind = this.#records[record * 3 + 4] ?? this.#count;
    for (let row = this.#records[record * 3 + 1]!; row < behind; row++) if (!this.#hasGone(row)) return true;
    return false;
  }

  #hasGone(row: number): boolean {
    return (this.gone[row >> 3]! & (1 << (row & 7))) !== 0;
  }

  #take(row: number): void {
    this.gone[row >> 3]! |= 1 << (row & 7);
    this.#left--;
  }

  /** Passes over records of which no row is left. */
  #pass(): void {
    while (this.#left > 0 && !this.#isLeft(this.#next)) this.#next++;
  }

  /** @throws TidemarkError `failed` where there is none */
  #record(at: number): SavedBytes {
    const record = this.#file.read(at);
    if (record === undefined) throw damaged('a file of it ends too early');
    return new SavedBytes(record.bytes);
  }
}

/** Instead of a session: the row stays where it is. */
const PASSED = -1;
