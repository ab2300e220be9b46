import { BytePieces } from '../state/byte-pieces.ts';
import type { Column } from '../state/columns.ts';
import { damaged, SavedBytes } from '../state/saved-bytes.ts';
import { readNumbers, writeNumbers } from '../state/saved-numbers.ts';
import type { SavedFile, SpilledRecord, SpillFile } from '../state/spill-files.ts';
import type { Table } from '../state/table.ts';

/** Bytes of a record that are aimed at, and rows of one at most: each run has a record in memory while it is merged. */
export const RECORD_BYTES = 1 << 16;
const MOST_ROWS = 1 << 11;

/** Bounds of a window or a slice of windows, ms; infinite: the global window. */
export interface Bounds {
  readonly start: number;
  readonly end: number;
}

/** The order in which windows close. */
export const closesBefore = (a: Bounds, b: Bounds): boolean =>
  a.end < b.end || (a.end === b.end && a.start < b.start);

const sameTile = (a: Bounds, b: Bounds): boolean => a.start === b.start && a.end === b.end;

/** A run as a snapshot names it. */
export interface SavedRun extends SavedFile {
  /** Where its last record begins. */
  readonly index: number;
  readonly level: number;
}

/** Where the rows of a tile begin in a run. */
interface Place extends Bounds {
  readonly at: number;
}

/**
 * Writes groups to a file, tile by tile (windows that do not overlap, or slices of those that do) in the order in which these
 * close, those of a tile in the order of their keys. The first record tells the columns, the last one where the rows of each
 * tile begin; each other one has rows of one tile: its bounds, keys and values.
 */
export class RunWriter {
  readonly #table: Table;
  readonly #file: SpillFile;
  readonly #places: Place[] = [];
  /** Rows of the next record. */
  #rows = 64;

  constructor(table: Table, file: SpillFile) {
    this.#table = table;
    this.#file = file;
    const layout = new BytePieces();
    table.saveLayout(layout);
    file.append(layout.take());
  }

  /** Writes groups of a tile, which are in order. */
  write({ start, end }: Bounds, slots: Int32Array): void {
    for (let at = 0; at < slots.length; ) {
      const last = this.#places.at(-1);
      if (last === undefined || !sameTile(last, { start, end }))
        this.#places.push({ start, end, at: this.#file.length });
      const some = slots.subarray(at, at + this.#rows);
      const size = this.#append({ start, end }, some);
      at += some.length;
      const fit = Math.floor((some.length * RECORD_BYTES) / size);
      this.#rows = Math.max(1, Math.min(fit, this.#rows * 2, MOST_ROWS));
    }
  }

  /** How many groups are best written at once. */
  get rows(): number {
    return this.#rows;
  }

  /** @returns where the last record begins */
  finish(): number {
    const index = this.#file.length;
    const out = new BytePieces();
    out.varint(this.#places.length);
    for (const { start, end, at } of this.#places) {
      out.double(start);
      out.double(end);
      out.varint(at);
    }
    this.#file.append(out.take());
    this.#file.finish();
    return index;
  }

  #append({ start, end }: Bounds, slots: Int32Array): number {
    const table = this.#table;
    const out = new BytePieces();
    out.double(start);
    out.double(end);
    out.varint(slots.length);
    writeNumbers(
      out,
      slots.map((slot) => table.keyEnd(slot) - table.keyStart(slot)),
    );
    for (const slot of slots) out.copy(table.keys, table.keyStart(slot), table.keyEnd(slot));
    table.saveSlots(out, slots);
    this.#file.append(out.take());
    return out.length;
  }
}

/** What was written by a `RunWriter`: groups of a tile are read forward, as often as they are wanted, until it is dropped. */
export class Run {
  /** Runs of a level are merged to one of the next. */
  readonly level: number;
  readonly #table: Table;
  readonly #file: SpillFile;
  readonly #index: number;
  readonly #layout: readonly (Column | undefined)[];
  /** Where the rows of each tile begin that has not been dropped. */
  readonly #places = new Map<string, Place>();

  /**
   * @param index where the last record begins
   * @param wanted whether the rows of a tile may still be asked for
   */
  constructor(
    table: Table,
    file: SpillFile,
    index: number,
    level: number,
    wanted: (tile: Bounds) => boolean = () => true,
  ) {
    this.#table = table;
    this.#file = file;
    this.#index = index;
    this.level = level;
    const layout = new SavedBytes(this.#record(0).bytes);
    this.#layout = table.loadLayout(layout);
    layout.end();
    const places = new SavedBytes(this.#record(index).bytes);
    for (let left = places.count(17); left > 0; left--) {
      const place = { start: places.double(), end: places.double(), at: places.varint(index) };
      if (wanted(place)) this.#places.set(nameOf(place), place);
    }
    places.end();
  }

  get saved(): SavedRun {
    return { ...this.#file.saved, index: this.#index, level: this.level };
  }

  /** The tiles that it has rows of, in the order in which they close. */
  get tiles(): Iterable<Bounds> {
    return this.#places.values();
  }

  /** Whether all of its tiles have been dropped. */
  get isEmpty(): boolean {
    return this.#places.size === 0;
  }

  has(tile: Bounds): boolean {
    return this.#places.has(nameOf(tile));
  }

  /** The rows of a tile will not be asked for again. */
  drop(tile: Bounds): void {
    this.#places.delete(nameOf(tile));
  }

  /**
   * Makes groups of the rows of a tile, a record of them each time, in order; in a scope that has none of their keys by the
   * time that they are asked for.
   */
  *load(tile: Bounds, scope: number): Generator<Int32Array, void, void> {
    for (let at = this.#places.get(nameOf(tile))?.at ?? this.#index; at < this.#index; ) {
      const record = this.#record(at);
      const rest = new SavedBytes(record.bytes);
      if (!sameTile({ start: rest.double(), end: rest.double() }, tile)) return;
      yield this.#rows(rest, scope);
      at = record.next;
    }
  }

  remove(): void {
    this.#file.remove();
  }

  #rows(from: SavedBytes, scope: number): Int32Array {
    const table = this.#table;
    const rows = from.varint(MOST_ROWS);
    const lengths = readNumbers(from, rows, 4);
    const slots = new Int32Array(rows);
    for (let i = 0; i < rows; i++) {
      const key = from.take(lengths[i]!);
      slots[i] = table.upsert(scope, key, 0, key.length);
    }
    table.loadSlots(from, this.#layout, slots);
    from.end();
    return slots;
  }

  /** @throws TidemarkError `failed` where there is none */
  #record(at: number): SpilledRecord {
    const record = this.#file.read(at);
    if (record === undefined) throw damaged('a file of it ends too early');
    return record;
  }
}

const nameOf = ({ start, end }: Bounds): string => `${start} ${end}`;
