import type { SourceKeeping } from '../commands/stage.ts';
import type { RunEpochs } from './run-epochs.ts';

/** How the sources of a run keep state: all in one directory, by the same epochs. */
export type SharedKeeping = Pick<SourceKeeping, 'directory' | 'ifRunning' | 'reset' | 'checkpoint'>;

/** Opens the state directory of a run once, for all of its sources. */
export class SharedEpochs {
  readonly #keeping: SharedKeeping;
  readonly #sources: number;
  #opened: Promise<RunEpochs | undefined> | undefined;

  /** @param sources how many take part: an epoch counts when all of them have ended it */
  constructor(keeping: SharedKeeping, sources: number) {
    this.#keeping = keeping;
    this.#sources = sources;
  }

  /**
   * @param signal ends the wait for another run
   * @returns undefined where another run has the directory, and is to be left alone
   * @throws TidemarkError `failed`
   */
  open(
    notice: (message: string, hint?: string) => void,
    signal: AbortSignal,
  ): Promise<RunEpochs | undefined> {
    this.#opened ??= this.#open(notice, signal);
    return this.#opened;
  }

  async #open(
    notice: (message: string, hint?: string) => void,
    signal: AbortSignal,
  ): Promise<RunEpochs | undefined> {
    // What a run without state never needs is loaded here.
    const [{ SourceState }, { RunEpochs }] = await Promise.all([
      import('../epochs/source-state.ts'),
      import('./run-epochs.ts'),
    ]);
    const state = await SourceState.open(this.#keeping, notice, signal);
    return state === undefined ? undefined : new RunEpochs(state, this.#keeping.checkpoint, this.#sources);
  }

  /** One of the stages of the run has failed: no epoch is ended any more. */
  async fail(error: unknown): Promise<void> {
    (await this.#opened)?.fail(error);
  }

  /** Gives the directory back, also where a source never came so far as to take part. Never throws. */
  async close(): Promise<void> {
    (await this.#opened?.catch(() => undefined))?.close();
  }
}

/**
 * What sources of one run say of their state, as one: the shortest time between barriers, and a new beginning where one of
 * them wants it.
 * @param all of one directory; at least one
 */
export function sharedKeeping(all: readonly SourceKeeping[]): SharedKeeping {
  const [{ directory }] = all as readonly [SourceKeeping, ...SourceKeeping[]];
  return {
    directory,
    ifRunning: all.map(({ ifRunning }) => ifRunning).find((what) => what !== 'fail') ?? 'fail',
    reset: all.some(({ reset }) => reset),
    checkpoint: Math.min(...all.map(({ checkpoint }) => checkpoint)),
  };
}
