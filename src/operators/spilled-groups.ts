import { Buffer } from 'node:buffer';
import { damaged } from '../state/saved-bytes.ts';
import { SavedValue } from '../state/saved-value.ts';
import type { SpillFile, SpillFiles } from '../state/spill-files.ts';
import type { Table } from '../state/table.ts';
import type { SpillableGrouping, Tile } from '../windows/grouping.ts';
import type { Groups } from './groups.ts';
import { sortByKey } from './key-order.ts';
import { RunSource, Source, Sources } from './merged-sources.ts';
import { OrderedResults } from './ordered-results.ts';
import type { Order, PaneWriter } from './pane-writer.ts';
import { type Bounds, closesBefore, RECORD_BYTES, Run, RunWriter, type SavedRun } from './spilled-run.ts';

/** Runs of a level that are merged to one of the next: so many files are open for each level. */
const FAN = 16;
/** The scope of the first source's rows while they are in memory; those of the others are below. Tiles have none below -1. */
const FIRST_SCOPE = -2;

/**
 * Groups of open windows that were written to disk. Each time that memory is full a run is written, sorted by tile (a window,
 * or a slice of windows that overlap) and key. A window that closes is merged by key from its tiles, of each those in
 * all runs, in the order in which these were written, and in memory: as if all had stayed there.
 */
export class SpilledGroups {
  readonly #groups: Groups;
  readonly #grouping: SpillableGrouping;
  readonly #table: Table;
  readonly #files: SpillFiles;
  readonly #memory: number;
  /** In the order in which they were written, so that levels never rise; a run is removed when all its tiles have closed. */
  #runs: Run[] = [];

  /** @param memory bytes that state may take */
  constructor(groups: Groups, grouping: SpillableGrouping, files: SpillFiles, memory: number) {
    this.#memory = memory;
    this.#groups = groups;
    this.#grouping = grouping;
    this.#table = grouping.keys;
    this.#files = files;
  }

  /** Opens the runs that a snapshot names. @throws TidemarkError `failed` */
  restore(saved: unknown): void {
    this.#setRuns(
      savedRuns(saved).map(({ name, length, index, level }) => {
        const file = this.#files.open({ name, length });
        return new Run(this.#table, file, index, level, (tile) => this.#grouping.isOpen(tile));
      }),
    );
  }

  /** What a snapshot says of the runs, which are durable from now on. */
  save(): { readonly runs: readonly SavedRun[]; readonly gone: Buffer } {
    this.#files.sync();
    return { runs: this.#runs.map(({ saved }) => saved), gone: NOTHING };
  }

  /** Writes all groups that are in memory, and frees them. */
  spill(): void {
    const run = this.#write(0, (writer) => {
      for (const tile of this.#grouping.takeOpen())
        writer.write(tile, sortByKey(tile.slots.subarray(0, tile.count), this.#grouping));
    });
    const runs = [...this.#runs, run];
    for (let level = 0; ; level++) {
      const first = runs.findIndex((one) => one.level === level);
      if (first < 0 || runs.length - first < FAN) break;
      runs.push(this.#compacted(runs.splice(first), level + 1));
    }
    this.#setRuns(runs);
  }

  /** Whether groups of a window that closes are on disk. */
  holds(tiles: readonly Tile[]): boolean {
    return this.#runs.length > 0 && tiles.some((tile) => this.#runs.some((run) => run.has(tile)));
  }

  /**
   * The groups of the window that was closed, in the order of their keys, each as long as the next is not asked for.
   * @param tiles what the window is made of, in the order in which it is merged
   */
  *merged(tiles: readonly Tile[]): Generator<number, void, void> {
    /** What tiles have given that are too many to be merged at once. */
    let before: Run | undefined;
    try {
      for (let at = 0; ; ) {
        const sources = new Sources(this.#table);
        if (before !== undefined) this.#addRuns(sources, [before], this.#grouping.closed, -1);
        do this.#addTile(sources, tiles[at]!, at++);
        while (at < tiles.length && sources.added < this.#mostSources);
        if (at === tiles.length) {
          yield* this.#merge(sources);
          return;
        }
        const run = this.#write(0, (writer) => {
          this.#writeMerged(writer, this.#grouping.closed, sources);
        });
        before?.remove();
        before = run;
      }
    } finally {
      before?.remove();
      for (const tile of tiles) if (tile.closes) for (const run of this.#runs) run.drop(tile);
      this.#setRuns(this.#runs);
    }
  }

  /** The results of the window that was closed, by other values than their keys. */
  ordered(tiles: readonly Tile[], panes: PaneWriter, order: readonly Order[], limit: number): OrderedResults {
    const groups = this.#groups;
    const results = new OrderedResults(order, limit, this.#memory / 4, this.#files);
    for (const slot of this.merged(tiles)) {
      results.add(groups.resultTime(slot), (column, out) => {
        if (column === undefined) panes.writeMembers(groups, slot, out);
        else panes.writeMember(groups, slot, column, out);
      });
    }
    return results;
  }

  /** Sources that are merged at once, each with a record in memory; the tile that is the last of them may have more. */
  get #mostSources(): number {
    return Math.max(FAN, Math.floor(this.#memory / 4 / RECORD_BYTES));
  }

  #addTile(sources: Sources, tile: Tile, number: number): void {
    this.#addRuns(sources, this.#runs, tile, number);
    sources.add(new Source(sortByKey(tile.slots, this.#grouping), number, tile.given));
  }

  #addRuns(sources: Sources, runs: readonly Run[], { start, end }: Bounds, number: number): void {
    for (const run of runs)
      if (run.has({ start, end }))
        sources.add(new RunSource(run, { start, end }, FIRST_SCOPE - sources.added, number));
  }

  /** Merges runs to one, as far as their tiles are open. */
  #compacted(runs: readonly Run[], level: number): Run {
    const run = this.#write(level, (writer) => {
      for (const tile of tilesOf(runs)) {
        const sources = new Sources(this.#table);
        this.#addRuns(sources, runs, tile, 0);
        this.#writeMerged(writer, tile, sources);
      }
    });
    for (const one of runs) one.remove();
    return run;
  }

  #writeMerged(writer: RunWriter, { start, end }: Bounds, sources: Sources): void {
    const slots: number[] = [];
    const write = (): void => {
      writer.write({ start, end }, Int32Array.from(slots));
      for (const slot of slots.splice(0)) this.#table.remove(slot);
    };
    for (const slot of this.#merge(sources, false)) {
      if (slots.push(slot) >= writer.rows) write();
    }
    write();
  }

  /** What is half written is of no use to anybody. */
  #write(level: number, fill: (writer: RunWriter) => void): Run {
    const file: SpillFile = this.#files.create();
    try {
      const writer = new RunWriter(this.#table, file);
      fill(writer);
      return new Run(this.#table, file, writer.finish(), level);
    } catch (error) {
      file.remove();
      throw error;
    }
  }

  /**
   * The groups of all sources in the order of their keys, those of one key merged.
   * @param frees whether a group is freed when the next is asked for
   */
  *#merge(sources: Sources, frees = true): Generator<number, void, void> {
    let slot = -1;
    try {
      for (slot = this.#next(sources); slot >= 0; slot = this.#next(sources)) {
        yield slot;
        if (frees) this.#table.remove(slot);
        slot = -1;
      }
    } finally {
      // Where not all were wanted.
      if (slot >= 0 && frees) this.#table.remove(slot);
      sources.clear();
    }
  }

  /** A group of the next key, of its own; -1: there is none. */
  #next(sources: Sources): number {
    const groups = this.#groups;
    const first = sources.take();
    if (first < 0) return -1;
    /** What tiles have given, and what this one gives: rows are merged with those of their tile first. */
    let whole = -1;
    let part = this.#own(sources, first);
    let { tile } = sources.last;
    for (let same = sources.takeEqual(part); same >= 0; same = sources.takeEqual(part)) {
      if (sources.last.tile === tile) {
        groups.continueWith(part, same, false);
        if (sources.last.taken) this.#table.remove(same);
        continue;
      }
      whole = this.#joined(whole, part);
      part = this.#own(sources, same);
      tile = sources.last.tile;
    }
    return this.#joined(whole, part);
  }

  #joined(whole: number, part: number): number {
    if (whole < 0) return part;
    this.#groups.mergeEqual(whole, part);
    this.#table.remove(part);
    return whole;
  }

  /** The group that was taken, or a copy where it stays where it is. */
  #own({ last, added }: Sources, slot: number): number {
    if (last.taken) return slot;
    const table = this.#table;
    const scope = FIRST_SCOPE - added - last.tile;
    const copy = table.upsert(scope, table.keys, table.keyStart(slot), table.keyEnd(slot));
    this.#groups.continueWith(copy, slot, true);
    return copy;
  }

  /** Removes runs of which all has closed. */
  #setRuns(runs: readonly Run[]): void {
    this.#runs = runs.filter((run) => {
      if (run.isEmpty) run.remove();
      return !run.isEmpty;
    });
    this.#groups.goOn(this.#runs.length > 0);
  }
}

const NOTHING = Buffer.alloc(0);

/** What a snapshot says of runs. @throws TidemarkError `failed` */
function savedRuns(value: unknown): SavedRun[] {
  if (!Array.isArray(value)) throw damaged('it has no list of what is on disk');
  return value.map((one: unknown) => {
    const saved = new SavedValue(one);
    return {
      name: saved.text('name'),
      length: saved.integer('length', 1),
      index: saved.integer('index', 1),
      level: saved.integer('level', 0),
    };
  });
}

/** All tiles that runs have rows of, in the order in which they close. */
function tilesOf(runs: readonly Run[]): Bounds[] {
  const all = runs.flatMap((run) => [...run.tiles]).sort((a, b) => (closesBefore(a, b) ? -1 : 1));
  return all.filter((tile, i) => i === 0 || closesBefore(all[i - 1]!, tile));
}
