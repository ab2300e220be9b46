import type { Buffer } from 'node:buffer';
import { ByteWriter } from '../json/byte-writer.ts';
import { compareValues } from '../json/compare.ts';
import { BytePieces } from '../state/byte-pieces.ts';
import { SavedBytes } from '../state/saved-bytes.ts';
import type { SpillFile, SpillFiles } from '../state/spill-files.ts';
import type { Order } from './pane-writer.ts';

/** Pieces of a level that are merged to one of the next. */
const FAN = 16;
/** Bytes of a record that are aimed at. */
const RECORD_BYTES = 1 << 16;
/** What an entry takes in memory, in numbers of eight bytes: objects, and as many again while they are sorted. */
const ENTRY_NUMBERS = 32;

/** A result: its values, one after the other, and behind them its members as they are printed, and what else there is. */
export interface Entry {
  readonly bytes: Buffer;
  /** Where the values end, one behind the other, in `bytes`, then the members, and at last what else there is. */
  readonly ends: readonly number[];
  /** Where the first value begins. */
  readonly start: number;
  /** Event time, ms. */
  readonly time: number;
}

/**
 * Puts the results of one window in order that do not fit in memory: sorted pieces go to disk, and are merged. Results
 * are equal where their values are; those stay in the order in which they came. Where only the first ones are wanted,
 * the others are dropped as soon as that is known.
 */
export class OrderedResults {
  readonly #order: readonly Order[];
  readonly #limit: number;
  readonly #budget: number;
  readonly #files: SpillFiles;
  #held = new ByteWriter(1 << 12);
  #entries: Entry[] = [];
  /** Sorted pieces, in the order in which they came, so that levels never rise. */
  #pieces: Piece[] = [];

  /** @param budget bytes that results take in memory */
  constructor(order: readonly Order[], limit: number, budget: number, files: SpillFiles) {
    this.#order = order;
    this.#limit = limit;
    this.#budget = budget;
    this.#files = files;
  }

  /**
   * @param write writes the value of a column, or, without one, the members of the result
   * @param writeMore writes what stands behind the members
   */
  add(
    time: number,
    write: (column: number | undefined, out: ByteWriter) => void,
    writeMore?: (out: ByteWriter) => void,
  ): void {
    const held = this.#held;
    const start = held.length;
    const ends: number[] = [];
    for (const { column } of this.#order) {
      write(column, held);
      ends.push(held.length);
    }
    write(undefined, held);
    ends.push(held.length);
    if (writeMore !== undefined) {
      writeMore(held);
      ends.push(held.length);
    }
    // The bytes may move while more is written: they are looked up when all is there.
    this.#entries.push({ bytes: held.bytes, ends, start, time });
    if (this.#sizeOf(held.length, this.#entries.length) > this.#budget) this.#shrink();
  }

  /** All results in order, as many as are wanted. */
  *all(): Generator<Entry, void, void> {
    const last = this.#sorted();
    if (this.#pieces.length === 0) {
      yield* last;
      return;
    }
    let left = this.#limit;
    for (const entry of this.#merge([...this.#pieces.map(entriesOf), last.values()])) {
      if (left-- === 0) return;
      yield entry;
    }
  }

  /** Removes what is on disk. */
  remove(): void {
    for (const { file } of this.#pieces.splice(0)) file.remove();
  }

  /** Bytes that results take in memory. */
  #sizeOf(bytes: number, entries: number): number {
    return bytes + entries * (this.#order.length + ENTRY_NUMBERS) * 8;
  }

  #sorted(): Entry[] {
    const { bytes } = this.#held;
    const entries = this.#entries.map((entry) => ({ ...entry, bytes }));
    // Sorting is stable.
    return entries.sort((a, b) => this.#compare(a, b)).slice(0, this.#limit);
  }

  /** Drops what is behind the limit; what is left goes to disk where it is still too much. */
  #shrink(): void {
    const sorted = this.#sorted();
    this.#held = new ByteWriter(1 << 12);
    this.#entries = [];
    const left = sorted.reduce((sum, { start, ends }) => sum + ends.at(-1)! - start, 0);
    if (this.#sizeOf(left, sorted.length) * 2 > this.#budget) {
      this.#pieces.push({ file: this.#write(sorted), level: 0 });
      this.#mergePieces();
      return;
    }
    // They stay before those that come: what was dropped is behind all of them.
    for (const { bytes, start, ends, time } of sorted) {
      const at = this.#held.length;
      this.#held.copy(bytes, start, ends.at(-1)!);
      this.#entries.push({
        bytes: this.#held.bytes,
        start: at,
        ends: ends.map((end) => end - start + at),
        time,
      });
    }
  }

  #mergePieces(): void {
    for (let level = 0; ; level++) {
      const first = this.#pieces.findIndex((piece) => piece.level === level);
      if (first < 0 || this.#pieces.length - first < FAN) return;
      const pieces = this.#pieces.splice(first);
      this.#pieces.push({ file: this.#write(this.#merge(pieces.map(entriesOf))), level: level + 1 });
      for (const { file } of pieces) file.remove();
    }
  }

  #write(entries: Iterable<Entry>): SpillFile {
    const file = this.#files.create();
    try {
      let left = this.#limit;
      let out = new BytePieces();
      for (const { bytes, start, ends, time } of entries) {
        if (left-- === 0) break;
        out.double(time);
        out.varint(ends.length);
        for (const end of ends) out.varint(end - start);
        out.copy(bytes, start, ends.at(-1)!);
        if (out.length < RECORD_BYTES) continue;
        file.append(out.take());
        out = new BytePieces();
      }
      if (out.length > 0) file.append(out.take());
      file.finish();
    } catch (error) {
      file.remove();
      throw error;
    }
    return file;
  }

  /** Of equal entries that of the first source comes first. */
  *#merge(sources: readonly Iterator<Entry>[]): Generator<Entry, void, void> {
    const heads = sources.map((source) => source.next());
    for (;;) {
      let first = -1;
      for (let i = 0; i < heads.length; i++) {
        if (heads[i]!.done === true) continue;
        if (first < 0 || this.#compare(heads[i]!.value as Entry, heads[first]!.value as Entry) < 0) first = i;
      }
      if (first < 0) return;
      yield heads[first]!.value as Entry;
      heads[first] = sources[first]!.next();
    }
  }

  #compare(a: Entry, b: Entry): number {
    let [fromA, fromB] = [a.start, b.start];
    for (let i = 0; i < this.#order.length; i++) {
      const [toA, toB] = [a.ends[i]!, b.ends[i]!];
      const order = compareValues(a.bytes, fromA, toA, b.bytes, fromB, toB);
      if (order !== 0) return this.#order[i]!.descending ? -order : order;
      [fromA, fromB] = [toA, toB];
    }
    return 0;
  }
}

/** Results in order. */
interface Piece {
  readonly file: SpillFile;
  /** Pieces of a level are merged to one of the next. */
  readonly level: number;
}

function* entriesOf({ file }: Piece): Generator<Entry, void, void> {
  for (let record = file.read(0); record !== undefined; record = file.read(record.next)) {
    const from = new SavedBytes(record.bytes);
    while (from.left > 0) {
      const time = from.double();
      const ends = Array.from({ length: from.count(1) }, () => from.varint());
      yield { bytes: from.take(ends.at(-1) ?? 0), start: 0, ends, time };
    }
  }
}
