import { TidemarkError } from '../errors.ts';
import { MemberCursor } from '../formats/member-cursor.ts';
import type { Path } from '../json/path.ts';
import { unescape } from '../json/string.ts';
import { SideTable } from '../state/side-table.ts';
import { type Batch, EVENT } from '../stream/batch.ts';
import { Projection } from '../stream/project.ts';
import { ABSENT, NULL, type Projected } from '../stream/projection.ts';
import { GroupKey } from './group-key.ts';

/** A column of a table that is added to events. */
export interface TableColumn {
  /** The member that it becomes. */
  readonly name: string;
  /** Where it stands in a row of the table. */
  readonly path: Path;
}

export interface TableLayout {
  /** Where the key stands in a row. */
  readonly by: readonly Path[];
  /** undefined: every member that any row has, without those of the key. */
  readonly columns: readonly TableColumn[] | undefined;
}

/**
 * Makes a SideTable of batches of rows. Of rows with the same key the last counts; a row without a key, or with
 * null in it, is found by no event and left out.
 */
export class SideTableBuilder {
  /** Rows whose key an earlier row had; the line of the first of them, 1-based. */
  duplicates = 0;
  duplicateLine = 0;
  /** Rows without a key. */
  keyless = 0;
  rows = 0;
  readonly #by: readonly Path[];
  readonly #columns: TableColumn[];
  /** Paths found in at least one row: keys, then columns. */
  readonly #seen = new Set<number>();
  readonly #table: SideTable;
  readonly #names: string[];
  #projection: Projection | undefined;
  #key: GroupKey | undefined;
  /** Finds the columns where the layout names none. */
  readonly #discovery: Discovery | undefined;

  constructor(layout: TableLayout) {
    this.#by = layout.by;
    this.#columns = [...(layout.columns ?? [])];
    this.#names = this.#columns.map(({ name }) => name);
    this.#table = new SideTable(this.#names);
    this.#discovery = layout.columns === undefined ? new Discovery(layout.by) : undefined;
  }

  /** @throws TidemarkError `failed` with the line for a row that is not JSON */
  add(batch: Batch): void {
    if (this.#discovery?.look(batch)) this.#addColumns(this.#discovery.names);
    const columns = this.#project(batch);
    const keys = columns.slice(0, this.#by.length);
    const values = columns.slice(this.#by.length);
    for (let row = 0; row < batch.rows; row++) {
      if (batch.kind[row] !== EVENT) continue;
      this.rows++;
      if (keys.every(({ type }) => type[row]! > NULL)) this.#addRow(batch, row, values);
      else this.keyless++;
    }
    columns.forEach(({ type }, index) => {
      if (!this.#seen.has(index) && type.subarray(0, batch.rows).some((found) => found !== ABSENT))
        this.#seen.add(index);
    });
  }

  /** @throws TidemarkError `failed` when rows are there and none has a column that is asked for */
  finish(): SideTable {
    const paths = [...this.#by, ...this.#columns.map(({ path }) => path)];
    const missing = paths.find((_, index) => !this.#seen.has(index));
    if (missing !== undefined && this.rows > 0)
      throw new TidemarkError('failed', `no row has a column ${missing.text}`);
    return this.#table;
  }

  #addRow(batch: Batch, row: number, values: readonly Projected[]): void {
    const key = this.#key!;
    key.read(batch, row);
    if (this.#table.begin(key.bytes, key.start, key.end)) {
      if (++this.duplicates === 1) this.duplicateLine = batch.line[row]!;
    }
    for (const { type, start, end } of values) {
      if (type[row] === ABSENT) this.#table.addNull();
      else this.#table.add(batch.bytes, start[row]!, end[row]!);
    }
  }

  #project(batch: Batch): readonly Projected[] {
    this.#projection ??= new Projection(
      [...this.#by, ...this.#columns.map(({ path }) => path)],
      batch.capacity,
    );
    this.#key ??= new GroupKey(this.#projection.columns.slice(0, this.#by.length));
    this.#projection.read(batch);
    return this.#projection.columns;
  }

  #addColumns(names: readonly string[]): void {
    for (const name of names.slice(this.#columns.length)) {
      this.#columns.push({ name, path: { text: name, steps: [name] } });
      this.#names.push(name);
    }
    this.#projection = this.#key = undefined;
  }
}

/** Collects the names of the members that rows have, in the order in which they first come. */
class Discovery {
  readonly names: string[] = [];
  readonly #known: Set<string>;
  /** Names with quotes and colon by their place in the row before: rows mostly have the same members in the same order. */
  readonly #expected: Buffer[] = [];
  readonly #cursor = new MemberCursor();

  constructor(without: readonly Path[]) {
    this.#known = new Set(without.flatMap(({ steps }) => (steps.length === 1 ? [`${steps[0]}`] : [])));
  }

  /** Returns whether there were new names. */
  look(batch: Batch): boolean {
    const before = this.names.length;
    const cursor = this.#cursor;
    for (let row = 0; row < batch.rows; row++) {
      if (batch.kind[row] !== EVENT) continue;
      cursor.begin(batch.bytes, batch.start[row]!, batch.end[row]!, batch.line[row]!);
      for (let place = 0; ; place++) {
        const expected = this.#expected[place];
        if (expected !== undefined && cursor.nextIs(expected)) continue;
        if (!cursor.next()) break;
        const { nameStart, nameEnd } = cursor;
        this.#expected[place] = Buffer.from(`"${batch.bytes.toString('utf8', nameStart, nameEnd)}":`);
        const name = unescape(batch.bytes, nameStart, nameEnd);
        if (this.#known.has(name)) continue;
        this.#known.add(name);
        this.names.push(name);
      }
    }
    return this.names.length > before;
  }
}
