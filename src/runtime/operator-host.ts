import type { ProgramPlace, Stage, StageContext } from '../commands/stage.ts';
import type { SpillFolder } from '../epochs/spill-folder.ts';
import { usageError } from '../errors.ts';
import { BRANCH, MAIN, type Operator } from '../operators/operator.ts';
import { settle } from '../operators/work.ts';
import type { World } from '../operators/world.ts';
import type { OperatorState } from '../state/snapshot.ts';
import { type Batch, endsTime } from '../stream/batch.ts';
import type { EndReason, Header, Marker } from '../stream/marker.ts';
import { BranchOutput, branchHeader, branchId } from './branch-output.ts';
import type { KeptSide } from './kept-side.ts';
import { SideOutput } from './side-output.ts';
import type { StageEpochs } from './stage-epochs.ts';
import type { Voice } from './voice.ts';

/** Where the main output of a stage goes: a pipe, or the next stage of the same process. */
export interface Outlet {
  emit(batch: Batch): undefined | Promise<void>;
  emitMarker(marker: Marker): undefined | Promise<void>;
}

/** What a stage is called. */
export interface StageName {
  readonly command: string;
  /** `--name`: under which its state is kept. */
  readonly given: string | undefined;
}

/**
 * Makes the operator of a stage and gives it its context and its side outputs: these begin before the header
 * reaches it, and are committed before the end goes on. In a stream whose source keeps state, the stage is restored
 * behind the header, and saved at each barrier before that goes on.
 */
export class OperatorHost {
  readonly #stage: Exclude<Stage, { role: 'source' }>;
  readonly #outlet: Outlet;
  readonly #voice: Voice;
  readonly #maxLine: number;
  readonly #name: StageName;
  readonly #world: World | undefined;
  /** Side outputs and branches by number, of a stream without state. */
  readonly #sides = new Map<number, SideOutput | BranchOutput>();
  /** And those of one with state; from its header on. */
  readonly #keptSides = new Map<number, KeptSide>();
  #epochs: StageEpochs | undefined;
  /** Files for state that does not fit in memory, once there are any. */
  #spill: Promise<SpillFolder> | undefined;
  /** The last watermark has gone out. */
  #complete = false;
  /** How the stream has ended; undefined: it has not, or goes on. */
  #ended: EndReason | undefined;
  #operator: Operator | undefined;
  /** What is kept of several inputs, where the operator keeps nothing itself. */
  #inputs: OperatorState | undefined;
  /** Branches that go elsewhere in the same run, by number. */
  readonly #inner: ReadonlyMap<number, ProgramPlace>;

  /**
   * @param maxLine bytes that a line may have
   * @param world where it is not that of this machine
   * @param inner branches that go elsewhere in the same run, by number
   */
  constructor(
    stage: Exclude<Stage, { role: 'source' }>,
    outlet: Outlet,
    voice: Voice,
    maxLine: number,
    name: StageName,
    world?: World,
    inner: ReadonlyMap<number, ProgramPlace> = new Map(),
  ) {
    this.#inner = inner;
    this.#stage = stage;
    this.#outlet = outlet;
    this.#voice = voice;
    this.#maxLine = maxLine;
    this.#name = name;
    this.#world = world;
  }

  /** What is kept. An operator may know what it keeps when it has been shown the header, and not before. */
  get #state(): OperatorState | undefined {
    return this.#operator?.state ?? this.#inputs;
  }

  get #branches(): ReadonlyMap<number, string> {
    return this.#stage.branches?.places ?? NONE;
  }

  get #whenClosed(): 'drop' | 'fail' {
    return this.#stage.branches?.whenClosed ?? 'fail';
  }

  /** Members that the operator reads (`Operator.reads`), once it is open. */
  get reads(): readonly string[] | undefined {
    return this.#operator?.reads;
  }

  /**
   * The operator, to be fed with batches and markers.
   * @param inputs what is kept of several inputs, for an operator that keeps nothing itself
   */
  async open(inputs?: OperatorState): Promise<Operator> {
    const operator = await this.#stage.create(this.#context());
    this.#operator = operator;
    this.#inputs = inputs;
    const outputs = this.#stage.sides.size + this.#branches.size;
    if (outputs === 0 && this.#state === undefined && operator.leaf === undefined) return operator;
    return {
      onBatch: (input, batch) => operator.onBatch(input, batch),
      onMarker: (input, marker) => {
        if (marker.kind === 'stream') return this.#begin(operator, input, marker.header);
        if (marker.kind === 'barrier' && this.#epochs !== undefined)
          return this.#save(operator, input, marker, this.#epochs);
        return operator.onMarker(input, marker);
      },
    };
  }

  /** The input ended as it should. */
  async close(): Promise<void> {
    if (this.#ended !== 'skipped') await this.#epochs?.finish();
    await this.#operator?.close?.();
    for (const side of this.#keptSides.values()) await side.end(this.#ended ?? 'drained');
    await this.#release();
    if (this.#ended !== 'suspended') return;
    for (const side of this.#sides.values()) await side.commit('suspended');
  }

  /** Leaves nothing half done. Never throws. */
  async abandon(): Promise<void> {
    await this.#operator?.abort?.();
    for (const side of this.#sides.values()) await side.abandon();
    for (const side of this.#keptSides.values()) await side.close();
    for (const place of this.#stage.places?.values() ?? []) place.abandon();
    await this.#release();
  }

  async #release(): Promise<void> {
    (await this.#spill)?.release();
    this.#spill = undefined;
    this.#epochs?.release();
    this.#epochs = undefined;
  }

  #context(): StageContext {
    return {
      emit: (output, batch) => {
        if (this.#epochs !== undefined && endsTime(batch)) this.#complete = true;
        if (output !== MAIN) return (this.#keptSides.get(output) ?? this.#sides.get(output))?.emit(batch);
        return this.#outlet.emit(batch);
      },
      // A side output has markers of its own: its header and its end.
      emitMarker: (output, marker) => {
        if (output !== MAIN) return undefined;
        if (marker.kind === 'end') return this.#end(marker.reason);
        return marker.kind === 'idle' && this.#branches.size > 0
          ? this.#idle()
          : this.#outlet.emitMarker(marker);
      },
      connected: (output) => output === MAIN || this.#stage.sides.has(output) || this.#branches.has(output),
      notice: (message, hint) => this.#voice.notice(message, hint),
      count: (name, by) => this.#voice.count(name, by),
      fail: (error) => this.#voice.fail?.(error),
      maxLine: this.#maxLine,
      world: this.#world,
      spill: () => this.#spillFolder(),
    };
  }

  /** In the state directory where there is one, else temporary. */
  #spillFolder(): Promise<SpillFolder> {
    this.#spill ??= import('../epochs/spill-folder.ts').then(
      ({ SpillFolder }) => new SpillFolder(this.#epochs?.folder),
    );
    return this.#spill;
  }

  async #begin(operator: Operator, input: number, header: Header): Promise<void> {
    this.#ended = undefined;
    const isKept = header.state !== undefined || header.other.skipped === true;
    if (isKept && this.#stage.places !== undefined)
      throw usageError(
        'a branch of the program takes nothing back, and where the source keeps state each goes to a file',
        "name a file, which has each event once, and read that: source('late.stream', { format: 'stream' })",
      );
    if (header.state !== undefined) {
      await this.#beginKeeping(operator, input, header, header.state);
      return;
    }
    for (const [output, path] of this.#stage.sides) {
      const side = this.#sides.get(output) ?? new SideOutput(path, this.#stage.places?.get(path));
      this.#sides.set(output, side);
      await side.begin(header);
    }
    for (const [output, place] of this.#branches) {
      const { command } = this.#name;
      const branch =
        this.#sides.get(output) ??
        new BranchOutput(
          place,
          branchId(header, command, output - BRANCH),
          command,
          this.#whenClosed,
          this.#inner.get(output) ?? this.#stage.places?.get(place),
        );
      this.#sides.set(output, branch);
      await branch.begin(header);
    }
    await settle(operator.onMarker(input, { kind: 'stream', header }));
  }

  async #beginKeeping(
    operator: Operator,
    input: number,
    header: Header,
    reference: NonNullable<Header['state']>,
  ): Promise<void> {
    // What a command without state never needs is loaded here.
    const [{ StageEpochs }, { KeptSide }, { stageId }, { refuseLive }] = await Promise.all([
      import('./stage-epochs.ts'),
      import('./kept-side.ts'),
      import('./stage-id.ts'),
      import('./live-branches.ts'),
    ]);
    const files = [...this.#branches].filter(([output]) => !this.#inner.has(output));
    refuseLive(files.map(([, place]) => place));
    const { command } = this.#name;
    const id = stageId(command, this.#name.given, header);
    this.#epochs = await StageEpochs.register(
      reference,
      id,
      { command, last: operator.leaf !== undefined },
      this.#voice,
    );
    for (const [output, path] of this.#stage.sides) this.#keptSides.set(output, new KeptSide(path, header));
    for (const [output, place] of files) {
      const own = branchHeader(header, command, branchId(header, command, output - BRANCH));
      this.#keptSides.set(output, new KeptSide(place, own));
    }
    const known = { ...header, state: { ...reference, stages: [...reference.stages, id] } };
    for (const [output, pipe] of this.#inner) {
      const branch = new BranchOutput(
        this.#branches.get(output)!,
        branchId(header, command, output - BRANCH),
        command,
        this.#whenClosed,
        pipe,
      );
      this.#sides.set(output, branch);
      await branch.begin(known);
    }
    await settle(operator.onMarker(input, { kind: 'stream', header: known }));
    await this.#epochs.restore({
      state: this.#state,
      leaf: operator.leaf,
      sides: new Map([...this.#keptSides].map(([output, side]) => [String(output), side])),
      committed: operator.committed === undefined ? undefined : (epoch) => operator.committed!(epoch),
    });
    if (this.#epochs.hasSpilled) (await this.#spillFolder()).removeOthers();
  }

  /** What was before the barrier is dealt with: saves it, then lets the barrier go on. */
  async #save(
    operator: Operator,
    input: number,
    barrier: Extract<Marker, { kind: 'barrier' }>,
    epochs: StageEpochs,
  ): Promise<void> {
    await this.#state?.pause?.();
    if (this.#complete) for (const side of this.#keptSides.values()) await side.complete();
    await epochs.save(barrier.epoch);
    // Those that go elsewhere in the run are in the same epochs.
    for (const side of this.#sides.values())
      if (side instanceof BranchOutput) await side.barrier(barrier, this.#complete);
    await settle(operator.onMarker(input, barrier));
  }

  async #idle(): Promise<void> {
    for (const side of this.#sides.values()) if (side instanceof BranchOutput) await side.idle();
    await this.#outlet.emitMarker({ kind: 'idle' });
  }

  /** The sides first: where one of them fails, the commands behind must not hear of an end. */
  async #end(reason: EndReason): Promise<void> {
    this.#ended = reason;
    for (const side of this.#sides.values()) {
      if (reason === 'drained') await side.commit('drained');
      else if (reason === 'skipped')
        await (side instanceof BranchOutput ? side.commit(reason) : side.abandon());
      // With state it is the end of this run; without, the stream may still go on.
      else if (this.#epochs !== undefined && side instanceof BranchOutput) await side.commit(reason);
    }
    await this.#outlet.emitMarker({ kind: 'end', reason });
  }
}

const NONE: ReadonlyMap<number, string> = new Map();

/** The members that operators behind a source read, as far as events keep the members that they came with. */
export function membersRead(hosts: readonly OperatorHost[]): string[] {
  const names = new Set<string>();
  for (const { reads } of hosts) {
    if (reads === undefined) break;
    for (const name of reads) names.add(name);
  }
  return [...names];
}
