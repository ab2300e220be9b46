import fs from 'node:fs';
import type { SourceState } from '../epochs/source-state.ts';
import { steadyNow } from '../epochs/steady-clock.ts';
import { TidemarkError } from '../errors.ts';
import type { StateReference } from '../stream/marker.ts';

/** How often the directory is looked at where the system does not tell of changes, ms; and how often a source that waits. */
const LOOK_EVERY = 50;
/** How long is waited for a sink to show itself behind a barrier, or for one that it has not prepared, ms. */
const SINK_PATIENCE = 10_000;
/** Between two looks whether the stages are alive, ms: each takes a process per stage. */
const LIVING_EVERY = 1000;

/** A source in the epochs of a run. */
export interface EpochMember {
  /** An epoch is committed: publishes and acknowledges what belongs to it. */
  committed(epoch: number): Promise<void>;
  /** The stream of it was complete when it was saved last. */
  readonly drained: boolean;
  /** Somebody has asked the run to suspend. */
  stop(): void;
  /** Ends the run with this error: no call is there that could throw it. */
  fail(error: unknown): void;
}

/** The epoch whose barrier was written by a source, and that is not committed. */
interface Outstanding {
  readonly epoch: number;
  /** The sources that have saved where they are at its barrier. */
  readonly saved: Set<EpochMember>;
}

/**
 * The epochs of a run: when each begins, and that it is committed when the last stage has prepared it. Mostly one source
 * takes part. Of several in one process each writes the barrier of the same epoch where it is; a merge aligns them (Carbone
 * et al., Lightweight Asynchronous Snapshots, 2015). One that has nothing more to read writes those of the others, for the
 * stages behind it have to save, until all have come so far: their streams end together.
 */
export class RunEpochs {
  readonly #state: SourceState;
  readonly #checkpoint: number;
  readonly #sources: number;
  readonly #members = new Set<EpochMember>();
  /** Those that begin no epoch any more. */
  readonly #arrived = new Set<EpochMember>();
  #left = 0;
  #closed = false;
  #outstanding: Outstanding | undefined;
  /** When the last barrier was begun. */
  #last = steadyNow();
  #failure: { readonly error: unknown } | undefined;
  /** Both look at the directory until `close`; the watcher is undefined where the system has none to give. */
  #watcher: fs.FSWatcher | undefined;
  readonly #timer: NodeJS.Timeout;
  /** While input is quiet: when the stages are looked at next, ms. */
  #nextMissing = 0;
  /** Looks at the directory one after the other. */
  #looking: Promise<void> = Promise.resolve();
  /** End the waits. */
  #wake: (() => void)[] = [];

  /**
   * @param checkpoint between two barriers, ms
   * @param sources how many take part
   */
  constructor(state: SourceState, checkpoint: number, sources: number) {
    this.#state = state;
    this.#checkpoint = checkpoint;
    this.#sources = sources;
    this.#timer = setInterval(() => this.look(), LOOK_EVERY);
    this.#timer.unref();
    try {
      this.#watcher = fs.watch(state.directory.path, { persistent: false }, () => this.look());
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // A watch that is not to be had is replaced by looking.
    }
  }

  /** The epoch that is restored; 0: none. */
  get restoredEpoch(): number {
    return this.#state.restored?.epoch ?? 0;
  }

  /** All streams were complete. */
  get restoredDrained(): boolean {
    return this.#state.restored?.drained === true;
  }

  get directory(): string {
    return this.#state.directory.path;
  }

  /** For the header of a stream. */
  reference(stages: readonly string[]): StateReference {
    const { directory, id, attempt } = this.#state;
    return { directory: directory.path, id, attempt, epoch: this.restoredEpoch, stages };
  }

  join(member: EpochMember): void {
    this.#members.add(member);
  }

  /** It begins no epoch any more. */
  arrive(member: EpochMember): void {
    this.#arrived.add(member);
    this.#wakeAll();
  }

  /**
   * Waits until all sources have nothing more to read.
   * @returns false: an epoch has begun that this one has to join first
   * @throws what has ended the run
   */
  async untilAllArrived(member: EpochMember): Promise<boolean> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.isAwaited(member)) return false;
      if (this.#arrived.size === this.#sources) return true;
      await this.#pause();
    }
  }

  /** How long a source may wait for input before it is asked again, ms; 0: its barrier is due, or another source waits for it. */
  untilDue(member: EpochMember): number {
    const checkpoint = this.#checkpoint;
    if (this.isAwaited(member)) return 0;
    const wait =
      this.#outstanding === undefined ? Math.max(0, this.#last + checkpoint - steadyNow()) : checkpoint;
    // Another may begin an epoch at any time.
    return this.#sources === 1 || wait === 0 ? wait : Math.min(wait, LOOK_EVERY);
  }

  due(member: EpochMember): boolean {
    return this.untilDue(member) === 0;
  }

  /** Whether an epoch has begun whose barrier a source has not written. */
  isAwaited(member: EpochMember): boolean {
    return this.#outstanding?.saved.has(member) === false;
  }

  /** The epoch that the next barrier of a source ends. */
  epochOf(member: EpochMember): number {
    return this.isAwaited(member) ? this.#outstanding!.epoch : this.#state.nextEpoch;
  }

  /**
   * Begins an epoch, or joins that which another source has begun; of two the first counts first.
   * @returns its number
   * @throws TidemarkError `failed` where no stage is left that could prepare the one before
   */
  async begin(member: EpochMember): Promise<number> {
    await this.#looking;
    if (this.#outstanding?.saved.has(member) === true) await this.untilCommitted(this.#outstanding.epoch);
    if (this.#outstanding !== undefined) return this.#outstanding.epoch;
    const outstanding: Outstanding = { epoch: this.#state.nextEpoch++, saved: new Set() };
    this.#outstanding = outstanding;
    this.#last = steadyNow();
    this.#wakeAll();
    return outstanding.epoch;
  }

  /** A source has saved where it is at the barrier of the epoch that is outstanding. */
  saved(member: EpochMember): void {
    this.#outstanding?.saved.add(member);
  }

  /**
   * Waits until an epoch is committed.
   * @throws TidemarkError `failed` where no stage is left that could prepare it, and what has ended the run
   */
  async untilCommitted(epoch: number): Promise<void> {
    await this.#looking;
    const patience = steadyNow() + SINK_PATIENCE;
    let nextLiving = steadyNow() + LIVING_EVERY;
    while (this.#isOutstanding(epoch)) {
      await this.#pause();
      this.look();
      await this.#looking;
      if (!this.#isOutstanding(epoch) || steadyNow() < nextLiving) continue;
      nextLiving = steadyNow() + LIVING_EVERY;
      const { ended, lastSeen } = await this.#state.stages();
      if (ended !== undefined || (!lastSeen && steadyNow() > patience)) throw this.#neverPrepared(ended);
    }
  }

  /** Until something has changed, and no longer than until the next look. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake.push(resolve);
      setTimeout(resolve, LOOK_EVERY);
    });
  }

  #isOutstanding(epoch: number): boolean {
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#outstanding !== undefined && this.#outstanding.epoch <= epoch;
  }

  /** Looks at the directory: whether the last stage has prepared, and what else there is. */
  look(): void {
    this.#looking = this.#looking
      .then(async () => {
        this.#state.directory.checkAttempt(this.#state.attempt);
        if (this.#state.stopWanted) for (const member of this.#members) member.stop();
        await this.#commitPrepared();
        await this.#missSink();
      })
      .catch((error) => this.#failed(error));
  }

  /** Runs a call between two looks. */
  between(call: () => void | Promise<void>): void {
    this.#looking = this.#looking.then(call).catch((error) => this.#failed(error));
  }

  /** A stage of the run has failed: who waits for a commit would wait for ever. The first failure counts. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wakeAll();
  }

  #failed(error: unknown): void {
    this.fail(error);
    for (const member of this.#members) member.fail(error);
  }

  /** Where input is quiet nothing is written that would show that nobody reads any more. */
  async #missSink(): Promise<void> {
    const now = steadyNow();
    if (this.#outstanding === undefined || now < this.#last + SINK_PATIENCE || now < this.#nextMissing)
      return;
    this.#nextMissing = now + SINK_PATIENCE;
    const { ended, lastSeen } = await this.#state.stages();
    if (ended !== undefined || !lastSeen) throw this.#neverPrepared(ended);
  }

  /** Commits the epoch that is outstanding, if all sources have saved and the last stage has prepared it. */
  async #commitPrepared(): Promise<void> {
    const outstanding = this.#outstanding;
    if (outstanding === undefined || outstanding.saved.size < this.#sources) return;
    const { attempt, directory } = this.#state;
    const { epoch } = outstanding;
    const prepared = await directory.prepared();
    if (prepared?.attempt !== attempt || prepared.epoch !== epoch) return;
    directory.checkAttempt(attempt);
    const drained = [...this.#members].every((member) => member.drained);
    await directory.writeCommit({ epoch, attempt, stages: prepared.stages, drained });
    this.#outstanding = undefined;
    for (const member of this.#members) await member.committed(epoch);
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
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

  /** A source is done. When all are, the directory is given back. */
  leave(member: EpochMember): void {
    this.arrive(member);
    if (++this.#left === this.#sources) this.close();
  }

  /** Gives the directory back; again it does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#watcher?.close();
    this.#state.close();
  }
}
