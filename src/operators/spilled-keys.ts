import type { Buffer } from 'node:buffer';
import { KeyFilter } from '../state/key-filter.ts';
import { damaged } from '../state/saved-bytes.ts';
import { SavedValue } from '../state/saved-value.ts';
import type { SpillFile, SpillFiles } from '../state/spill-files.ts';
import { FoundKeys } from './found-keys.ts';
import { hashOfEntry, type Named } from './key-entry.ts';
import { KeyRun, type KeyRunReader } from './key-run.ts';
import { KeyRunWriter, type SavedKeyRun } from './key-run-writer.ts';
import { StagedKeys } from './staged-keys.ts';

/** Runs of a level that are merged to one of the next: an event may have to look into so many less one of each level. */
const FAN = 8;
/** The parts of memory that filters may take, and what was found last; and what is always left to keys in memory. */
const FILTERS = 1 / 2;
const FOUND = 1 / 16;
const LEFT = 1 / 4;

/** What the two numbers of keys mean. */
export interface KeyNumbers {
  readonly named: Named;
  /** The watermark at which a key with this second number is forgotten, ms; those of many keys are few different ones. */
  readonly forgottenAt: (second: number) => number;
}

/**
 * Keys that were seen, on disk. Each time that memory is full a run is written that never changes; runs of a size are merged
 * to a larger one, without what has been forgotten, and a run is removed when all of it is: a log-structured merge-tree
 * (O'Neil et al., Acta Informatica 33, 1996), in the order of hashes. To look for a key that is not there costs a few steps in
 * memory, for filters know nearly always; one that is there is read from disk, with the keys beside it.
 */
export class SpilledKeys {
  readonly #numbers: KeyNumbers;
  readonly #files: SpillFiles;
  readonly #memory: number;
  readonly #recent: FoundKeys;
  /** In the order in which they were written, so that levels never rise. */
  #runs: KeyRun[] = [];
  /** The first watermark at which a run is forgotten, ms. */
  #firstForgotten = Number.POSITIVE_INFINITY;
  /** ms. */
  #watermark = Number.NEGATIVE_INFINITY;
  /** The numbers of the keys that were found last: as many as `find` said. */
  readonly firsts: number[] = [];
  readonly seconds: number[] = [];
  readonly #found: (first: number, second: number) => void;
  /** What is sought. */
  #first = 0;
  #second = 0;

  /** @param memory bytes that state may take, keys that are not on disk included */
  constructor(numbers: KeyNumbers, files: SpillFiles, memory: number) {
    this.#numbers = numbers;
    this.#files = files;
    this.#memory = memory;
    this.#recent = new FoundKeys(numbers.named === 0 ? 0 : memory * FOUND);
    const { named } = numbers;
    this.#found = (first, second) => {
      if ((named > 0 && first !== this.#first) || (named > 1 && second !== this.#second)) return;
      this.firsts.push(first);
      this.seconds.push(second);
    };
  }

  /** Opens the runs that a snapshot names. @throws TidemarkError `failed` */
  restore(saved: readonly SavedKeyRun[]): void {
    for (const { name, length, index, level } of saved)
      this.#add(new KeyRun(this.#files.open({ name, length }), index, level));
  }

  /** What a snapshot says of the runs. */
  save(): readonly SavedKeyRun[] {
    return this.#runs.map(({ saved }) => saved);
  }

  /** Whether there are any. */
  get any(): boolean {
    return this.#runs.length > 0;
  }

  /** How many are not forgotten. */
  get count(): number {
    return this.#runs.reduce((sum, run) => sum + run.remembered(this.#watermark), 0);
  }

  /** Bytes that are left for keys in memory. */
  get room(): number {
    const held = this.#runs.reduce((sum, run) => sum + run.heldBytes, this.#recent.heldBytes);
    return Math.max(this.#memory * LEFT, this.#memory - held);
  }

  /**
   * Writes keys to disk that are not there yet.
   * @param most how many they are at most
   */
  spill(most: number, fill: (staged: StagedKeys) => void): void {
    const staged = new StagedKeys(this.#numbers.named, most);
    fill(staged);
    if (staged.count > 0) this.#write(0, staged.count, staged.bytes, (writer) => staged.write(writer));
    for (let level = 0; ; level++) {
      const first = this.#runs.findIndex((run) => run.level === level);
      if (first < 0 || this.#runs.length - first < FAN) return;
      this.#merge(this.#runs.splice(first), level + 1);
    }
  }

  /**
   * Looks for a key with these numbers, as far as it is found by them.
   * @returns how many there are; their numbers are in `firsts` and `seconds`
   */
  find(first: number, second: number, key: Buffer, start: number, end: number): number {
    this.firsts.length = 0;
    this.seconds.length = 0;
    this.#first = first;
    this.#second = second;
    const { named } = this.#numbers;
    const hash = hashOfEntry(named, first, second, key, start, end);
    if (named > 0 && this.#recent.has(hash, first, key, start, end)) this.#found(first, this.#recent.second);
    // Those that came last come again soonest.
    for (let i = this.#runs.length - 1; i >= 0; i--) {
      // A key that is found by its numbers is there once.
      if (named > 0 && this.firsts.length > 0) break;
      this.#runs[i]!.find(hash, key, start, end, this.#found);
    }
    if (named > 0 && this.firsts.length > 0) this.#recent.add(hash, first, this.seconds[0]!, key, start, end);
    return this.firsts.length;
  }

  /** Removes the runs of which all is forgotten. */
  forget(watermark: number): void {
    this.#watermark = watermark;
    if (watermark < this.#firstForgotten || this.#runs.length === 0) return;
    const runs = this.#runs;
    this.#runs = [];
    this.#firstForgotten = Number.POSITIVE_INFINITY;
    for (const run of runs) {
      if (run.forgottenAt <= watermark) run.remove();
      else this.#keep(run);
    }
  }

  /** Merges runs to one, without what has been forgotten. */
  #merge(runs: readonly KeyRun[], level: number): void {
    const remembered = runs.map((run) => run.remembered(this.#watermark));
    const count = remembered.reduce((sum, one) => sum + one, 0);
    const bytes = runs.reduce((sum, run) => sum + run.bytes, 0);
    if (count > 0) {
      this.#write(level, count, bytes, (writer) => {
        const readers = runs.map((run) => run.inOrder(this.#numbers.named));
        for (
          let reader = firstOf(readers);
          reader.hash < Number.POSITIVE_INFINITY;
          reader = firstOf(readers)
        ) {
          if (this.#numbers.forgottenAt(reader.entry.second) > this.#watermark)
            writer.add(reader.hash, reader.bytes, reader.entry);
          reader.advance();
        }
      });
    }
    for (const run of runs) run.remove();
  }

  #write(level: number, count: number, bytes: number, fill: (writer: KeyRunWriter) => void): void {
    const words = KeyFilter.wordsFor(count);
    const filter = this.#hasRoomFor(words * 4) ? new KeyFilter(new Int32Array(words)) : undefined;
    const file = this.#files.create();
    const index = this.#filled(file, () => {
      const writer = new KeyRunWriter(file, bytes, filter, this.#numbers.forgottenAt);
      fill(writer);
      return writer.finish();
    });
    this.#add(new KeyRun(file, index, level), filter);
  }

  /** What is half written is of no use to anybody. */
  #filled(file: SpillFile, fill: () => number): number {
    try {
      return fill();
    } catch (error) {
      file.remove();
      throw error;
    }
  }

  /** @param filter what was written with it; undefined: it is read, where there is memory for it */
  #add(run: KeyRun, filter?: KeyFilter): void {
    if (filter !== undefined || this.#hasRoomFor(run.filterBytes)) run.useFilter(filter);
    this.#keep(run);
  }

  #keep(run: KeyRun): void {
    this.#runs.push(run);
    this.#firstForgotten = Math.min(this.#firstForgotten, run.forgottenAt);
  }

  #hasRoomFor(filterBytes: number): boolean {
    const held = this.#runs.reduce((sum, run) => sum + run.heldBytes, 0);
    return held + filterBytes <= this.#memory * FILTERS;
  }
}

/** What a snapshot says of runs. @throws TidemarkError `failed` */
export function savedKeyRuns(value: unknown): SavedKeyRun[] {
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

/** The one whose hash is the least; there is one. */
function firstOf(readers: readonly KeyRunReader[]): KeyRunReader {
  let first = readers[0]!;
  for (const reader of readers) if (reader.hash < first.hash) first = reader;
  return first;
}
