import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TidemarkError, usageError } from '../errors.ts';
import type { StateReference } from '../stream/marker.ts';
import { readDurable, writeDurably } from './durable-file.ts';
import { FileLock } from './file-lock.ts';
import { epochFile, epochOf, StateDirectory } from './state-directory.ts';
import { steadyNow } from './steady-clock.ts';
import { unusable, using } from './unusable.ts';

/** Between two looks at a lock or at a file that somebody else writes, ms. */
const LOOK_EVERY = 20;
/** Between two looks whether the source is alive, ms: each takes a process. */
const SOURCE_EVERY = 500;

/** The end of the names of files that snapshots name, for state that did not fit in memory. */
export const SPILLED = '.spilled';

/** The stages of a run that are in the same process as its source, whose lock stands for all of them. */
interface StagesHere {
  readonly ids: Set<string>;
  /** The last of the pipeline is among them. */
  hasLast: boolean;
}

/** By the directory of the source. */
const runsHere = new Map<string, StagesHere>();

export const noteSourceHere = (directory: string): void =>
  void runsHere.set(directory, { ids: new Set(), hasLast: false });
export const forgetSourceHere = (directory: string): void => void runsHere.delete(directory);
/** Whether the last stage of the pipeline is in the process of its source. */
export const hasLastHere = (directory: string): boolean => runsHere.get(directory)?.hasLast === true;

/** The part of a state directory that belongs to one stage, while it runs. */
export class StageState {
  readonly id: string;
  readonly reference: StateReference;
  readonly directory: StateDirectory;
  /** The folder of the stage, for files of its own kind. */
  readonly folder: string;
  /** Undefined where the lock of the source, in the same process, stands for it. */
  readonly #lock: FileLock | undefined;

  private constructor(reference: StateReference, id: string, lock: FileLock | undefined) {
    this.id = id;
    this.reference = reference;
    this.directory = new StateDirectory(reference.directory);
    this.folder = this.directory.folderOf(id);
    this.#lock = lock;
  }

  /**
   * Registers a stage: from now until it dies no other run can begin.
   * @param last whether it is the last of the pipeline, on which the commit waits
   * @throws TidemarkError `usage` where another stage of the pipeline has the id, `cut` where a later run has taken over
   */
  static async register(reference: StateReference, id: string, last = false): Promise<StageState> {
    if (reference.stages.includes(id)) throw twice(id);
    const directory = new StateDirectory(reference.directory);
    const folder = directory.folderOf(id);
    const lockPath = directory.lockPathOf(id);
    using(folder, () => fs.mkdirSync(folder, { recursive: true }));
    const here = runsHere.get(reference.directory);
    if (here !== undefined) {
      if (here.ids.has(id)) throw twice(id);
      here.ids.add(id);
      here.hasLast ||= last;
      const state = new StageState(reference, id, undefined);
      state.check();
      return state;
    }
    for (;;) {
      const lock = await FileLock.tryTake(lockPath).catch((error) => {
        throw unusable(lockPath, error);
      });
      if (lock !== undefined) {
        const holder = JSON.stringify({ attempt: reference.attempt, pid: process.pid, last });
        using(lockPath, () => lock.sign(`${holder}\n`));
        const state = new StageState(reference, id, lock);
        state.check();
        return state;
      }
      directory.checkAttempt(reference.attempt);
      // The source has waited for all stages of earlier attempts: who has it is one of this, or about to see that it is over.
      if (holderOf(lockPath).attempt === reference.attempt) throw twice(id);
      await sleep(LOOK_EVERY);
    }
  }

  /** @throws TidemarkError `cut` where a later run has taken over */
  check(): void {
    this.directory.checkAttempt(this.reference.attempt);
  }

  /** Whether there are files of state that did not fit in memory. */
  get hasSpilled(): boolean {
    return this.#names().some((name) => name.endsWith(SPILLED));
  }

  /**
   * Writes `EPOCH.KIND` durably.
   * @throws TidemarkError `cut` where a later run has taken over, `failed` where it cannot be written
   */
  async write(epoch: number, kind: string, parts: Iterable<Uint8Array>): Promise<void> {
    this.check();
    await writeDurably(epochFile(this.folder, epoch, kind), parts);
  }

  /** What was written so; undefined: nothing was. @throws TidemarkError `failed` where it is damaged */
  read(epoch: number, kind: string): Promise<Buffer | undefined> {
    return readDurable(epochFile(this.folder, epoch, kind));
  }

  /** Removes the files of epochs that `keep` does not want. */
  prune(keep: (epoch: number, kind: string) => boolean): void {
    for (const name of this.#names()) {
      const epoch = epochOf(name);
      if (epoch === undefined || keep(epoch, name.slice(name.indexOf('.') + 1))) continue;
      const path = join(this.folder, name);
      using(path, () => fs.rmSync(path, { force: true }));
    }
  }

  #names(): string[] {
    return using(this.folder, () => fs.readdirSync(this.folder));
  }

  /** The epoch that is committed; 0: none is. */
  async committed(): Promise<number> {
    return (await this.directory.commit())?.epoch ?? 0;
  }

  /**
   * Waits until the source has committed an epoch.
   * @throws TidemarkError `cut` where it has died, or a later run has taken over
   */
  async untilCommitted(epoch: number): Promise<void> {
    let lookAtSource = steadyNow() + SOURCE_EVERY;
    while ((await this.committed()) < epoch) {
      this.check();
      await sleep(LOOK_EVERY);
      if (steadyNow() < lookAtSource || runsHere.has(this.reference.directory)) continue;
      lookAtSource = steadyNow() + SOURCE_EVERY;
      const lock = await FileLock.tryTake(this.directory.lockPath);
      if (lock === undefined) continue;
      lock.release();
      if ((await this.committed()) >= epoch) return;
      throw new TidemarkError('cut', `the source has ended without committing epoch ${epoch}`, {
        hint: 'run the same line again: nothing is lost, and nothing comes twice',
      });
    }
  }

  release(): void {
    if (this.#lock === undefined) runsHere.get(this.reference.directory)?.ids.delete(this.id);
    this.#lock?.release();
  }
}

/** What the stage that had a lock last has said of itself. */
export interface LockHolder {
  readonly attempt?: number;
  /** It is the last of its pipeline. */
  readonly last?: boolean;
}

/** Who has a lock, or had it; nothing is known where it has not said so yet. */
export function holderOf(lockPath: string): LockHolder {
  try {
    return JSON.parse(fs.readFileSync(lockPath, 'utf8')) as LockHolder;
  } catch {
    return {};
  }
}

const twice = (id: string): TidemarkError =>
  usageError(
    `two stages of the pipeline keep their state under the name ${id}`,
    'one line of stages with one sink can share a state directory; give stages of the same command a --name each',
  );
