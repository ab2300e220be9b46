import fs from 'node:fs';
import { join } from 'node:path';
import { TidemarkError } from '../errors.ts';
import { readDurableJson, writeDurableJson } from './durable-file.ts';
import { unusable, using } from './unusable.ts';

/** The version of what stands in a state directory. */
const FORMAT = 1;

/** Who has it open is alive: it stays when all else of a stage goes. */
export const LOCK = 'lock';

/** The epoch that counts: all that stands behind it is taken back by the next run. */
export interface Commit {
  readonly epoch: number;
  readonly attempt: number;
  /** Ids of the stages that have kept state for it, in the order of the pipeline. */
  readonly stages: readonly string[];
  /** The stream had its end with this epoch. */
  readonly drained: boolean;
}

/** What the last stage says once all that it was given of an epoch is durable. */
export interface Prepared {
  readonly epoch: number;
  readonly attempt: number;
  /** Ids of all stages of the pipeline that keep state, in order. */
  readonly stages: readonly string[];
}

/**
 * The files of a state directory:
 *
 *     tidemark.json       format, and the id of the directory
 *     lock                held by the source
 *     attempt             number of the run that may write
 *     prepared            the last epoch that the sink could commit
 *     COMMIT              the last epoch that counts
 *     stop                somebody asks the run with this attempt to suspend
 *     stages/ID/lock      held by the stage
 *     stages/ID/N.*       what the stage has kept at the barrier of epoch N
 */
export class StateDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get lockPath(): string {
    return join(this.path, LOCK);
  }

  get stopPath(): string {
    return join(this.path, 'stop');
  }

  get stagesPath(): string {
    return join(this.path, 'stages');
  }

  folderOf(stage: string): string {
    return join(this.stagesPath, stage);
  }

  lockPathOf(stage: string): string {
    return join(this.folderOf(stage), LOCK);
  }

  /** The id of the directory; undefined: it has none yet. */
  async id(): Promise<string | undefined> {
    const value = await readDurableJson(join(this.path, 'tidemark.json'));
    if (value === undefined) return undefined;
    const { format, id } = value as { format: unknown; id: unknown };
    if (format === FORMAT && typeof id === 'string') return id;
    throw new TidemarkError('failed', `${this.path} was written by a later version of tidemark`, {
      hint: 'use that version, or another directory',
    });
  }

  writeId(id: string): Promise<void> {
    return writeDurableJson(join(this.path, 'tidemark.json'), { format: FORMAT, id });
  }

  /** The highest attempt; 0: there was none. Read without waiting: it stands before every write. */
  attempt(): number {
    let text: string;
    try {
      text = fs.readFileSync(join(this.path, 'attempt'), 'latin1');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
      throw unusable(join(this.path, 'attempt'), error);
    }
    const [, number] = /^\{"attempt":(\d+)\}\n/.exec(text) ?? [];
    if (number !== undefined) return Number(number);
    throw new TidemarkError('failed', `${join(this.path, 'attempt')} is damaged`, {
      hint: 'bring it back from a backup of the whole directory',
    });
  }

  writeAttempt(attempt: number): Promise<void> {
    return writeDurableJson(join(this.path, 'attempt'), { attempt });
  }

  /** What counts; undefined: nothing does so far. */
  async commit(): Promise<Commit | undefined> {
    const commit = await this.#writtenCommit();
    return commit?.epoch === 0 ? undefined : commit;
  }

  async #writtenCommit(): Promise<Commit | undefined> {
    return (await readDurableJson(join(this.path, 'COMMIT'))) as Commit | undefined;
  }

  /** Says that nothing counts: a `COMMIT` that is missing is one that was lost, then. */
  writeNothingCommitted(): Promise<void> {
    return this.writeCommit({ epoch: 0, attempt: 0, stages: [], drained: false });
  }

  /**
   * @param id what `id` gave
   * @throws TidemarkError `failed` where a file is missing without which all would begin anew over what is committed
   */
  async refuseIncomplete(id: string | undefined): Promise<void> {
    const commit = await this.#writtenCommit();
    const missing =
      id === undefined && commit !== undefined && commit.epoch > 0
        ? 'tidemark.json'
        : id !== undefined && commit === undefined
          ? 'COMMIT'
          : undefined;
    if (missing === undefined) return;
    throw new TidemarkError('failed', `${join(this.path, missing)} is missing`, {
      hint: 'bring it back from a backup of the whole directory; --reset-state begins anew, without what was kept',
    });
  }

  writeCommit(commit: Commit): Promise<void> {
    return writeDurableJson(join(this.path, 'COMMIT'), commit);
  }

  async prepared(): Promise<Prepared | undefined> {
    return (await readDurableJson(join(this.path, 'prepared'))) as Prepared | undefined;
  }

  writePrepared(prepared: Prepared): Promise<void> {
    return writeDurableJson(join(this.path, 'prepared'), prepared);
  }

  /** Ids of the stages that have ever kept something here. */
  stages(): string[] {
    try {
      return fs.readdirSync(this.stagesPath).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw unusable(this.stagesPath, error);
    }
  }

  /** The highest epoch of which anything stands here: its number is never used again. */
  highestEpoch(): number {
    let highest = 0;
    for (const stage of this.stages()) {
      const folder = this.folderOf(stage);
      for (const name of using(folder, () => fs.readdirSync(folder)))
        highest = Math.max(highest, epochOf(name) ?? 0);
    }
    return highest;
  }

  /** @throws TidemarkError `cut` where a later run has taken over, `failed` where the directory is gone */
  checkAttempt(attempt: number): void {
    const current = this.attempt();
    if (current === attempt) return;
    if (current === 0) {
      throw new TidemarkError('failed', `the state directory ${this.path} was moved or removed`, {
        hint: 'put it back, and run the same line again: it goes on where the last commit was',
      });
    }
    throw new TidemarkError(
      'cut',
      `a later run has taken over ${this.path}: this one writes nothing any more`,
    );
  }
}

/** The file of a stage with what it has kept of one kind at the barrier of an epoch: `12.snapshot`. */
export const epochFile = (folder: string, epoch: number, kind: string): string =>
  join(folder, `${epoch}.${kind}`);

/** Epochs of which the folder of a stage has a file of this kind, in order. @throws the system's error */
export const epochsIn = (folder: string, kind: string): number[] =>
  fs
    .readdirSync(folder)
    .filter((name) => name.endsWith(`.${kind}`))
    .map((name) => epochOf(name) ?? 0)
    .sort((a, b) => a - b);

/** The epoch in the name of a stage's file; undefined: it is of none. */
export function epochOf(name: string): number | undefined {
  const [, digits] = /^(\d+)\./.exec(name) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
