import type { SourceEpochs, SourceJournal } from '../commands/stage.ts';
import { isJournal, Journal } from '../epochs/journal.ts';
import { appendNote, readNotes } from '../epochs/notes.ts';
import { StageState } from '../epochs/stage-state.ts';
import { TidemarkError, usageError } from '../errors.ts';
import type { Leaf } from '../operators/operator.ts';
import { changesOf } from '../state/shape.ts';
import type { StateShape } from '../state/snapshot.ts';
import type { Marker, StateReference } from '../stream/marker.ts';
import type { EpochMember, RunEpochs } from './run-epochs.ts';

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

/** What is kept of a source at a barrier. */
export interface SavedPosition {
  readonly shape: StateShape;
  readonly position: unknown;
  /** Where its side file is. */
  readonly side?: unknown;
  /** The number of the last entry of the journal before the barrier. */
  readonly journal?: number;
  /** Its stream was complete before the barrier: where there are others, the run may go on without it. */
  readonly drained?: true;
}

export interface SourceEpochsOptions {
  readonly shape: StateShape;
  /** The file of rejected records. */
  readonly side: Leaf | undefined;
  /** Emits the barrier. */
  emit(marker: Marker): undefined | Promise<void>;
  /** Ends the run with this error: no call is there that could throw it. */
  fail(error: unknown): void;
  /** Somebody has asked the run to suspend. */
  stop(): void;
}

/** One source in the epochs of its run: it says where it is at each barrier, and goes on from there. */
export class RunningSourceEpochs implements SourceEpochs, EpochMember {
  restored: unknown;
  /** Of the source; it sets it before it reads. */
  #onCommitted: SourceEpochs['onCommitted'];
  readonly #run: RunEpochs;
  readonly #stage: StageState;
  readonly #options: SourceEpochsOptions;
  /** What was saved last, and of which epoch; undefined: nothing was. */
  #kept: { readonly epoch: number; readonly saved: SavedPosition } | undefined;
  /** The stream has had its last watermark: the next epoch is the last of all. */
  complete = false;
  /** The epoch of the last barrier: what is noted stands behind it. */
  #behind = 0;
  /** Read and opened before the source is given these epochs. */
  #journal!: Journal;

  private constructor(run: RunEpochs, stage: StageState, options: SourceEpochsOptions) {
    this.#run = run;
    this.#stage = stage;
    this.#options = options;
  }

  /** @throws TidemarkError `usage` where what was kept is of other arguments, `failed` where it is damaged */
  static async open(run: RunEpochs, id: string, options: SourceEpochsOptions): Promise<RunningSourceEpochs> {
    const stage = await StageState.register(run.reference([]), id);
    const epochs = new RunningSourceEpochs(run, stage, options);
    run.join(epochs);
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
    return this.#run.reference([this.#stage.id]);
  }

  get drained(): boolean {
    return this.#kept?.saved.drained === true;
  }

  async #restore(): Promise<void> {
    const epoch = this.#run.restoredEpoch;
    const saved = epoch > 0 ? await this.#readPosition(epoch) : undefined;
    this.restored = saved?.position;
    this.#journal = new Journal(this.#stage, saved?.journal ?? 0);
    this.#behind = epoch;
    if (saved !== undefined) this.#kept = { epoch, saved };
    await this.#options.side?.recover(saved?.side, {
      uncommitted: readNotes(this.#stage.folder, 'side', epoch),
      add: (note) => {
        this.#stage.check();
        appendNote(this.#stage, 'side', this.#behind, note);
      },
    });
  }

  async #readPosition(epoch: number): Promise<SavedPosition> {
    const bytes = await this.#stage.read(epoch, POSITION);
    if (bytes === undefined) {
      throw new TidemarkError(
        'failed',
        `the source has no position for epoch ${epoch} in ${this.#stage.folder}`,
        {
          hint: 'give the source the --name of before; one that is new needs --reset-state; a file that was lost is in a backup of the whole directory',
        },
      );
    }
    const saved = JSON.parse(bytes.toString('utf8')) as SavedPosition;
    refuseOther(saved.shape, this.#options.shape, this.#run.directory);
    return this.#run.restoredDrained ? { ...saved, drained: true } : saved;
  }

  get journal(): SourceJournal {
    const journal = this.#journal;
    return {
      get next() {
        return journal.next;
      },
      ahead: () => journal.ahead(),
      pass: (count) => journal.pass(count),
      note: (entry) => journal.note(this.#run.epochOf(this), entry),
    };
  }

  get onCommitted(): SourceEpochs['onCommitted'] {
    return this.#onCommitted;
  }

  /** What was committed is acknowledged at once: the run before may have died before it could. */
  set onCommitted(call: SourceEpochs['onCommitted']) {
    this.#onCommitted = call;
    if (this.restored === undefined) return;
    this.#run.between(() => call?.(this.restored));
  }

  due(): boolean {
    return this.#run.due(this);
  }

  untilDue(): number {
    return this.#run.untilDue(this);
  }

  get isAwaited(): boolean {
    return this.#run.isAwaited(this);
  }

  async barrier(position: unknown, last = false): Promise<void> {
    const epoch = await this.#run.begin(this);
    const { shape, side } = this.#options;
    await this.#end(
      epoch,
      {
        shape,
        position,
        side: await side?.prepare(epoch),
        journal: this.#journal.barrier(),
        ...(this.complete ? { drained: true } : {}),
      },
      last,
    );
  }

  async #end(epoch: number, saved: SavedPosition, last: boolean): Promise<void> {
    await this.#stage.write(epoch, POSITION, [Buffer.from(`${JSON.stringify(saved)}\n`)]);
    this.#behind = epoch;
    this.#kept = { epoch, saved };
    this.#run.saved(this);
    await this.#options.emit(last ? { kind: 'barrier', epoch, last } : { kind: 'barrier', epoch });
    this.#run.look();
  }

  /** Nothing more is read: waits for the other sources, and ends the epochs that they begin. */
  async arrive(): Promise<void> {
    this.#run.arrive(this);
    while (!(await this.#run.untilAllArrived(this)))
      await this.#end(await this.#run.begin(this), this.#kept!.saved, true);
  }

  async committed(epoch: number): Promise<void> {
    this.#stage.prune((other, kind) => other >= epoch || isJournal(kind));
    const { saved } = this.#kept!;
    await this.#options.side?.publish(epoch);
    this.#journal.committed(saved.journal ?? 0);
    await this.#onCommitted?.(saved.position);
  }

  fail(error: unknown): void {
    this.#options.fail(error);
  }

  stop(): void {
    this.#options.stop();
  }

  /**
   * Waits for the commit of the last barrier: called behind the end of the stream.
   * @throws TidemarkError `failed` where no stage is left that could prepare it
   */
  async finish(): Promise<void> {
    await this.#run.untilCommitted(this.#kept?.epoch ?? 0);
  }

  close(): void {
    this.#journal?.close();
    this.#stage.release();
    this.#run.leave(this);
  }
}

function refuseOther(before: StateShape, now: StateShape, directory: string): void {
  const changes = changesOf(before, now);
  if (changes.length === 0) return;
  throw usageError(
    `what was kept in ${directory} is of other arguments: ${changes.join('; ')}`,
    'give the arguments of before, or begin anew with --reset-state',
  );
}
