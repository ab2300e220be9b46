import { Buffer } from 'node:buffer';
import { damaged } from '../state/saved-bytes.ts';
import { SavedValue } from '../state/saved-value.ts';
import type { SpillFiles } from '../state/spill-files.ts';
import type { Table } from '../state/table.ts';
import type { ApartGrouping } from '../windows/apart-grouping.ts';
import { sortByKey } from './key-order.ts';
import { Source, Sources } from './merged-sources.ts';
import type { Moment, PanedGroups } from './paned-groups.ts';
import { PanedRun, type Sought } from './paned-run.ts';
import { hashOfGroup } from './paned-run-index.ts';
import { PanedRunWriter, type SavedPanedRun } from './paned-run-writer.ts';
import { type Bounds, closesBefore } from './spilled-run.ts';

/** Runs of a level that are merged to one of the next: an event may have to look into so many less one of each level. */
const FAN = 8;
/** Groups that a window gives back to memory before it is asked how much they take. */
const LOOK_EVERY = 256;

/**
 * Groups under a trigger that were written to disk, of windows that do not merge. Each is in one place, in memory or in one run,
 * with its accumulators, what the trigger knows of it, and its panes; what is done to it is done in memory. An event takes its
 * group out of its run before it is added. Where a window ends, closes, or has groups that a tick fires, these are merged by key
 * from all runs and from memory, and go to another run behind that, as far as there is no room for them. So all comes out as if
 * they had never gone.
 */
export class SpilledPanes {
  readonly #paned: PanedGroups;
  readonly #grouping: ApartGrouping;
  readonly #table: Table;
  readonly #files: SpillFiles;
  /** Bytes. */
  readonly #memory: number;
  readonly #leave = (slot: number): number => this.#paned.trigger.leave(slot);
  /** Removed when all their groups were taken. */
  #runs: PanedRun[] = [];

  /** @param memory bytes that groups may take */
  constructor(paned: PanedGroups, grouping: ApartGrouping, files: SpillFiles, memory: number) {
    this.#paned = paned;
    this.#grouping = grouping;
    this.#table = grouping.columns;
    this.#files = files;
    this.#memory = memory;
  }

  /**
   * Opens the runs that a snapshot names.
   * @param gone which of their rows were taken
   * @throws TidemarkError `failed`
   */
  restore(saved: unknown, gone: Buffer): void {
    let at = 0;
    this.#setRuns(
      savedPanedRuns(saved).map(({ name, length, directory, level }) => {
        const file = this.#files.open({ name, length });
        return new PanedRun(this.#table, file, directory, level, (bytes) => {
          at += bytes;
          if (at > gone.length) throw damaged('it does not say which groups were taken from disk');
          return Buffer.from(gone.subarray(at - bytes, at));
        });
      }),
    );
  }

  /** What a snapshot says of the runs, which are durable from now on. */
  save(): { readonly runs: readonly SavedPanedRun[]; readonly gone: Buffer } {
    this.#files.sync();
    return {
      runs: this.#runs.map(({ saved }) => saved),
      gone: Buffer.concat(this.#runs.map(({ gone }) => gone)),
    };
  }

  /** How many groups there are. */
  get count(): number {
    return this.#runs.reduce((sum, run) => sum + run.left, 0);
  }

  /** Writes all groups that are in memory, and frees them. `watermark`: ms. */
  spill(watermark: number): void {
    const writer = new PanedRunWriter(this.#table, this.#files.create(), this.#leave);
    this.#fill(writer, 0, () => {
      for (const window of this.#grouping.takeAll())
        for (const slot of sortByKey(window.slots, this.#grouping)) writer.add(window, slot);
    });
    this.#compact(watermark);
  }

  /**
   * Takes back the groups of keys that have just come and may be here.
   * @param slots rows of the keys, which have no values yet
   * @returns of each, 1: it was here
   */
  take(slots: readonly number[], watermark: number): Uint8Array {
    const found = new Uint8Array(slots.length).fill(1);
    if (this.#runs.length === 0) return found.fill(0);
    const table = this.#table;
    const { keys } = table;
    const all = slots.map((slot, index) => {
      const [start, end] = [this.#grouping.start(slot), this.#grouping.end(slot)];
      const hash = hashOfGroup(start, end, keys, table.keyStart(slot), table.keyEnd(slot));
      return { slot, hash, start, end, index };
    });
    let left: readonly Sought[] = all;
    // Those that were written last come again soonest.
    for (let i = this.#runs.length - 1; i >= 0 && left.length > 0; i--) left = this.#runs[i]!.take(left);
    for (const one of left as typeof all) found[one.index] = 0;
    for (let i = 0; i < slots.length; i++)
      if (found[i] === 1) this.#paned.arrive(slots[i]!, watermark >= this.#grouping.end(slots[i]!));
    this.#setRuns(this.#runs);
    return found;
  }

  /** Whether groups of a window are here. */
  holds(window: Bounds): boolean {
    return this.#runs.some((run) => run.has(window));
  }

  /** The windows of groups that may wait for a tick up to this one, ms, in the order in which they close. */
  waiting(tick: number): readonly Bounds[] {
    const runs = this.#runs.filter((run) => run.waits(tick));
    return windowsOf(runs).filter((window) => runs.some((run) => run.waits(tick, window)));
  }

  /**
   * Groups of a window in the order of their keys: those in memory, and those here. These stay in memory as long as the next is
   * not asked for; behind that they are closed with the window, or go on, in memory or here.
   * @param slots those in memory
   * @param tick of those here only what waits for a tick up to this one, ms; Infinity: all
   */
  *merged(
    window: Bounds,
    slots: Int32Array,
    { ended, closing }: Moment,
    tick = Number.POSITIVE_INFINITY,
  ): Generator<number, void, void> {
    const sources = new Sources(this.#table);
    sources.add(new Source(sortByKey(slots, this.#grouping), 0, false));
    const runs = this.#runs.filter((run) => run.has(window));
    this.#addWindow(sources, runs, window, tick);
    /** What goes on and has no room in memory. */
    let writer: PanedRunWriter | undefined;
    let kept = 0;
    for (let slot = sources.take(); slot >= 0; slot = sources.take()) {
      const { taken } = sources.last;
      if (taken) this.#paned.arrive(slot, ended);
      yield slot;
      if (!taken) continue;
      if (closing) {
        this.#leave(slot);
        this.#table.remove(slot);
      } else if (writer === undefined && (kept++ % LOOK_EVERY > 0 || !this.#isFull))
        this.#grouping.place(slot);
      else {
        writer ??= new PanedRunWriter(this.#table, this.#files.create(), this.#leave);
        writer.add(window, slot);
      }
    }
    if (writer === undefined) this.#setRuns(this.#runs);
    else this.#fill(writer, Math.max(...runs.map(({ level }) => level)), () => {});
  }

  get #isFull(): boolean {
    return this.#paned.groups.exceed(this.#memory, 0);
  }

  #addWindow(sources: Sources, runs: readonly PanedRun[], window: Bounds, tick: number): void {
    const scope = this.#grouping.scopeOf(window.start, window.end);
    for (const run of runs) sources.add(new WindowSource(run.takeWindow(window, scope, tick)));
  }

  /** Adds a run that is filled so. What is half written is of no use to anybody. */
  #fill(writer: PanedRunWriter, level: number, fill: () => void): void {
    try {
      fill();
      const { file } = writer;
      const run = new PanedRun(this.#table, file, writer.finish(), level, (bytes) => Buffer.alloc(bytes));
      this.#setRuns([...this.#runs, run]);
    } catch (error) {
      writer.file.remove();
      throw error;
    }
  }

  /** Merges runs where there are many of a level, or where more rows have gone than are left. */
  #compact(watermark: number): void {
    for (let level = 0; this.#runs.some((run) => run.level >= level); level++) {
      const runs = this.#runs.filter((run) => run.level === level);
      if (runs.length >= FAN) this.#merge(runs, level + 1, watermark);
    }
    const all = this.#runs.reduce((sum, run) => sum + run.count, 0);
    if (all <= this.count * 2) return;
    const sparse = this.#runs.filter((run) => run.count > run.left * 2);
    this.#merge(sparse, Math.max(...sparse.map(({ level }) => level)), watermark);
  }

  #merge(runs: readonly PanedRun[], level: number, watermark: number): void {
    const writer = new PanedRunWriter(this.#table, this.#files.create(), this.#leave);
    this.#fill(writer, level, () => {
      for (const window of windowsOf(runs)) {
        const sources = new Sources(this.#table);
        this.#addWindow(sources, runs, window, Number.POSITIVE_INFINITY);
        for (let slot = sources.take(); slot >= 0; slot = sources.take()) {
          this.#paned.arrive(slot, watermark >= window.end);
          writer.add(window, slot);
        }
      }
    });
  }

  /** Removes runs of which nothing is left. */
  #setRuns(runs: readonly PanedRun[]): void {
    this.#runs = runs.filter((run) => {
      if (run.left === 0) run.remove();
      return run.left > 0;
    });
  }
}

/** The groups of a window in a run: those of one record are in memory. */
class WindowSource extends Source {
  readonly #records: Generator<Int32Array, void, void>;

  constructor(records: Generator<Int32Array, void, void>) {
    super(nextOf(records), 0, true);
    this.#records = records;
  }

  protected override more(): Int32Array {
    return nextOf(this.#records);
  }
}

const NONE = new Int32Array(0);

const nextOf = (records: Generator<Int32Array, void, void>): Int32Array => records.next().value ?? NONE;

/** All windows that runs have groups of, in the order in which they close. */
function windowsOf(runs: readonly PanedRun[]): Bounds[] {
  const all = runs.flatMap(({ windows }) => windows).sort((a, b) => (closesBefore(a, b) ? -1 : 1));
  return all.filter((window, i) => i === 0 || closesBefore(all[i - 1]!, window));
}

/** What a snapshot says of runs. @throws TidemarkError `failed` */
function savedPanedRuns(value: unknown): SavedPanedRun[] {
  if (!Array.isArray(value)) throw damaged('it has no list of what is on disk');
  return value.map((one: unknown) => {
    const saved = new SavedValue(one);
    return {
      name: saved.text('name'),
      length: saved.integer('length', 1),
      directory: saved.integer('directory', 1),
      level: saved.integer('level', 0),
    };
  });
}
