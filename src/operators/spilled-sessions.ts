import { Buffer } from 'node:buffer';
import { damaged } from '../state/saved-bytes.ts';
import { SavedValue } from '../state/saved-value.ts';
import type { SpillFiles } from '../state/spill-files.ts';
import type { PanedSessionsElsewhere } from '../windows/paned-sessions.ts';
import type { SessionGrouping } from '../windows/session-grouping.ts';
import { hashOf } from './session-index.ts';
import { type KeptSession, type SavedSessionRun, SessionRun } from './session-run.ts';
import { SessionRunWriter } from './session-run-writer.ts';

/** Runs of a level that are merged to one of the next. */
const FAN = 16;
/** Records that are brought to memory before it is asked how much is in it. */
const LOOK_EVERY = 4;

/** What is known of sessions under a trigger beside their values. */
export interface WaitingSessions {
  /** A session whose values have been read is asked for the tick that it waits for next. */
  arrive(session: number): void;
  /** The tick that it waits for, ms; Infinity: none. Forgets it. */
  leave(session: number): number;
  /** Whether there is no room in memory for more. */
  isFull(): boolean;
}

/**
 * Sessions that were written to disk. Each is in one place, in memory or in one run, and what is done to it is done in
 * memory: an event takes those that it overlaps out of their runs before it is placed, and the watermark those that may
 * end at or before it, before the first of them closes. So all comes out as if they had never gone: merging, lateness, the
 * order of results, and what depends on the order of values.
 *
 * Those go that end first: they are the least likely to go on, and are read back in that order when the watermark comes.
 */
export class SpilledSessions implements PanedSessionsElsewhere {
  readonly #grouping: SessionGrouping;
  readonly #files: SpillFiles;
  /** In the order in which they were written, so that levels never rise; removed when all their sessions were taken. */
  #runs: SessionRun[] = [];
  firstEnd = Number.POSITIVE_INFINITY;
  /** Undefined: they wait for no ticks. */
  readonly #waiting: WaitingSessions | undefined;
  /** Runs of sessions that the tick which is here has fired already. */
  readonly #fired = new Set<SessionRun>();

  constructor(grouping: SessionGrouping, files: SpillFiles, waiting?: WaitingSessions) {
    this.#grouping = grouping;
    this.#waiting = waiting;
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
        return new SessionRun(
          this.#grouping,
          file,
          directory,
          level,
          this.#waiting !== undefined,
          (bytes) => {
            at += bytes;
            if (at > gone.length) throw damaged('it does not say which sessions were taken from disk');
            return Buffer.from(gone.subarray(at - bytes, at));
          },
        );
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

  /** How many sessions there are. */
  get count(): number {
    return this.#runs.reduce((sum, run) => sum + run.left, 0);
  }

  /** Writes half of the sessions that are in memory, those that end first, and frees them. */
  spill(): void {
    const sessions = this.#grouping.byEnd();
    const runs = [...this.#runs, this.#give(sessions.subarray(0, (sessions.length + 1) >> 1))];
    for (let level = 0; ; level++) {
      const first = runs.findIndex((one) => one.level === level);
      if (first < 0 || runs.length - first < FAN) break;
      runs.push(this.#compacted(runs.splice(first), level + 1));
    }
    this.#setRuns(runs);
  }

  /** Writes the sessions that end before a time, ms, and frees them: a watermark or a tick has fired them, and goes on. */
  spillBefore(end: number): void {
    const sessions = this.#grouping.byEnd();
    let count = 0;
    while (count < sessions.length && this.#grouping.end(sessions[count]!) < end) count++;
    if (count === 0) return;
    const run = this.#give(sessions.subarray(0, count));
    this.#fired.add(run);
    this.#setRuns([...this.#runs, run]);
  }

  #give(sessions: Int32Array): SessionRun {
    const grouping = this.#grouping;
    const run = this.#write(sessions.length, 0, (writer) => {
      for (let at = 0; at < sessions.length; ) {
        const some = sessions.subarray(at, at + writer.rows);
        at += some.length;
        writer.write(
          some,
          Array.from(some, (session) => keyOf(grouping, session)),
        );
      }
    });
    for (const session of sessions) grouping.give(session);
    return run;
  }

  firstAhead(watermark: number): number {
    return this.#runs.reduce(
      (first, run) => (this.#fired.has(run) ? first : Math.min(first, run.firstAhead(watermark))),
      Number.POSITIVE_INFINITY,
    );
  }

  bringAhead(watermark: number): void {
    const first = this.firstAhead(watermark);
    for (const run of this.#runs)
      if (!this.#fired.has(run) && run.firstAhead(watermark) <= first) this.#takeBack(run.takeAhead());
    this.#setRuns(this.#runs);
  }

  /** Whether some may wait for a tick up to this one, ms. */
  waits(tick: number): boolean {
    return this.#firstWaiting(tick) < Number.POSITIVE_INFINITY;
  }

  /**
   * Opens in memory those that wait for a tick up to this one, ms, and that end first, as many as there is room for.
   * @param first the first end of those in memory that wait for it, ms; Infinity: none does
   * @returns a time before which all end that are in memory now, and before which one does, ms; Infinity: all are
   */
  bringWaiting(tick: number, first: number): number {
    let firstEnd = first;
    for (let end = this.#firstWaiting(tick), brought = 0; ; end = this.#firstWaiting(tick), brought++) {
      if (end === Number.POSITIVE_INFINITY) break;
      if (end > firstEnd && brought % LOOK_EVERY === 0 && this.#waiting!.isFull()) {
        this.#setRuns(this.#runs);
        return end;
      }
      for (const run of this.#runs) {
        if (this.#fired.has(run) || run.firstWaiting(tick) > end) continue;
        const taken = run.takeWaiting(tick);
        for (const { session } of taken) firstEnd = Math.min(firstEnd, this.#grouping.end(session));
        this.#takeBack(taken);
      }
    }
    this.#setRuns(this.#runs);
    return Number.POSITIVE_INFINITY;
  }

  /** The watermark, or the tick, has fired all. */
  fired(): void {
    this.#fired.clear();
  }

  #firstWaiting(tick: number): number {
    return this.#runs.reduce(
      (first, run) => (this.#fired.has(run) ? first : Math.min(first, run.firstWaiting(tick))),
      Number.POSITIVE_INFINITY,
    );
  }

  #takeBack(taken: readonly KeptSession[]): void {
    for (const { session, key } of taken)
      this.#grouping.takeBack(session, this.#grouping.keys.upsert(0, key, 0, key.length));
  }

  bringFirst(): void {
    for (const run of this.#runs) {
      if (run.firstEnd <= this.firstEnd) this.#takeBack(run.takeFirst());
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
        if (this.#waiting !== undefined) for (const session of sessions) this.#waiting.arrive(session);
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
      const waiting = this.#waiting;
      const leave = waiting && ((session: number): number => waiting.leave(session));
      const writer = new SessionRunWriter(this.#grouping, file, most, leave);
      fill(writer);
      return new SessionRun(this.#grouping, file, writer.finish(), level, waiting !== undefined);
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
