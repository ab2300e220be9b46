import { BytePieces } from '../state/byte-pieces.ts';
import type { Column } from '../state/columns.ts';
import { SavedBytes } from '../state/saved-bytes.ts';
import { readNumbers, writeNumbers } from '../state/saved-numbers.ts';
import type { SavedFile, SpillFile } from '../state/spill-files.ts';
import type { Table } from '../state/table.ts';

/** Bytes of a record that are aimed at, and rows of one at most: each run has a record in memory while it is merged. */
const RECORD_BYTES = 1 << 16;
const MOST_ROWS = 1 << 11;

/** Bounds of a window, ms; infinite: the global one. */
export interface Bounds {
  readonly start: number;
  readonly end: number;
}

/** The order in which windows close. */
export const closesBefore = (a: Bounds, b: Bounds): boolean =>
  a.end < b.end || (a.end === b.end && a.start < b.start);

export const sameWindow = (a: Bounds, b: Bounds): boolean => a.start === b.start && a.end === b.end;

/** A run as a snapshot names it: what is behind `at` is still to be read. */
export interface SavedRun extends SavedFile {
  readonly at: number;
  readonly level: number;
}

/**
 * Writes groups to a file, window by window in the order in which these close, those of a window in the order of their
 * keys. Its first record tells the columns; each other one has rows of one window: its bounds, keys and values.
 */
export class RunWriter {
  readonly #table: Table;
  readonly #file: SpillFile;
  /** Rows of the next record. */
  #rows = 64;

  constructor(table: Table, file: SpillFile) {
    this.#table = table;
    this.#file = file;
    const layout = new BytePieces();
    table.saveLayout(layout);
    file.append(layout.take());
  }

  /** Writes groups of a window, which are in order. */
  write(window: Bounds, slots: Int32Array): void {
    for (let at = 0; at < slots.length; ) {
      const some = slots.subarray(at, at + this.#rows);
      const size = this.#append(window, some);
      at += some.length;
      const fit = Math.floor((some.length * RECORD_BYTES) / size);
      this.#rows = Math.max(1, Math.min(fit, this.#rows * 2, MOST_ROWS));
    }
  }

  /** How many groups are best written at once. */
  get rows(): number {
    return this.#rows;
  }

  finish(): SpillFile {
    this.#file.finish();
    return this.#file;
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

/** A record of which the rows have not been read. */
interface RowsAhead extends Bounds {
  readonly rows: number;
  readonly rest: SavedBytes;
  /** Where the next record begins. */
  readonly behind: number;
}

/** A run that is read forward, a record at a time. */
export class Run {
  /** Runs of a level are merged to one of the next. */
  readonly level: number;
  readonly #table: Table;
  readonly #file: SpillFile;
  readonly #layout: readonly (Column | undefined)[];
  /** Where the record begins that has not been loaded. */
  #at: number;
  /** That record, once somebody has asked for it. */
  #next: RowsAhead | undefined;

  /** @param at where the rows begin that are left; 0: all are */
  constructor(table: Table, file: SpillFile, level: number, at = 0) {
    this.#table = table;
    this.#file = file;
    this.level = level;
    const first = file.read(0)!;
    const layout = new SavedBytes(first.bytes);
    this.#layout = table.loadLayout(layout);
    layout.end();
    this.#at = at === 0 ? first.next : at;
  }

  get saved(): SavedRun {
    return { ...this.#file.saved, at: this.#at, level: this.level };
  }

  /** The window of the rows that come next; undefined: all have been read. */
  get window(): Bounds | undefined {
    this.#next ??= this.#peek();
    return this.#next;
  }

  /** Makes groups of the next rows, in a scope that has none of their keys; in order. */
  load(scope: number): Int32Array {
    const { rows, rest, behind } = this.#take();
    const table = this.#table;
    const lengths = readNumbers(rest, rows, 4);
    const slots = new Int32Array(rows);
    for (let i = 0; i < rows; i++) {
      const key = rest.take(lengths[i]!);
      slots[i] = table.upsert(scope, key, 0, key.length);
    }
    table.loadSlots(rest, this.#layout, slots);
    rest.end();
    this.#at = behind;
    return slots;
  }

  /** Passes over the rows of a window. */
  skip(window: Bounds): void {
    while (this.window !== undefined && sameWindow(this.window, window)) this.#at = this.#take().behind;
  }

  remove(): void {
    this.#file.remove();
  }

  #take(): RowsAhead {
    const next = (this.#next ?? this.#peek())!;
    this.#next = undefined;
    return next;
  }

  #peek(): RowsAhead | undefined {
    const record = this.#file.read(this.#at);
    if (record === undefined) return undefined;
    const rest = new SavedBytes(record.bytes);
    const start = rest.double();
    const end = rest.double();
    return { start, end, rows: rest.varint(MOST_ROWS), rest, behind: record.next };
  }
}
