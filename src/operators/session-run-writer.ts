import type { Buffer } from 'node:buffer';
import { BytePieces } from '../state/byte-pieces.ts';
import { writeNumbers } from '../state/saved-numbers.ts';
import type { SpillFile } from '../state/spill-files.ts';
import type { SessionGrouping } from '../windows/session-grouping.ts';
import { BLOCK_ENTRIES, hashOf, KeyFilter, writeBlock } from './session-index.ts';

/** Bytes of a record that are aimed at, and rows of one at most: to find one session all of them are read. */
const RECORD_BYTES = 1 << 12;
export const MOST_ROWS = 1 << 8;

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
  /** Gives the tick that a session waits for, ms; undefined: none waits for any. */
  readonly #leave: ((session: number) => number) | undefined;
  /** Of each record, the first tick that one of its rows waits for, ms. */
  readonly #ticks: number[] = [];
  #count = 0;
  /** Rows of the next record. */
  #rows = 16;

  /**
   * @param most rows that will be written at most
   * @param leave called with each session before it is written: gives the tick that it waits for, ms
   */
  constructor(
    grouping: SessionGrouping,
    file: SpillFile,
    most: number,
    leave: ((session: number) => number) | undefined,
  ) {
    this.#leave = leave;
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
    if (this.#leave !== undefined) writeNumbers(out, Float64Array.from(this.#ticks));
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
    if (this.#leave !== undefined) this.#writeTicks(out, Float64Array.from(sessions, this.#leave));
    grouping.columns.saveSlots(out, sessions);
    this.#file.append(out.take());
    return out.length;
  }

  #writeTicks(out: BytePieces, ticks: Float64Array): void {
    const first = ticks.reduce((least, tick) => Math.min(least, tick), Number.POSITIVE_INFINITY);
    this.#ticks.push(first);
    out.byte(first === Number.POSITIVE_INFINITY ? 0 : 1);
    if (first !== Number.POSITIVE_INFINITY) writeNumbers(out, ticks);
  }
}

/** The halves of 64 bits in memory. */
const LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
const LOW = LITTLE ? 0 : 1;
const HIGH = LITTLE ? 1 : 0;
