import fs from 'node:fs';
import { TidemarkError } from '../errors.ts';
import type { TableSource } from '../operators/enrich-table.ts';
import type { SideTable } from '../state/side-table.ts';
import { type LookupTableOptions, loadLookupTable } from './lookup-table.ts';

/** Milliseconds between two looks at the file. */
const CHECK_EVERY = 1000;

export interface ReloadOptions extends LookupTableOptions {
  /** Processing time, ms. */
  clock(): number;
  notice(message: string, hint?: string): void;
}

/** What tells one state of a file from another. */
interface Version {
  readonly inode: bigint;
  readonly size: bigint;
  readonly modified: bigint;
}

/**
 * Reads a table, and again when its file has changed: at once when another file was renamed to its place, and
 * when a file that is written in place has not changed from one look to the next. A file that cannot be read
 * then, that is empty or gone leaves the table as it was, which is told once.
 * @throws TidemarkError `failed` when it cannot be read the first time
 */
export async function openReloadedTable(options: ReloadOptions): Promise<TableSource> {
  const version = versionOf(options.path);
  const { table, duplicates, duplicateLine } = await loadLookupTable(options);
  if (duplicates > 0) {
    const rows = duplicates === 1 ? '1 row has' : `${duplicates.toLocaleString('en')} rows have`;
    options.notice(
      `${options.path}: ${rows} a key that was there before (the first in line ${duplicateLine}): the last row of a key counts`,
    );
  } else if (table.size === 0) options.notice(`${options.path} has no rows`);
  return new ReloadedTable(options, table, version);
}

class ReloadedTable implements TableSource {
  readonly name: string;
  readonly #options: ReloadOptions;
  #table: SideTable;
  /** The file that the table was read from, or that could not be read; undefined: nothing that can change. */
  #read: Version | undefined;
  /** The file as it was at the last look. */
  #seen: Version | undefined;
  #nextCheck: number;
  /** The file's absence has been told. */
  #goneTold = false;

  constructor(options: ReloadOptions, table: SideTable, version: Version | undefined) {
    this.name = options.path;
    this.#options = options;
    this.#table = table;
    this.#read = this.#seen = version;
    this.#nextCheck = options.clock() + CHECK_EVERY;
  }

  get table(): SideTable {
    return this.#table;
  }

  refresh(): undefined | Promise<void> {
    if (this.#read === undefined) return undefined;
    const now = this.#options.clock();
    if (now < this.#nextCheck) return undefined;
    this.#nextCheck = now + CHECK_EVERY;
    const version = versionOf(this.name);
    if (version === undefined) {
      if (!this.#goneTold) this.#keep('it is no file any more');
      this.#goneTold = true;
      return undefined;
    }
    this.#goneTold = false;
    const settled = version.inode !== this.#read.inode || same(version, this.#seen);
    this.#seen = version;
    return settled && !same(version, this.#read) ? this.#reload(version) : undefined;
  }

  async #reload(version: Version): Promise<void> {
    this.#read = version;
    try {
      const { table } = await loadLookupTable(this.#options);
      // A file that was written to meanwhile may be half of what it will be: the next look finds it changed.
      if (!same(versionOf(this.name), version)) return;
      if (table.size > 0 || this.#table.size === 0) this.#table = table;
      else this.#keep('it is empty');
    } catch (error) {
      if (!(error instanceof TidemarkError)) throw error;
      this.#keep(error.line === undefined ? error.message : `line ${error.line}: ${error.message}`);
    }
  }

  #keep(why: string): void {
    this.#options.notice(
      `${this.name} has changed and cannot be used, the table stays as it was: ${why}`,
      'write the new file beside it, then rename it over the old one',
    );
  }
}

/** undefined for what cannot change in place: a pipe, nothing. */
function versionOf(path: string): Version | undefined {
  const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile()) return undefined;
  return { inode: stat.ino, size: stat.size, modified: stat.mtimeNs };
}

const same = (a: Version | undefined, b: Version | undefined): boolean =>
  a?.inode === b?.inode && a?.size === b?.size && a?.modified === b?.modified;
