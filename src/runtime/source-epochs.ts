import fs from 'node:fs';
import type { SourceEpochs, SourceJournal } from '../commands/stage.ts';
import { isJournal, Journal } from '../epochs/journal.ts';
import { appendNote, readNotes } from '../epochs/notes.ts';
import type { SourceState } from '../epochs/source-state.ts';
import { StageState } from '../epochs/stage-state.ts';
import { TidemarkError, usageError } from '../errors.ts';
import type { Leaf } from '../operators/operator.ts';
import { changesOf } from '../state/shape.ts';
import type { StateShape } from '../state/snapshot.ts';
import type { Marker, StateReference } from '../stream/marker.ts';

/**
 * What a source whose stream was complete is given: it may look whether there is more, and changes nothing.
 */
export const lookOnly = (epochs: RunningSourceEpochs): SourceEpochs => ({
  restored: epochs.restored,
  onCommitted: undefined,
  due: () => false,
  untilDue: () => Number.POSITIVE_INFINITY,
  barrier: async () => {},
  journal: NO_JOURNAL,
});

/** Nothing was decided, and what is decided is not needed again. */
export const NO_JOURNAL: SourceJournal = { next: undefined, ahead: () => [], pass: () => {}, note: () => {} };

/** Files of a source, one an epoch: where it was at the barrier. */
export const POSITION = 'position';
/** How often the directory is looked at where the system does not tell of changes, ms. */
const LOOK_EVERY = 50;
/** How long a source waits for a sink to show itself behind a barrier, or for one that it has not prepared, ms. */
const SINK_PATIENCE = 10_000;
/** Between two looks whether the stages are alive, ms: each takes a process per stage. */
const LIVING_EVERY = 1000;

/** What is kept of a source at a barrier. */
export interface SavedPosition {
  readonly shape: StateShape;
  readonly position: unknown;
  /** Where its side file is. */
  readonly side?: unknown;
  /** The number of the last entry of the journal before the barrier. */
  readonly journal?: number;
}

export interface SourceEpochsOptions {
  /** Between two barriers, ms. */
  readonly checkpoint: number;
  readonly shape: StateShape;
  /** The file of rejected records. */
  readonly side: Leaf | undefined;
  /** Emits the barrier. */
  emit(marker: Marker): undefined | Promise<void>;
  /** Ends the run with this error: no call is there that could throw it. */
  fail(error: unknown): void;
  /** Somebody has asked the run to suspend. */
  stop(): void;
  /** Milliseconds, of a clock that nobody sets. */
  now(): number;
}

/** The source in the epochs of its run: it begins each, and alone commits them. */
export class RunningSourceEpochs implements SourceEpochs {
  restored: unknown;
  /** Of the source; it sets it before it reads. */
  #onCommitted: SourceEpochs['onCommitted'];
  readonly #state: SourceState;
  readonly #stage: StageState;
  readonly #options: SourceEpochsOptions;
  /** The barrier that was written and is not committed, with its position. */
  #outstanding:
    | {
        readonly epoch: number;
        readonly position: unknown;
        /** The number of the last entry of the journal before it. */
        readonly noted: number;
        /** The stream was complete before the barrier, not only before its commit. */
        readonly drained: boolean;
      }
    | undefined;
  /** When the last barrier was written, by `now`. */
  #last: number;
  /** The stream has had its last watermark: the next epoch is the last of all. */
  complete = false;
  /** The epoch of the last barrier: what is noted stands behind it. */
  #behind = 0;
  /** Read and opened before the source is given these epochs. */
  #journal!: Journal;
  /** Where the side file was at the restored epoch. */
  #savedSide: unknown;
  /** Both look at the directory until `close`; the watcher is undefined where the system has none to give. */
  #watcher: fs.FSWatcher | undefined;
  readonly #timer: NodeJS.Timeout;
  /** While input is quiet: when the stages are looked at next, epoch ms. */
  #nextMissing = 0;
  /** Looks at the directory one after the other. */
  #looking: Promise<void> = Promise.resolve();
  /** Ends the wait for a commit. */
  #wake: () => void = () => {};

  private constructor(state: SourceState, stage: StageState, options: SourceEpochsOptions) {
    this.#state = state;
    this.#stage = stage;
    this.#options = options;
    this.#last = options.now();
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY);
    this.#timer.unref();
    try {
      this.#watcher = fs.watch(state.directory.path, { persistent: false }, () => this.#look());
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // A watch that is not to be had is replaced by looking.
    }
  }

  /** @throws TidemarkError `usage` where what was kept is of other arguments, `failed` where it is damaged */
  static async open(
    state: SourceState,
    id: string,
    options: SourceEpochsOptions,
  ): Promise<RunningSourceEpochs> {
    const stage = await StageState.register(referenceOf(state, []), id);
    const epochs = new RunningSourceEpochs(state, stage, options);
    try {
      await epochs.#restore();
    } catch (error) {
      epochs.close();
      throw error;
    }
    return epochs;
  }

  /** For the header of the stream. */
  get reference(): StateReference {
    return referenceOf(this.#state, [this.#stage.id]);
  }

  async #restore(): Promise<void> {
    const epoch = this.#state.restored?.epoch ?? 0;
    const noted = epoch > 0 ? await this.#readPosition(epoch) : 0;
    this.#journal = new Journal(this.#stage, noted);
    this.#behind = epoch;
    await this.#options.side?.recover(this.#savedSide, {
      uncommitted: readNotes(this.#stage.folder, 'side', epoch),
      add: (note) => {
        this.#stage.check();
        appendNote(this.#stage, 'side', this.#behind, note);
      },
    });
  }

  /** @returns the number of the last entry of the journal before it */
  async #readPosition(epoch: number): Promise<number> {
    const bytes = await this.#stage.read(epoch, POSITION);
    if (bytes === undefined) {
      throw new TidemarkError(
        'failed',
        `the source has no position for epoch ${epoch} in ${this.#stage.folder}`,
        {
          hint: 'give the source the --name of before, or bring the file back from a backup of the whole directory',
        },
      );
    }
    const saved = JSON.parse(bytes.toString('utf8')) as SavedPosition;
    refuseOther(saved.shape, this.#options.shape, this.#state.directory.path);
    this.restored = saved.position;
    this.#savedSide = saved.side;
    return saved.journal ?? 0;
  }

  get journal(): SourceJournal {
    const [journal, state] = [this.#journal, this.#state];
    return {
      get next() {
        return journal.next;
      },
      ahead: () => journal.ahead(),
      pass: (count) => journal.pass(count),
      note: (entry) => journal.note(state.nextEpoch, entry),
    };
  }

  get onCommitted(): SourceEpochs['onCommitted'] {
    return this.#onCommitted;
  }

  /** What was committed is acknowledged at once: the run before may have died before it could. */
  set onCommitted(call: SourceEpochs['onCommitted']) {
    this.#onCommitted = call;
    if (this.restored === undefined) return;
    this.#looking = this.#looking
      .then(() => call?.(this.restored))
      .catch((error) => this.#options.fail(error));
  }

  due(): boolean {
    return this.untilDue() === 0;
  }

  untilDue(): number {
    const { now, checkpoint } = this.#options;
    if (this.#outstanding !== undefined) return checkpoint;
    return Math.max(0, this.#last + checkpoint - now());
  }

  async barrier(position: unknown): Promise<void> {
    // Of two epochs the first counts first.
    await this.#untilCommitted();
    const epoch = this.#state.nextEpoch++;
    const { shape, side } = this.#options;
    const noted = this.#journal.barrier();
    const saved: SavedPosition = { shape, position, side: await side?.prepare(epoch), journal: noted };
    await this.#stage.write(epoch, POSITION, [Buffer.from(`${JSON.stringify(saved)}\n`)]);
    this.#behind = epoch;
    this.#last = this.#options.now();
    this.#outstanding = { epoch, position, noted, drained: this.complete };
    await this.#options.emit({ kind: 'barrier', epoch });
    this.#look();
  }

  /**
   * Waits for the commit of the last barrier: called behind the end of the stream.
   * @throws TidemarkError `failed` where no stage is left that could prepare it
   */
  async finish(): Promise<void> {
    await this.#untilCommitted();
  }

  async #untilCommitted(): Promise<void> {
    await this.#looking;
    const { now } = this.#options;
    const patience = now() + SINK_PATIENCE;
    let nextLiving = now() + LIVING_EVERY;
    while (this.#outstanding !== undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, LOOK_EVERY);
      });
      this.#look();
      await this.#looking;
      if (this.#outstanding === undefined || now() < nextLiving) continue;
      nextLiving = now() + LIVING_EVERY;
      const { ended, lastSeen } = await this.#state.stages();
      if (ended !== undefined || (!lastSeen && now() > patience)) throw this.#neverPrepared(ended);
    }
  }

  /** @param ended the stage that has ended; undefined: there is no sink */
  #neverPrepared(ended: string | undefined): TidemarkError {
    const epoch = this.#outstanding?.epoch ?? 0;
    return ended !== undefined
      ? new TidemarkError('failed', `the stage ${ended} has ended before epoch ${epoch} was prepared`, {
          hint: 'it has said why; the same line goes on where the last commit was, and nothing comes twice',
        })
      : new TidemarkError('failed', `no stage has prepared epoch ${epoch}, so that nothing of it is kept`, {
          hint: 'end the pipe in tm sink: tm sink FILE',
        });
  }

  #look(): void {
    this.#looking = this.#looking
      .then(async () => {
        this.#state.directory.checkAttempt(this.#state.attempt);
        if (this.#state.stopWanted) this.#options.stop();
        await this.#commitPrepared();
        await this.#missSink();
      })
      .catch((error) => this.#options.fail(error));
  }

  /** Where input is quiet nothing is written that would show that nobody reads any more. */
  async #missSink(): Promise<void> {
    const now = this.#options.now();
    if (this.#outstanding === undefined || now < this.#last + SINK_PATIENCE || now < this.#nextMissing)
      return;
    this.#nextMissing = now + SINK_PATIENCE;
    const { ended, lastSeen } = await this.#state.stages();
    if (ended !== undefined || !lastSeen) throw this.#neverPrepared(ended);
  }

  /** Commits the epoch that is outstanding, if the last stage has prepared it. */
  async #commitPrepared(): Promise<void> {
    const outstanding = this.#outstanding;
    if (outstanding === undefined) return;
    const prepared = await this.#state.directory.prepared();
    if (prepared?.attempt !== this.#state.attempt) return;
    if (prepared.epoch !== outstanding.epoch) return;
    const { attempt, directory } = this.#state;
    directory.checkAttempt(attempt);
    const { epoch, position, noted, drained } = outstanding;
    await directory.writeCommit({ epoch, attempt, stages: prepared.stages, drained });
    this.#outstanding = undefined;
    await this.#options.side?.publish(epoch);
    this.#stage.prune((other, kind) => other >= epoch || isJournal(kind));
    this.#journal.committed(noted);
    await this.#onCommitted?.(position);
    this.#wake();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#watcher?.close();
    this.#journal?.close();
    this.#stage.release();
    this.#state.close();
  }
}

const referenceOf = (state: SourceState, stages: readonly string[]): StateReference => ({
  directory: state.directory.path,
  id: state.id,
  attempt: state.attempt,
  epoch: state.restored?.epoch ?? 0,
  stages,
});

function refuseOther(before: StateShape, now: StateShape, directory: string): void {
  const changes = changesOf(before, now);
  if (changes.length === 0) return;
  throw usageError(
    `what was kept in ${directory} is of other arguments: ${changes.join('; ')}`,
    'give the arguments of before, or begin anew with --reset-state',
  );
}
