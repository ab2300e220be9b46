import { appendNote, readNotes } from '../epochs/notes.ts';
import type { KeptFolder } from '../epochs/spill-folder.ts';
import { StageState } from '../epochs/stage-state.ts';
import { TidemarkError, usageError } from '../errors.ts';
import type { Leaf } from '../operators/operator.ts';
import type { OperatorState, SnapshotReader, StateShape, TargetNotes } from '../state/snapshot.ts';
import type { StateReference } from '../stream/marker.ts';
import { StageSnapshots } from './stage-snapshots.ts';
import type { Voice } from './voice.ts';

/** How often the last stage looks whether an epoch is committed, ms. */
const LOOK_EVERY = 50;

/** What of a stage takes part in epochs. */
export interface StageParts {
  readonly state: OperatorState | undefined;
  readonly leaf: Leaf | undefined;
  /** Side outputs that were given a file, by a name of their own. */
  readonly sides: ReadonlyMap<string, Leaf>;
  /** Wants to be told of epochs that are committed. */
  readonly committed?: ((epoch: number) => Promise<void>) | undefined;
}

/** One stage in the epochs of a run: it is restored, saves at each barrier, and publishes what is committed. */
export class StageEpochs {
  readonly #state: StageState;
  readonly #snapshots: StageSnapshots;
  readonly #voice: Pick<Voice, 'notice' | 'fail'>;
  readonly #command: string;
  /** The epoch that was saved last; what is noted stands behind it. */
  #epoch: number;
  /** The last one that was published. */
  #published = 0;
  /** Publishes one epoch after the other; rejects as the first of them does. */
  #publishing: Promise<void> = Promise.resolve();
  /** Looks for the commit while the stream goes on. */
  #watch: NodeJS.Timeout | undefined;
  /** Undefined until `restore`. */
  #parts: StageParts | undefined;

  private constructor(state: StageState, command: string, voice: Pick<Voice, 'notice' | 'fail'>) {
    this.#state = state;
    this.#command = command;
    this.#snapshots = new StageSnapshots(state);
    this.#voice = voice;
    this.#epoch = state.reference.epoch;
  }

  /** @throws TidemarkError where the stage may not take part: see `StageState.register` */
  static async register(
    reference: StateReference,
    id: string,
    { command, last }: { readonly command: string; readonly last: boolean },
    voice: Pick<Voice, 'notice' | 'fail'>,
  ): Promise<StageEpochs> {
    return new StageEpochs(await StageState.register(reference, id, last), command, voice);
  }

  /** Brings a stage to where it stood at the barrier of the epoch that is restored. Called behind the header. */
  async restore(parts: StageParts): Promise<void> {
    this.#parts = parts;
    const { epoch } = this.#state.reference;
    const commit = await this.#state.directory.commit();
    const wasThere = epoch > 0 && commit?.stages.includes(this.#state.id) === true;
    if (parts.leaf !== undefined && epoch > 0) this.#refuseLost(commit?.stages ?? []);
    const saved = wasThere ? await this.#snapshots.load(epoch) : undefined;
    if (epoch > 0 && !wasThere && parts.state !== undefined && parts.leaf === undefined)
      this.#voice.notice(
        `nothing was kept for ${this.#state.id}: it begins empty in the middle of the stream`,
      );
    for (const [name, side] of parts.sides)
      await side.recover(saved?.value(`side ${name}`), this.#notes(name));
    await parts.leaf?.recover(saved?.value('leaf'), this.#notes('target'));
    await this.#publish(epoch);
    // Last: what is restored may be handed on at once.
    if (saved !== undefined && parts.state !== undefined) {
      this.#restoreState(parts.state, saved);
      await parts.state.restored?.();
    }
    parts.state?.track();
  }

  /** Saves the stage: all before the barrier of this epoch has been dealt with. */
  async save(epoch: number): Promise<void> {
    const { state, leaf, sides } = this.#parts!;
    // The source writes a barrier only when the one before is committed.
    await this.#publish(this.#epoch);
    const positions = new Map<string, unknown>();
    for (const [name, side] of sides) positions.set(`side ${name}`, await side.prepare(epoch));
    if (leaf !== undefined) positions.set('leaf', await leaf.prepare(epoch));
    const head = {
      command: this.#command,
      summary: state?.summary?.(),
      targets: Object.fromEntries(positions),
    };
    await this.#snapshots.save(epoch, head, (out) => {
      for (const [name, position] of positions) out.value(name, position);
      if (state === undefined) return;
      out.value('shape', state.shape);
      state.save(out);
    });
    this.#epoch = epoch;
    if (leaf !== undefined || this.#parts!.committed !== undefined)
      this.#watch ??= setInterval(() => this.#look(), LOOK_EVERY).unref();
    if (leaf === undefined) return;
    const { reference, id } = this.#state;
    this.#state.check();
    await this.#state.directory.writePrepared({
      epoch,
      attempt: reference.attempt,
      stages: [...reference.stages, id],
    });
  }

  /** The stream is at its end: waits until what was saved last counts, and publishes it. */
  async finish(): Promise<void> {
    const { leaf, sides, committed } = this.#parts ?? {};
    if (this.#epoch === 0) return;
    if (leaf === undefined && committed === undefined && (sides?.size ?? 0) === 0) return;
    await this.#state.untilCommitted(this.#epoch);
    await this.#publish(this.#epoch);
  }

  /** Results are out soon after the commit, also where the next barrier is far. */
  async #look(): Promise<void> {
    const epoch = this.#epoch;
    if (this.#published >= epoch) return;
    try {
      if ((await this.#state.committed()) >= epoch) await this.#publish(epoch);
    } catch (error) {
      this.#voice.fail?.(error);
    }
  }

  #publish(epoch: number): Promise<void> {
    this.#publishing = this.#publishing.then(async () => {
      if (epoch <= this.#published) return;
      const { leaf, sides, committed } = this.#parts!;
      for (const side of sides.values()) await side.publish(epoch);
      await leaf?.publish(epoch);
      await committed?.(epoch);
      this.#published = epoch;
    });
    return this.#publishing;
  }

  /** Where files of the stage lie that snapshots name. */
  get folder(): KeptFolder {
    const state = this.#state;
    return { path: state.folder, attempt: state.reference.attempt, check: () => state.check() };
  }

  /** Whether there are such files, also of runs that were cut off. */
  get hasSpilled(): boolean {
    return this.#state.hasSpilled;
  }

  release(): void {
    clearInterval(this.#watch);
    this.#state.release();
  }

  /** A stage that was taken out of the pipeline would take its open windows with it. */
  #refuseLost(before: readonly string[]): void {
    const { reference, id } = this.#state;
    const lost = before.filter((stage) => stage !== id && !reference.stages.includes(stage));
    if (lost.length === 0) return;
    throw usageError(
      `the state of ${lost.join(', ')} would be lost: the pipeline has no such stage any more`,
      '--reset-state begins anew; a stage that was only renamed keeps its state by --name',
    );
  }

  #restoreState(state: OperatorState, saved: SnapshotReader): void {
    const shape = saved.value('shape') as StateShape | undefined;
    if (shape === undefined) throw this.#notItsState();
    const { refused, added, lost } = state.compare(shape);
    if (refused.length > 0) {
      throw usageError(
        `what was kept in ${this.#state.directory.path} is of other arguments: ${refused.join('; ')}`,
        'give the arguments of before, or begin anew with --reset-state at the source',
      );
    }
    for (const line of added)
      this.#voice.notice(`new, and begins empty in the middle of the stream: ${line}`);
    for (const line of lost) this.#voice.notice(`no longer there, and given up: ${line}`);
    state.restore(saved);
  }

  #notes(kind: string): TargetNotes {
    const state = this.#state;
    return {
      uncommitted: readNotes(state.folder, kind, state.reference.epoch),
      add: (note) => {
        state.check();
        appendNote(state, kind, this.#epoch, note);
      },
    };
  }

  #notItsState(): TidemarkError {
    return new TidemarkError('failed', `what was kept for ${this.#state.id} is of another kind of stage`, {
      hint: 'give each stage the --name of before, or begin anew with --reset-state at the source',
    });
  }
}
