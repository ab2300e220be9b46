import { damaged } from '../state/saved-bytes.ts';
import { SavedValue } from '../state/saved-value.ts';
import type { SpillFiles } from '../state/spill-files.ts';
import { EventRun, type SavedEventRun, writeEvents } from './event-run.ts';
import { type EventSource, MergedEvents } from './merged-events.ts';

/** Runs of a level that are merged to one of the next: so many files are open for each level. */
const FAN = 64;

/** Events on disk, in runs that are sorted by time; a run is removed when all its events have been taken. */
export class SpilledEvents {
  readonly #files: SpillFiles;
  /** Those that came first are in the first; levels never rise. */
  #runs: EventRun[] = [];

  constructor(files: SpillFiles) {
    this.#files = files;
  }

  /**
   * Opens the runs that a snapshot names.
   * @param watermark events before this time are gone, ms
   * @throws TidemarkError `failed`
   */
  restore(saved: unknown, watermark: number): void {
    this.#runs = savedEventRuns(saved).map(
      (run) => new EventRun(this.#files.open({ name: run.name, length: run.length }), run, watermark, false),
    );
  }

  /** What a snapshot says of the runs, which are durable from now on. */
  save(): readonly SavedEventRun[] {
    this.#files.sync();
    return this.#runs.map(({ saved }) => saved);
  }

  get runs(): readonly EventSource[] {
    return this.#runs;
  }

  get count(): number {
    return this.#runs.reduce((sum, { left }) => sum + left, 0);
  }

  /** Writes events that came behind all those that are on disk, and takes them from where they were. */
  spill(sources: readonly EventSource[], count: number): void {
    this.#runs.push(this.#write(sources, 0, count));
    for (let level = 0; ; level++) {
      const first = this.#runs.findIndex((run) => run.level === level);
      if (first < 0 || this.#runs.length - first < FAN) return;
      const runs = this.#runs.slice(first);
      const left = runs.reduce((sum, run) => sum + run.left, 0);
      const merged = this.#write(runs, level + 1, left);
      for (const run of runs) run.remove();
      this.#runs.splice(first, runs.length, merged);
    }
  }

  /** Removes the runs of which nothing is left. */
  tidy(): void {
    if (!this.#runs.some(({ left }) => left === 0)) return;
    for (const run of this.#runs) if (run.left === 0) run.remove();
    this.#runs = this.#runs.filter(({ left }) => left > 0);
  }

  #write(sources: readonly EventSource[], level: number, left: number): EventRun {
    const file = this.#files.create();
    try {
      writeEvents(file, new MergedEvents(sources, Number.POSITIVE_INFINITY));
      return new EventRun(file, { level, at: 0, left }, Number.NEGATIVE_INFINITY, true);
    } catch (error) {
      // What is half written is of no use to anybody.
      file.remove();
      throw error;
    }
  }
}

/** @throws TidemarkError `failed` */
function savedEventRuns(value: unknown): SavedEventRun[] {
  if (!Array.isArray(value)) throw damaged('it has no list of what is on disk');
  return value.map((one: unknown) => {
    const saved = new SavedValue(one);
    return {
      name: saved.text('name'),
      length: saved.integer('length', 1),
      level: saved.integer('level', 0),
      at: saved.integer('at', 0),
      left: saved.integer('left', 1),
    };
  });
}
