import { sinkName } from '../commands/sink-plan.ts';
import { STATE } from '../commands/source-keeping.ts';
import type { SourceContext, Stage, StageContext, StageInputs } from '../commands/stage.ts';
import { readDurable, readDurableJson } from '../epochs/durable-file.ts';
import { type Commit, epochFile, type StateDirectory } from '../epochs/state-directory.ts';
import { TidemarkError, usageError } from '../errors.ts';
import { BRANCH, type Leaf, MAIN, type Operator } from '../operators/operator.ts';
import { settle } from '../operators/work.ts';
import { changesOf } from '../state/shape.ts';
import type { OperatorState, SnapshotReader, StateShape } from '../state/snapshot.ts';
import { SavedSnapshot } from '../state/snapshot-file.ts';
import { PLAIN_HEADER } from '../stream/header.ts';
import type { Header, Marker } from '../stream/marker.ts';
import type { NamedHeader } from '../stream/merged-header.ts';
import { branchHeader, branchId } from './branch-output.ts';
import { stagesIn } from './inner-pipes.ts';
import { stateOfInputs } from './input-gate.ts';
import type { Plan, PlannedStage } from './plan.ts';
import { nameOfInput } from './running-inputs.ts';
import { NO_JOURNAL, POSITION, type SavedPosition } from './source-epochs.ts';
import { stageId } from './stage-id.ts';
import { SNAPSHOT, splitSnapshot } from './stage-snapshots.ts';
import { whileCommitted } from './state-look.ts';

/** What would become of the state of a directory, were a pipeline run with it. */
export interface StateCheck {
  /** An absolute path. */
  readonly directory: string;
  /** The epoch from which it would go on; null: it would begin anew. */
  readonly epoch: number | null;
  /** The stream was complete: what is new in the input is refused. */
  readonly drained: boolean;
  readonly goesOn: boolean;
  /** In the order of the pipeline; behind them those that it has no more. */
  readonly stages: readonly StageCheck[];
}

export type Fate = 'kept' | 'converted' | 'begins empty' | 'keeps nothing' | 'refused' | 'lost';

export interface StageCheck {
  readonly id: string;
  readonly command: string | null;
  readonly fate: Fate;
  /** What begins empty, though events have been before. */
  readonly added: readonly string[];
  readonly lost: readonly string[];
  /** What goes on in another way. */
  readonly changed: readonly string[];
  /** What has changed, or cannot be. */
  readonly refused: readonly string[];
}

/**
 * Compares a pipeline with what a directory has kept, as the run itself would: its stages are made and see the header of
 * the stream, but no input and no target is opened.
 * @throws TidemarkError `usage` for a pipeline that cannot keep state, `failed` where what was kept is damaged
 */
export async function checkAgainst(plan: Plan, directory: StateDirectory): Promise<StateCheck> {
  const sources = stagesIn(plan).filter(({ stage }) => stage.role === 'source') as PlannedStage[];
  if (sources.length === 0)
    throw usageError('the pipeline has no source, which is what keeps state', 'give it the whole line');
  if (plan.at(-1)!.stage.role !== 'sink')
    throw usageError('the pipeline has no sink, without which nothing is kept', 'give it the whole line');
  const compare = async (commit: Commit | undefined): Promise<StateCheck> => {
    const check = new Check(directory, commit);
    await check.line(plan);
    const result = check.result();
    // A run may have gone on meanwhile, and taken away what this commit had.
    if (!result.goesOn && commit !== undefined && (await directory.commit())?.epoch !== commit.epoch)
      throw new TidemarkError('failed', 'epochs are committed faster than they can be compared', {
        hint: 'stop the run first: tm state DIR --stop',
      });
    return result;
  };
  if (sources.some((source) => withState(source, directory.path).keeping!.reset)) return compare(undefined);
  await directory.refuseIncomplete(await directory.id());
  return whileCommitted(directory, compare);
}

/** The source as it is with `--state`. @throws TidemarkError `usage` where it cannot be */
function withState({ spec, given }: PlannedStage, directory: string): Extract<Stage, { role: 'source' }> {
  const options = new Map(given.options).set(STATE.name, directory);
  return spec.build({ ...given, options }) as Extract<Stage, { role: 'source' }>;
}

/** What may be said of a stage besides its fate. */
type Changes = Pick<StageCheck, 'added' | 'lost' | 'changed' | 'refused'>;

const NOTHING: Changes = { added: [], lost: [], changed: [], refused: [] };

class Check {
  readonly #directory: StateDirectory;
  /** Undefined: the pipeline would begin anew. */
  readonly #commit: Commit | undefined;
  readonly #stages: StageCheck[] = [];
  /** What branches begin with, by their places. */
  readonly #branches = new Map<string, Header>();
  /** What the stage has handed on that was shown a header last. */
  #header: Header = PLAIN_HEADER;

  constructor(directory: StateDirectory, commit: Commit | undefined) {
    this.#directory = directory;
    this.#commit = commit;
  }

  /** @returns what the line hands on */
  async line(line: Plan): Promise<Header> {
    let header = PLAIN_HEADER;
    for (const planned of line) {
      const { stage } = planned;
      if (stage.role === 'source') await this.#source(planned, withState(planned, this.#directory.path));
      else await this.#operator(planned, stage, await this.#merged(planned, stage.inputs, header));
      header = this.#header;
    }
    return header;
  }

  /** What a stage is given: of several inputs the one header of all. @param before what the stage before hands on */
  async #merged({ feeds }: PlannedStage, inputs: StageInputs | undefined, before: Header): Promise<Header> {
    if (inputs === undefined) return before;
    const headers: NamedHeader[] = [];
    for (const [number, place] of inputs.places.entries()) {
      const feed = feeds?.get(number);
      const header = place === '-' ? before : (this.#branches.get(place) ?? PLAIN_HEADER);
      headers.push({
        name: nameOfInput(place, number),
        header: feed === undefined ? header : await this.line(feed),
      });
    }
    return inputs.header(headers);
  }

  async #source({ name, options }: PlannedStage, stage: Extract<Stage, { role: 'source' }>): Promise<void> {
    const id = options.name ?? name;
    const saved = this.#commit === undefined ? undefined : await this.#savedPosition(id, this.#commit.epoch);
    const refused =
      this.#commit !== undefined && saved === undefined
        ? [`no position was kept for a source of the name ${id}`]
        : changesOf(saved?.shape ?? stage.keeping!.shape, stage.keeping!.shape);
    this.#header = PLAIN_HEADER;
    if (refused.length === 0) refused.push(...(await this.#probe(stage, options.maxLine, saved?.position)));
    this.#add(id, name, refused.length > 0 ? 'refused' : this.#keptOrEmpty(id), { refused });
    const { path: directory } = this.#directory;
    const state = { directory, id: '', attempt: 0, epoch: this.#commit?.epoch ?? 0, stages: [id] };
    this.#header = { ...this.#header, state };
  }

  async #operator(
    planned: PlannedStage,
    stage: Exclude<Stage, { role: 'source' }>,
    header: Header,
  ): Promise<void> {
    const { name, options } = planned;
    const refused: string[] = [];
    const operator = await this.#made(stage, options.maxLine);
    this.#header = header;
    try {
      if (operator === undefined) {
        this.#add(options.name ?? name, name, 'keeps nothing');
        return;
      }
      const outputs = stage.sides.size + (stage.branches?.places.size ?? 0);
      const inputs = stage.inputs === undefined ? undefined : stateOfInputs(stage.inputs.places);
      const keeps = (operator.state ?? inputs ?? operator.leaf) !== undefined || outputs > 0;
      const id = keeps ? stageId(name, options.name, header) : (options.name ?? name);
      const reference = header.state!;
      if (keeps) {
        if (reference.stages.includes(id)) refused.push(`another stage keeps its state under the name ${id}`);
        this.#header = { ...header, state: { ...reference, stages: [...reference.stages, id] } };
      }
      const known = this.#header;
      for (const [output, place] of stage.branches?.places ?? []) {
        const branch = branchHeader(known, name, branchId(header, name, output - BRANCH));
        this.#branches.set(place, { ...branch, state: known.state! });
      }
      try {
        await settle(operator.onMarker(0, { kind: 'stream', header: known }));
      } catch (error) {
        refused.push(messageOf(error));
      }
      const state = operator.state ?? inputs;
      if (refused.length > 0) this.#add(id, name, 'refused', { refused });
      else if (state === undefined) this.#add(id, name, keeps ? this.#keptOrEmpty(id) : 'keeps nothing');
      else await this.#compare(id, planned, state, operator.leaf);
    } finally {
      await operator?.abort?.();
    }
  }

  result(): StateCheck {
    const ids = new Set(this.#stages.map(({ id }) => id));
    for (const id of this.#commit?.stages ?? []) if (!ids.has(id)) this.#add(id, null, 'lost');
    return {
      directory: this.#directory.path,
      epoch: this.#commit?.epoch ?? null,
      drained: this.#commit?.drained === true,
      goesOn: this.#stages.every(({ fate }) => fate !== 'refused' && fate !== 'lost'),
      stages: this.#stages,
    };
  }

  async #savedPosition(id: string, epoch: number): Promise<SavedPosition | undefined> {
    const path = epochFile(this.#directory.folderOf(id), epoch, POSITION);
    return (await readDurableJson(path)) as SavedPosition | undefined;
  }

  /**
   * Lets the source take its position and write its header: one whose signal is aborted from the start reads nothing.
   * @returns why it does not
   */
  async #probe(
    stage: Extract<Stage, { role: 'source' }>,
    maxLine: number,
    position: unknown,
  ): Promise<string[]> {
    const context: SourceContext = {
      ...this.#context(stage, maxLine),
      signal: AbortSignal.abort(),
      members: [],
      reject: () => undefined,
      now: Date.now,
      epochs: {
        restored: position,
        due: () => false,
        untilDue: () => Number.POSITIVE_INFINITY,
        barrier: async () => {},
        onCommitted: undefined,
        journal: NO_JOURNAL,
      },
    };
    try {
      await stage.run(context);
      return [];
    } catch (error) {
      return [messageOf(error)];
    }
  }

  async #made(stage: Exclude<Stage, { role: 'source' }>, maxLine: number): Promise<Operator | undefined> {
    return stage.stateless === true ? undefined : stage.create(this.#context(stage, maxLine));
  }

  /** What a stage may reach here: nobody takes what it gives but the header. */
  #context({ sides }: Stage, maxLine: number): StageContext {
    return {
      emit: () => undefined,
      emitMarker: (output: number, marker: Marker) => {
        if (output === MAIN && marker.kind === 'stream') this.#header = marker.header;
        return undefined;
      },
      connected: (output) => output === MAIN || sides.has(output),
      notice: () => {},
      count: () => {},
      maxLine,
      rehearsal: true,
    };
  }

  async #compare(
    id: string,
    { name, given }: PlannedStage,
    state: OperatorState,
    leaf: Leaf | undefined,
  ): Promise<void> {
    if (this.#commit?.stages.includes(id) !== true) {
      this.#add(id, name, 'begins empty');
      return;
    }
    const saved = await this.#saved(id, this.#commit.epoch);
    const shape = saved.value('shape') as StateShape | undefined;
    if (shape === undefined) {
      this.#add(id, name, 'refused', { refused: [`what was kept for ${id} is of another kind of stage`] });
      return;
    }
    const { refused, added, lost } = state.compare(shape);
    const before =
      leaf === undefined ? undefined : (saved.value('leaf') as { name?: string } | undefined)?.name;
    const now = sinkName(given.arguments[0]);
    const changed =
      before === undefined || before === now ? [] : [`results went to ${before}, and go to ${now}`];
    const converted = added.length + lost.length + changed.length > 0;
    const fate = refused.length > 0 ? 'refused' : converted ? 'converted' : 'kept';
    this.#add(id, name, fate, { refused, added, lost, changed });
  }

  /** The last of the files that a snapshot consists of: it has all values. */
  async #saved(id: string, epoch: number): Promise<SnapshotReader> {
    const path = epochFile(this.#directory.folderOf(id), epoch, SNAPSHOT);
    const bytes = await readDurable(path);
    if (bytes === undefined) throw new TidemarkError('failed', `${path} is missing`);
    return new SavedSnapshot([splitSnapshot(bytes).content]);
  }

  #keptOrEmpty(id: string): Fate {
    return this.#commit?.stages.includes(id) === true ? 'kept' : 'begins empty';
  }

  #add(id: string, command: string | null, fate: Fate, changes: Partial<Changes> = {}): void {
    this.#stages.push({ id, command, fate, ...NOTHING, ...changes });
  }
}

/** What a refusal says; anything else is a fault. */
function messageOf(error: unknown): string {
  if (error instanceof TidemarkError) return error.message;
  throw error;
}
