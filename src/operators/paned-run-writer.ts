import { BytePieces } from '../state/byte-pieces.ts';
import { writeNumbers } from '../state/saved-numbers.ts';
import type { SavedFile, SpillFile } from '../state/spill-files.ts';
import type { Table } from '../state/table.ts';
import { hashOfGroup } from './paned-run-index.ts';
import { BLOCK_ENTRIES, KeyFilter } from './session-index.ts';
import type { Bounds } from './spilled-run.ts';

/** Bytes of a record that are aimed at, and rows of one at most: to find one group all of them are read. */
const RECORD_BYTES = 1 << 12;
export const MOST_ROWS = 1 << 8;

/** A run as a snapshot names it; which rows have gone, it tells elsewhere. */
export interface SavedPanedRun extends SavedFile {
  /** Where its last record begins. */
  readonly directory: number;
  readonly level: number;
}

/** The groups of a window in a run. */
interface WindowPlace extends Bounds {
  /** Its first record, and its first row. */
  readonly record: number;
  readonly row: number;
}

/**
 * Writes groups under a trigger to a file, window by window in the order in which these close, those of a window in the order of
 * their keys. The first record tells the columns; each that follows has groups of one window: their keys, the ticks that they wait
 * for, and their values; then comes an index by key, and at last where all that is.
 */
export class PanedRunWriter {
  readonly file: SpillFile;
  readonly #table: Table;
  /** Gives the tick that a group waits for, ms. */
  readonly #leave: (slot: number) => number;
  readonly #windows: WindowPlace[] = [];
  /** Of each record: where it begins, its first row, and the first tick that one of its rows waits for, ms. */
  readonly #records: number[] = [];
  /** Row and hash of each group: numbers below, so that 64 bits are in the order of both. */
  #entries = new Uint32Array(1 << 10);
  #count = 0;
  /** The groups of the next record, and how many it is to have. */
  readonly #slots: number[] = [];
  #rows = 16;

  /** @param leave called with each group before it is written: gives the tick that it waits for, ms */
  constructor(table: Table, file: SpillFile, leave: (slot: number) => number) {
    this.#table = table;
    this.file = file;
    this.#leave = leave;
    const layout = new BytePieces();
    table.saveLayout(layout);
    file.append(layout.take());
  }

  /** Writes a group of a window, which comes behind those before, and frees it. */
  add(window: Bounds, slot: number): void {
    const last = this.#windows.at(-1);
    if (last === undefined || last.start !== window.start || last.end !== window.end) {
      this.#flush();
      const { start, end } = window;
      this.#windows.push({ start, end, record: this.#records.length / 3, row: this.#count });
    }
    if (this.#slots.push(slot) >= this.#rows) this.#flush();
  }

  /** @returns where the last record begins */
  finish(): number {
    this.#flush();
    const file = this.file;
    const filter = KeyFilter.forRows(this.#count);
    const fences = this.#writeIndex(filter);
    const directory = file.length;
    const out = new BytePieces();
    out.varint(this.#count);
    out.varint(this.#windows.length);
    for (const { start, end, record, row } of this.#windows) {
      out.double(start);
      out.double(end);
      out.varint(record);
      out.varint(row);
    }
    for (const numbers of [this.#records, fences]) {
      out.varint(numbers.length);
      writeNumbers(out, Float64Array.from(numbers));
    }
    out.varint(filter.bits.length);
    out.view(filter.bits);
    file.append(out.take());
    file.finish();
    return directory;
  }

  /** @returns of each part: where it begins, and its first hash; at last where the parts end */
  #writeIndex(filter: KeyFilter): number[] {
    const file = this.file;
    const count = this.#count;
    const entries = this.#entries;
    new BigUint64Array(entries.buffer, 0, count).sort();
    const fences: number[] = [];
    for (let from = 0; from < count; from += BLOCK_ENTRIES) {
      const size = Math.min(BLOCK_ENTRIES, count - from);
      const hashes = new Uint32Array(size);
      const rows = new Uint32Array(size);
      for (let i = 0; i < size; i++) {
        hashes[i] = entries[(from + i) * 2 + HIGH]!;
        rows[i] = entries[(from + i) * 2 + LOW]!;
        filter.add(hashes[i]!);
      }
      fences.push(file.length, hashes[0]!);
      const out = new BytePieces();
      out.varint(size);
      out.view(hashes);
      out.view(rows);
      file.append(out.take());
    }
    fences.push(file.length, 0);
    return fences;
  }

  #flush(): void {
    const slots = Int32Array.from(this.#slots.splice(0));
    if (slots.length === 0) return;
    const size = this.#append(this.#windows.at(-1)!, slots);
    for (const slot of slots) this.#table.remove(slot);
    const fit = Math.floor((slots.length * RECORD_BYTES) / size);
    this.#rows = Math.max(1, Math.min(fit, this.#rows * 2, MOST_ROWS));
  }

  #append({ start, end }: Bounds, slots: Int32Array): number {
    const table = this.#table;
    const waits = Float64Array.from(slots, this.#leave);
    const first = waits.reduce((least, tick) => Math.min(least, tick), Number.POSITIVE_INFINITY);
    this.#records.push(this.file.length, this.#count, first);
    const out = new BytePieces();
    out.varint(slots.length);
    writeNumbers(
      out,
      slots.map((slot) => table.keyEnd(slot) - table.keyStart(slot)),
    );
    const keys = table.keys;
    for (const slot of slots) {
      const [from, to] = [table.keyStart(slot), table.keyEnd(slot)];
      out.copy(keys, from, to);
      this.#note(hashOfGroup(start, end, keys, from, to));
    }
    out.byte(first === Number.POSITIVE_INFINITY ? 0 : 1);
    if (first !== Number.POSITIVE_INFINITY) writeNumbers(out, waits);
    table.saveSlots(out, slots);
    this.file.append(out.take());
    return out.length;
  }

  #note(hash: number): void {
    const row = this.#count++;
    if (row * 2 === this.#entries.length) {
      const grown = new Uint32Array(this.#entries.length * 2);
      grown.set(this.#entries);
      this.#entries = grown;
    }
    this.#entries[row * 2 + LOW] = row;
    this.#entries[row * 2 + HIGH] = hash;
  }
}

/** The halves of 64 bits in memory. */
const LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
const LOW = LITTLE ? 0 : 1;
const HIGH = LITTLE ? 1 : 0;
