import { damaged } from '../state/saved-bytes.ts';
import { SavedValue } from '../state/saved-value.ts';
import type { SpillFile, SpillFiles } from '../state/spill-files.ts';
import type { Table } from '../state/table.ts';
import type { ClosedWindow } from '../windows/grouping.ts';
import { compareKeys } from './group-key.ts';
import type { Groups } from './groups.ts';
import { sortByKey } from './key-order.ts';
import { OrderedResults } from './ordered-results.ts';
import type { Order, PaneWriter } from './pane-writer.ts';
import { type Bounds, closesBefore, Run, RunWriter, type SavedRun, sameWindow } from './spilled-run.ts';

/** Runs of a level that are merged to one of the next: so many files are open for each level. */
const FAN = 16;
/** The scope of the first run's rows while they are in memory; those of the others are below. Windows have none below 0. */
const FIRST_SCOPE = -2;

/**
 * Groups of open windows that were written to disk. Each time that memory is full a run is written, sorted by window and key,
 * so that all runs are read forward, once, in the order in which windows close: a group of a window that
 * closes is merged from those of its key in all runs, and in memory.
 */
export class SpilledGroups {
  readonly #groups: Groups;
  readonly #table: Table;
  readonly #files: SpillFiles;
  readonly #memory: number;
  /** In the order in which they were written, so that levels never rise; a run is removed when all was read. */
  #runs: Run[] = [];

  /** @param memory bytes that state may take */
  constructor(groups: Groups, files: SpillFiles, memory: number) {
    this.#memory = memory;
    this.#groups = groups;
    this.#table = groups.grouping.keys;
    this.#files = files;
  }

  /** Opens the runs that a snapshot names. @throws TidemarkError `failed` */
  restore(saved: readonly SavedRun[]): void {
    this.#runs = saved.map(({ name, length, at, level }) => {
      return new Run(this.#table, this.#files.open({ name, length }), level, at);
    });
  }

  /** What a snapshot says of the runs, which are durable from now on. */
  save(): readonly SavedRun[] {
    this.#files.sync();
    return this.#runs.map(({ saved }) => saved);
  }

  /** Writes all groups that are in memory, and frees them. */
  spill(): void {
    const { grouping } = this.#groups;
    this.#write(0, (writer) => {
      for (const window of grouping.takeOpen!())
        writer.write(window, sortByKey(window.slots.subarray(0, window.count), grouping));
    });
    for (let level = 0; ; level++) {
      const first = this.#runs.findIndex((run) => run.level === level);
      if (first < 0 || this.#runs.length - first < FAN) return;
      this.#compact(this.#runs.splice(first), level + 1);
    }
  }

  /** Whether groups of a window that closes are on disk. */
  holds(window: Bounds): boolean {
    return this.#runs.some((run) => run.window !== undefined && sameWindow(run.window, window));
  }

  /**
   * The groups of the window that was closed, those in memory too, in the order of their keys, each as long as the next is
   * not asked for.
   */
  *merged(closed: ClosedWindow): Generator<number, void, void> {
    const inMemory = sortByKey(closed.slots.slice(0, closed.count), this.#groups.grouping);
    closed.count = 0;
    try {
      yield* this.#merge(this.#runs, closed, inMemory);
    } finally {
      this.#runs = withRowsLeft(this.#runs);
    }
  }

  /** The results of the window that was closed, by other values than their keys. */
  ordered(closed: ClosedWindow, panes: PaneWriter, order: readonly Order[], limit: number): OrderedResults {
    const groups = this.#groups;
    const results = new OrderedResults(order, limit, this.#memory / 4, this.#files);
    for (const slot of this.merged(closed)) {
      results.add(groups.resultTime(slot), (column, out) => {
        if (column === undefined) panes.writeMembers(groups, slot, out);
        else panes.writeMember(groups, slot, column, out);
      });
    }
    return results;
  }

  /** Merges runs to one, as far as they have not been read. */
  #compact(runs: readonly Run[], level: number): void {
    this.#write(level, (writer) => {
      for (let window = firstOf(runs); window !== undefined; window = firstOf(runs)) {
        const slots: number[] = [];
        const write = (): void => {
          writer.write(window!, Int32Array.from(slots));
          for (const slot of slots.splice(0)) this.#table.remove(slot);
        };
        for (const slot of this.#merge(runs, window, NONE, false)) {
          if (slots.push(slot) >= writer.rows) write();
        }
        write();
      }
    });
    for (const run of runs) run.remove();
  }

  #write(level: number, fill: (writer: RunWriter) => void): void {
    const file = this.#files.create();
    this.#runs.push(new Run(this.#table, this.#filled(file, fill), level));
  }

  /** What is half written is of no use to anybody. */
  #filled(file: SpillFile, fill: (writer: RunWriter) => void): SpillFile {
    try {
      const writer = new RunWriter(this.#table, file);
      fill(writer);
      return writer.finish();
    } catch (error) {
      file.remove();
      throw error;
    }
  }

  /**
   * The groups of a window in the order of their keys: those of runs, in the order in which these were written, and in memory.
   * @param frees whether a group is freed when the next is asked for
   */
  *#merge(
    runs: readonly Run[],
    window: Bounds,
    inMemory: Int32Array,
    frees = true,
  ): Generator<number, void, void> {
    const { start, end } = window;
    const bounds = { start, end };
    const sources = new Sources(this.#table);
    runs.forEach((run, i) => {
      sources.add(new RunSource(run, bounds, FIRST_SCOPE - i));
    });
    sources.add(new Source(inMemory));
    let slot = -1;
    try {
      for (slot = sources.take(); slot >= 0; slot = sources.take()) {
        for (let same = sources.takeEqual(slot); same >= 0; same = sources.takeEqual(slot)) {
          this.#groups.mergeEqual(slot, same);
          this.#table.remove(same);
        }
        yield slot;
        if (frees) this.#table.remove(slot);
        slot = -1;
      }
    } finally {
      // Where not all were wanted.
      if (slot >= 0 && frees) this.#table.remove(slot);
      sources.clear();
      for (const run of runs) run.skip(bounds);
    }
  }
}

/** What a snapshot says of runs. @throws TidemarkError `failed` */
export function savedRuns(value: unknown): SavedRun[] {
  if (!Array.isArray(value)) throw damaged('it has no list of what is on disk');
  return value.map((one: unknown) => {
    const saved = new SavedValue(one);
    return {
      name: saved.text('name'),
      length: saved.integer('length', 1),
      at: saved.integer('at', 1),
      level: saved.integer('level', 0),
    };
  });
}

const NONE = new Int32Array(0);

/** The window that closes first of those that runs have rows of; undefined: they have none. */
function firstOf(runs: readonly Run[]): Bounds | undefined {
  let first: Bounds | undefined;
  for (const { window } of runs)
    if (window !== undefined && (first === undefined || closesBefore(window, first))) first = window;
  return first === undefined ? undefined : { start: first.start, end: first.end };
}

/** Removes runs that have been read. */
function withRowsLeft(runs: readonly Run[]): Run[] {
  return runs.filter((run) => {
    if (run.window !== undefined) return true;
    run.remove();
    return false;
  });
}

/** Groups in the order of their keys, as far as they are in memory. */
class Source {
  #slots: Int32Array;
  #at = 0;

  constructor(slots: Int32Array) {
    this.#slots = slots;
  }

  /** The group that comes next; -1: there is none. */
  get slot(): number {
    return this.#slots[this.#at] ?? -1;
  }

  advance(): void {
    if (++this.#at < this.#slots.length) return;
    this.#slots = this.more();
    this.#at = 0;
  }

  /** Those that have not come. */
  get rest(): Int32Array {
    return this.#slots.subarray(this.#at);
  }

  /** Groups that come next. */
  protected more(): Int32Array {
    return NONE;
  }
}

/** The rows of a window in a run: those of one record are in memory. */
class RunSource extends Source {
  readonly #run: Run;
  readonly #window: Bounds;
  readonly #scope: number;

  constructor(run: Run, window: Bounds, scope: number) {
    super(loaded(run, window, scope));
    this.#run = run;
    this.#window = window;
    this.#scope = scope;
  }

  protected override more(): Int32Array {
    return loaded(this.#run, this.#window, this.#scope);
  }
}

const loaded = (run: Run, window: Bounds, scope: number): Int32Array =>
  run.window !== undefined && sameWindow(run.window, window) ? run.load(scope) : NONE;

/** Several sources as one: a heap by the keys of their next groups, of equal ones the source that was added first on top. */
class Sources {
  readonly #table: Table;
  readonly #heap: { readonly source: Source; readonly age: number }[] = [];
  #added = 0;

  constructor(table: Table) {
    this.#table = table;
  }

  add(source: Source): void {
    const age = this.#added++;
    if (source.slot < 0) return;
    const heap = this.#heap;
    heap.push({ source, age });
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) break;
      [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
      at = parent;
    }
  }

  /** Takes the group whose key is first; -1: there is none. */
  take(): number {
    const top = this.#heap[0];
    if (top === undefined) return -1;
    const { slot } = top.source;
    top.source.advance();
    this.#sink();
    return slot;
  }

  /** Takes the next group if its key is that of this one; -1: it is not. */
  takeEqual(slot: number): number {
    const next = this.#heap[0];
    return next !== undefined && compareKeys(this.#table, slot, next.source.slot) === 0 ? this.take() : -1;
  }

  /** Removes the groups that were not taken, as far as they are in memory. */
  clear(): void {
    for (const { source } of this.#heap.splice(0)) for (const slot of source.rest) this.#table.remove(slot);
  }

  /** Moves the source on top down to where it stands now, or out. */
  #sink(): void {
    const heap = this.#heap;
    if (heap[0]!.source.slot < 0) {
      const last = heap.pop()!;
      if (heap.length === 0) return;
      heap[0] = last;
    }
    for (let at = 0, child = 1; child < heap.length; child = at * 2 + 1) {
      if (child + 1 < heap.length && this.#before(child + 1, child)) child++;
      if (!this.#before(child, at)) return;
      [heap[at], heap[child]] = [heap[child]!, heap[at]!];
      at = child;
    }
  }

  #before(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a]!, this.#heap[b]!];
    const order = compareKeys(this.#table, one.source.slot, other.source.slot);
    return order < 0 || (order === 0 && one.age < other.age);
  }
}
