import { Buffer } from 'node:buffer';
import { damaged } from '../state/saved-bytes.ts';
import { SavedValue } from '../state/saved-value.ts';
import type { SpillFiles } from '../state/spill-files.ts';
import type { SessionGrouping, SessionsElsewhere } from '../windows/session-grouping.ts';
import { hashOf } from './session-index.ts';
import { type KeptSession, type SavedSessionRun, SessionRun } from './session-run.ts';
import { SessionRunWriter } from './session-run-writer.ts';

/** Runs of a level that are merged to one of the next. */
const FAN = 16;

/**
 * Sessions that were written to disk. Each is in one place, in memory or in one run, and what is done to it is done in
 * memory: an event takes those that it overlaps out of their runs before it is placed, and the watermark those that may
 * end at or before it, before the first of them closes. So all comes out as if they had never gone: merging, lateness, the
 * order of results, and what depends on the order of values.
 *
 * Those go that end first: they are the least likely to go on, and are read back in that order when the watermark comes.
 */
export class SpilledSessions implements SessionsElsewhere {
  readonly #grouping: SessionGrouping;
  readonly #files: SpillFiles;
  /** In the order in which they were written, so that levels never rise; removed when all their sessions were taken. */
  #runs: SessionRun[] = [];
  firstEnd = Number.POSITIVE_INFINITY;

  constructor(grouping: SessionGrouping, files: SpillFiles) {
    this.#grouping = grouping;
    this.#files = files;
    grouping.elsewhere = this;
  }

  /**
   * Opens the runs that a snapshot names.
   * @param gone which of their rows were taken
   * @throws TidemarkError `failed`
   */
  restore(saved: unknown, gone: Buffer): void {
    let at = 0;
    this.#setRuns(
      savedSessionRuns(saved).map(({ name, length, directory, level }) => {
        const file = this.#files.open({ name, length });
        return new SessionRun(this.#grouping, file, directory, level, (bytes) => {
          at += bytes;
          if (at > gone.length) throw damaged('it does not say which sessions were taken from disk');
          return Buffer.from(gone.subarray(at - bytes, at));
        });
      }),
    );
  }

  /** What a snapshot says of the runs, which are durable from now on. */
  save(): { readonly runs: readonly SavedSessionRun[]; readonly gone: Buffer } {
    this.#files.sync();
    return {
      runs: this.#runs.map(({ saved }) => saved),
      gone: Buffer.concat(this.#runs.map(({ gone }) => gone)),
    };
  }

  /** Writes half of the sessions that are in memory, those that end first, and frees them. */
  spill(): void {
    const grouping = this.#grouping;
    const sessions = grouping.byEnd();
    const half = sessions.subarray(0, (sessions.length + 1) >> 1);
    const run = this.#write(half.length, 0, (writer) => {
      for (let at = 0; at < half.length; ) {
        const some = half.subarray(at, at + writer.rows);
        at += some.length;
        writer.write(
          some,
          Array.from(some, (session) => keyOf(grouping, session)),
        );
      }
    });
    for (const session of half) grouping.give(session);
    const runs = [...this.#runs, run];
    for (let level = 0; ; level++) {
      const first = runs.findIndex((one) => one.level === level);
      if (first < 0 || runs.length - first < FAN) break;
      runs.push(this.#compacted(runs.splice(first), level + 1));
    }
    this.#setRuns(runs);
  }

  bringFirst(): void {
    for (const run of this.#runs) {
      if (run.firstEnd > this.firstEnd) continue;
      for (const { session, key } of run.takeFirst())
        this.#grouping.takeBack(session, this.#grouping.keys.upsert(0, key, 0, key.length));
    }
    this.#setRuns(this.#runs);
  }

  bring(key: number, start: number, end: number): void {
    const { keys } = this.#grouping;
    let hash = -1;
    let emptied = false;
    for (const run of this.#runs) {
      if (!run.meets(start, end)) continue;
      if (hash < 0) hash = hashOf(keys.keys, keys.keyStart(key), keys.keyEnd(key));
      run.takeOverlapping(key, hash, start, end, (session) => {
        this.#grouping.takeBack(session, key);
        emptied ||= run.left === 0;
      });
    }
    if (emptied) this.#setRuns(this.#runs);
  }

  /** Merges runs to one of the sessions that are left. */
  #compacted(runs: readonly SessionRun[], level: number): SessionRun {
    const grouping = this.#grouping;
    /** Sessions of each run that are in memory, the first at the end. */
    const heads: KeptSession[][] = runs.map(() => []);
    const left = runs.reduce((sum, run) => sum + run.left, 0);
    const merged = this.#write(left, level, (writer) => {
      const next: KeptSession[] = [];
      const write = (): void => {
        const sessions = Int32Array.from(next, ({ session }) => session);
        writer.write(
          sessions,
          next.map(({ key }) => key),
        );
        for (const { session } of next.splice(0)) grouping.columns.free(session);
      };
      for (let count = 0; count < left; count++) {
        let first = -1;
        for (const [i, run] of runs.entries()) {
          const head = heads[i]!;
          if (head.length === 0 && run.left > 0) head.push(...run.takeFirst().reverse());
          if (head.length === 0) continue;
          if (first < 0 || this.#endOf(head) < this.#endOf(heads[first]!)) first = i;
        }
        if (next.push(heads[first]!.pop()!) >= writer.rows) write();
      }
      write();
    });
    for (const run of runs) run.remove();
    return merged;
  }

  #endOf(head: readonly KeptSession[]): number {
    return this.#grouping.end(head.at(-1)!.session);
  }

  /** What is half written is of no use to anybody. */
  #write(most: number, level: number, fill: (writer: SessionRunWriter) => void): SessionRun {
    const file = this.#files.create();
    try {
      const writer = new SessionRunWriter(this.#grouping, file, most);
      fill(writer);
      return new SessionRun(this.#grouping, file, writer.finish(), level);
    } catch (error) {
      file.remove();
      throw error;
    }
  }

  /** Removes runs of which nothing is left. */
  #setRuns(runs: readonly SessionRun[]): void {
    this.#runs = runs.filter((run) => {
      if (run.left === 0) run.remove();
      return run.left > 0;
    });
    this.firstEnd = this.#runs.reduce(
      (first, run) => Math.min(first, run.firstEnd),
      Number.POSITIVE_INFINITY,
    );
  }
}

/** The bytes of the key of a session: a view. */
function keyOf(grouping: SessionGrouping, session: number): Buffer {
  const { keys } = grouping;
  const key = grouping.keySlot(session);
  return keys.keys.subarray(keys.keyStart(key), keys.keyEnd(key));
}

/** What a snapshot says of runs. @throws TidemarkError `failed` */
function savedSessionRuns(value: unknown): SavedSessionRun[] {
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
