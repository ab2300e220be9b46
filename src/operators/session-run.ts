import { Buffer } from 'node:buffer';
import { BytePieces } from '../state/byte-pieces.ts';
import type { Column } from '../state/columns.ts';
import { damaged, SavedBytes } from '../state/saved-bytes.ts';
import { readNumbers, writeNumbers } from '../state/saved-numbers.ts';
import type { SavedFile, SpillFile } from '../state/spill-files.ts';
import type { SessionGrouping } from '../windows/session-grouping.ts';
import { BLOCK_ENTRIES, hashOf, KeyFilter, readBlock, writeBlock } from './session-index.ts';

/** Bytes of a record that are aimed at, and rows of one at most: to find one session all of them are read. */
const RECORD_BYTES = 1 << 12;
const MOST_ROWS = 1 << 8;

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

/** Writes sessions to a file, those that end first before the others, and behind them an index by key. */
export class SessionRunWriter {
  readonly #grouping: SessionGrouping;
  readonly #file: SpillFile;
  /** Hash and number of each row: numbers below, so that 64 bits are in the order of both. */
  readonly #entries: Uint32Array<ArrayBuffer>;
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  readonly #filter: KeyFilter;
  /** Of each record: where it begins, its first row, and the end of that, ms. */
  readonly #records: number[] = [];
  #count = 0;
  /** Rows of the next record. */
  #rows = 16;

  /** @param most rows that will be written at most */
  constructor(grouping: SessionGrouping, file: SpillFile, most: number) {
    this.#grouping = grouping;
    this.#file = file;
    this.#entries = new Uint32Array(most * 2);
    this.#starts = new Float64Array(most);
    this.#ends = new Float64Array(most);
    this.#filter = KeyFilter.forRows(most);
    const layout = new BytePieces();
    grouping.columns.saveLayout(layout);
    file.append(layout.take());
  }

  /** How many sessions are best written at once. */
  get rows(): number {
    return this.#rows;
  }

  /** Writes sessions and their keys, `rows` at most, which are in the order of their ends. */
  write(sessions: Int32Array, keys: readonly Buffer[]): void {
    if (keys.length === 0) return;
    const size = this.#append(sessions, keys);
    const fit = Math.floor((keys.length * RECORD_BYTES) / size);
    this.#rows = Math.max(1, Math.min(fit, this.#rows * 2, MOST_ROWS));
  }

  /** @returns where the last record begins */
  finish(): number {
    const file = this.#file;
    const fences: number[] = [];
    const count = this.#count;
    new BigUint64Array(this.#entries.buffer, 0, count).sort();
    let longest = 0;
    let first = Number.POSITIVE_INFINITY;
    for (let from = 0; from < count; from += BLOCK_ENTRIES) {
      const rows = new Uint32Array(Math.min(BLOCK_ENTRIES, count - from));
      const hashes = rows.map((_, i) => this.#entries[(from + i) * 2 + HIGH]!);
      for (let i = 0; i < rows.length; i++) rows[i] = this.#entries[(from + i) * 2 + LOW]!;
      const starts = Float64Array.from(rows, (row) => this.#starts[row]!);
      const ends = Float64Array.from(rows, (row) => this.#ends[row]!);
      for (let i = 0; i < rows.length; i++) {
        longest = Math.max(longest, ends[i]! - starts[i]!);
        first = Math.min(first, starts[i]!);
      }
      fences.push(file.length, hashes[0]!, ends[0]!);
      file.append(writeBlock({ hashes, rows, starts, ends }));
    }
    const directory = file.length;
    const out = new BytePieces();
    out.varint(count);
    out.double(first);
    out.double(count === 0 ? first : this.#ends[count - 1]!);
    out.double(longest);
    for (const numbers of [this.#records, fences]) {
      out.varint(numbers.length);
      writeNumbers(out, Float64Array.from(numbers));
    }
    out.varint(this.#filter.bits.length);
    out.view(this.#filter.bits);
    file.append(out.take());
    file.finish();
    return directory;
  }

  #append(sessions: Int32Array, keys: readonly Buffer[]): number {
    const grouping = this.#grouping;
    const out = new BytePieces();
    out.varint(keys.length);
    writeNumbers(
      out,
      Int32Array.from(keys, ({ length }) => length),
    );
    for (const key of keys) out.copy(key, 0, key.length);
    this.#records.push(this.#file.length, this.#count, grouping.end(sessions[0]!));
    for (let i = 0; i < keys.length; i++) {
      const row = this.#count++;
      const hash = hashOf(keys[i]!, 0, keys[i]!.length);
      this.#entries[row * 2 + LOW] = row;
      this.#entries[row * 2 + HIGH] = hash;
      this.#filter.add(hash);
      this.#starts[row] = grouping.start(sessions[i]!);
      this.#ends[row] = grouping.end(sessions[i]!);
    }
    grouping.columns.saveSlots(out, sessions);
    this.#file.append(out.take());
    return out.length;
  }
}

/** The halves of 64 bits in memory. */
const LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
const LOW = LITTLE ? 0 : 1;
const HIGH = LITTLE ? 1 : 0;

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
