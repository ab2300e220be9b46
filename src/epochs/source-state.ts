import fs from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TidemarkError } from '../errors.ts';
import { FileLock } from './file-lock.ts';
import { forgetSourceHere, hasLastHere, holderOf, noteSourceHere } from './stage-state.ts';
import { type Commit, LOCK, StateDirectory } from './state-directory.ts';
import { steadyNow } from './steady-clock.ts';
import { unusable } from './unusable.ts';

/** Which directory, and what is wanted of what it holds. */
export interface SourceStateOptions {
  /** As the user wrote it. */
  readonly directory: string;
  /** What to do while another run has the directory. */
  readonly ifRunning: 'fail' | 'skip' | 'wait';
  /** Begin anew, without what was kept. */
  readonly reset: boolean;
}

/** The stages of a run, as far as they have shown themselves. */
export interface StagesOfRun {
  /** One that has ended before its time; undefined: none has. */
  readonly ended: string | undefined;
  /** The last stage has shown itself, on which commits wait. */
  readonly lastSeen: boolean;
}

/** Between two looks at somebody else's lock, ms. */
const LOOK_EVERY = 50;
/** A stage that waits for its source looks at the source's lock for a moment: that is no other run. */
const LOOKS = 5;
/** How long stages of a run that has ended may take to publish what is committed, before they are told that they are late, ms. */
const PUBLISH_WITHIN = 1000;
/** How long stages of an earlier run may take to end before it is told that they are waited for, ms. */
const TELL_AFTER = 2000;

/** A state directory while its source runs: one process at a time. */
export class SourceState {
  readonly directory: StateDirectory;
  readonly id: string;
  readonly attempt: number;
  /** What is restored; undefined: nothing was committed. */
  readonly restored: Commit | undefined;
  /** The number of the next epoch. */
  nextEpoch: number;
  readonly #lock: FileLock;

  private constructor(
    directory: StateDirectory,
    lock: FileLock,
    found: { id: string; attempt: number; restored: Commit | undefined },
  ) {
    this.directory = directory;
    this.#lock = lock;
    this.id = found.id;
    this.attempt = found.attempt;
    this.restored = found.restored;
    this.nextEpoch = Math.max(directory.highestEpoch(), found.restored?.epoch ?? 0) + 1;
  }

  /**
   * Takes the directory, raises the attempt, and waits until no stage of an earlier one is alive. Those of a run that has
   * just ended are given a moment before: with the new attempt they can do nothing more.
   * @returns undefined where another run has it, and is to be left alone
   * @throws TidemarkError `failed`
   */
  static async open(
    options: SourceStateOptions,
    notice: (message: string, hint?: string) => void,
    signal: AbortSignal,
  ): Promise<SourceState | undefined> {
    const directory = new StateDirectory(resolve(options.directory));
    const what = `the state directory ${options.directory}`;
    try {
      fs.mkdirSync(directory.stagesPath, { recursive: true });
    } catch (error) {
      throw unusable(what, error);
    }
    const lock = await takeLock(directory, options, signal).catch((error) => {
      throw unusable(what, error);
    });
    if (lock === undefined) return undefined;
    try {
      await untilAlone(directory, signal, PUBLISH_WITHIN);
      const attempt = directory.attempt() + 1;
      await directory.writeAttempt(attempt);
      lock.sign(`${JSON.stringify({ attempt, pid: process.pid })}\n`);
      const waitedFor = await untilAlone(directory, signal, TELL_AFTER);
      if (waitedFor !== undefined) {
        notice(`waiting for the stage ${waitedFor} of an earlier run to end`);
        await untilAlone(directory, signal);
      }
      let id = options.reset ? undefined : await directory.id();
      if (!options.reset) await directory.refuseIncomplete(id);
      if (id === undefined) {
        // Before the id: where there is one, there is a commit.
        if (!options.reset) await directory.writeNothingCommitted();
        const { randomUUID } = await import('node:crypto');
        id = randomUUID();
        await directory.writeId(id);
      }
      // Behind the new id: what was sent under the old one never comes again under it.
      if (options.reset) await reset(directory);
      fs.rmSync(directory.stopPath, { force: true });
      noteSourceHere(directory.path);
      return new SourceState(directory, lock, { id, attempt, restored: await directory.commit() });
    } catch (error) {
      lock.release();
      throw unusable(what, error);
    }
  }

  /** Whether somebody has asked this run to suspend. */
  get stopWanted(): boolean {
    return fs.existsSync(this.directory.stopPath);
  }

  /**
   * What is known of the stages of this run: one of another process that has shown itself ends only behind the source,
   * unless it fails.
   */
  async stages(): Promise<StagesOfRun> {
    let lastSeen = hasLastHere(this.directory.path);
    let ended: string | undefined;
    for (const id of this.directory.stages()) {
      const { attempt, last } = holderOf(this.directory.lockPathOf(id));
      if (attempt !== this.attempt) continue;
      lastSeen ||= last === true;
      // Those before the last one end when nobody reads them any more: it is the one that has failed.
      if ((ended === undefined || last === true) && !(await isHeld(this.directory, id))) ended = id;
    }
    return { ended, lastSeen };
  }

  close(): void {
    forgetSourceHere(this.directory.path);
    this.#lock.release();
  }
}

async function takeLock(
  directory: StateDirectory,
  { ifRunning, directory: name }: SourceStateOptions,
  signal: AbortSignal,
): Promise<FileLock | undefined> {
  for (let looks = 1; ; looks++) {
    const lock = await FileLock.tryTake(directory.lockPath);
    if (lock !== undefined) return lock;
    if (looks >= LOOKS && ifRunning === 'skip') return undefined;
    if (looks >= LOOKS && ifRunning === 'fail') {
      throw new TidemarkError('failed', `another run has the state directory ${name}`, {
        hint: 'wait for it with --if-running wait, or let it be with --if-running skip',
      });
    }
    if (signal.aborted) return undefined;
    await sleep(LOOK_EVERY);
  }
}

/**
 * Waits for the stages of earlier attempts: what they still write must be there, or not, before anything is restored.
 * @param within ms
 * @returns one that is still there; undefined: none is
 */
async function untilAlone(
  directory: StateDirectory,
  signal: AbortSignal,
  within = Number.POSITIVE_INFINITY,
): Promise<string | undefined> {
  const until = steadyNow() + within;
  for (;;) {
    const held = await firstHeld(directory);
    if (held === undefined || steadyNow() >= until) return held;
    if (signal.aborted)
      throw new TidemarkError('failed', 'stopped while stages of an earlier run were alive');
    await sleep(LOOK_EVERY);
  }
}

/** A stage that is alive; undefined: none is. */
async function firstHeld(directory: StateDirectory): Promise<string | undefined> {
  for (const id of directory.stages()) if (await isHeld(directory, id)) return id;
  return undefined;
}

async function isHeld(directory: StateDirectory, id: string): Promise<boolean> {
  const path = directory.lockPathOf(id);
  if (!fs.existsSync(path)) return false;
  const lock = await FileLock.tryTake(path);
  lock?.release();
  return lock === undefined;
}

/** First what counts, so that a reset that is cut off is one that was finished or one that was not begun. */
async function reset(directory: StateDirectory): Promise<void> {
  await directory.writeNothingCommitted();
  for (const id of directory.stages()) {
    const folder = directory.folderOf(id);
    for (const name of fs.readdirSync(folder)) {
      if (name !== LOCK) fs.rmSync(join(folder, name), { force: true, recursive: true });
    }
  }
}
