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
  /** The record that has the first of these. */
  #next = 0;

  /**
   * @param directory where the last record begins
   * @param gone a bit for each row that was taken; undefined: none was
   */
  constructor(
    grouping: SessionGrouping,
    file: SpillFile,
    directory: number,
    level: number,
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
    const record = this.#next;
    const { rows, sessions, keys } = this.#decode(record);
    const grouping = this.#grouping;
    const taken: KeptSession[] = [];
    for (let i = 0; i < sessions.length; i++) {
      const session = sessions[i]!;
      const row = rows + i;
      if (this.#hasGone(row)) grouping.columns.free(session);
      else {
        this.#take(row);
        taken.push({ session, key: keys[i]! });
      }
    }
    this.#pass();
    return taken;
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
    const grouping = this.#grouping;
    const { keys } = grouping;
    const wanted = keys.keys.subarray(keys.keyStart(key), keys.keyEnd(key));
    const { rows, sessions } = this.#decode(record, (all) =>
      all[row - records[record * 3 + 1]!]!.equals(wanted),
    );
    let session = -1;
    for (let i = 0; i < sessions.length; i++) {
      if (rows + i === row) session = sessions[i]!;
      else grouping.columns.free(sessions[i]!);
    }
    if (session < 0) return -1;
    this.#take(row);
    if (record === this.#next) this.#pass();
    return session;
  }

  /**
   * Makes sessions of the rows of a record, which have no keys yet.
   * @param wanted asked with the keys; if not, there are none
   */
  #decode(
    record: number,
    wanted: (keys: readonly Buffer[]) => boolean = () => true,
  ): { readonly rows: number; readonly sessions: readonly number[]; readonly keys: readonly Buffer[] } {
    const from = this.#record(this.#records[record * 3]!);
    const rows = this.#records[record * 3 + 1]!;
    const count = from.varint(MOST_ROWS);
    const lengths = readNumbers(from, count, 4);
    const keys = Array.from(lengths, (length) => from.take(length));
    if (!wanted(keys)) return { rows, sessions: [], keys };
    const { columns } = this.#grouping;
    const sessions = keys.map(() => columns.allocate());
    columns.loadSlots(from, this.#layout, Int32Array.from(sessions));
    from.end();
    return { rows, sessions, keys };
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
    const records = this.#records;
    for (; this.#left > 0; this.#next++) {
      const behind = records[this.#next * 3 + 4] ?? this.#count;
      for (let row = records[this.#next * 3 + 1]!; row < behind; row++) if (!this.#hasGone(row)) return;
    }
  }

  /** @throws TidemarkError `failed` where there is none */
  #record(at: number): SavedBytes {
    const record = this.#file.read(at);
    if (record === undefined) throw damaged('a file of it ends too early');
    return new SavedBytes(record.bytes);
  }
}
