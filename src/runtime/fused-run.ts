import { SUSPENDED } from '../commands/stage.ts';
import type { SplitReader } from '../connectors/connector.ts';
import type { InnerPipe } from '../connectors/inner-pipe.ts';
import { turn } from '../connectors/regular-reader.ts';
import { openStdin } from '../connectors/stdin.ts';
import { type Output, openStdout, ReaderClosed } from '../connectors/stdout.ts';
import { TidemarkError } from '../errors.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { type InnerPipes, innerPipes, inputBefore, stagesIn } from './inner-pipes.ts';
import { Interrupts } from './interrupts.ts';
import type { Outlet } from './operator-host.ts';
import type { RunnableStage } from './plan.ts';
import { RunningStage, type StageWatch } from './running-stage.ts';
import { SharedEpochs, sharedKeeping } from './shared-epochs.ts';
import { NOWHERE, PipeOutlet, StreamOutlet } from './stream-outlet.ts';

/** Where a pipeline without a source reads, and one without a sink writes. */
export interface Ends {
  openInput(signal: AbortSignal): SplitReader;
  openOutput(): Output;
}

/** Stages that hand their batches on to each other. */
interface Line {
  readonly stages: readonly RunningStage[];
  /** The stage that its stream is an input of; undefined: it is the pipeline itself. */
  readonly owner: RunningStage | undefined;
  /** By stage: which of its inputs are brought by other stages. */
  readonly brought: ReadonlyMap<RunningStage, ReadonlySet<number>>;
  /** Stops its source. */
  readonly stop: AbortController;
}

/** @param behind whether another stage stands before it, and hands it batches */
function broughtTo(stage: RunnableStage, behind: boolean): ReadonlySet<number> {
  const before = behind ? inputBefore(stage) : -1;
  return new Set([...(stage.feeds?.keys() ?? []), ...(before < 0 ? [] : [before])]);
}

const STANDARD: Ends = { openInput: (signal) => openStdin(0, signal), openOutput: openStdout };

/**
 * Stages joined in this process, from stdin (a source: from its locations) to stdout (a sink: to its target). A
 * single one is a command of a pipe. Each hands its batches on; nothing is printed and read between them.
 */
export class FusedRun implements StageWatch {
  readonly #stages: readonly RunnableStage[];
  readonly #ends: Ends;
  readonly #interrupts: Interrupts;
  /** Aborted with the error when an operator fails between two calls: it ends the wait for input. */
  readonly #failing = new AbortController();
  #stdout: Output | undefined;
  /** What is in front of `#stdout`, given back when the run has ended. */
  #outlet: StreamOutlet | undefined;
  /** The same in front of pipes between stages. */
  readonly #outlets: PipeOutlet[] = [];
  /** The pipeline itself. */
  #running: RunningStage[] = [];
  /** The lines of stages of this run: those that feed an input of a stage first, the pipeline last. */
  readonly #lines: Line[] = [];
  /** What its sources share that keep state; undefined: none does. */
  #epochs: SharedEpochs | undefined;
  /** What went wrong, and in which stage: those before it only pass the error on. */
  #failure: { readonly stage: RunningStage; readonly error: unknown } | undefined;

  /** @param stages at least one; a source only first, a sink only last */
  constructor(stages: readonly RunnableStage[], process: NodeJS.Process, ends = STANDARD) {
    this.#stages = stages;
    this.#ends = ends;
    this.#interrupts = new Interrupts(process, () => this.#abandon());
  }

  /** @returns the exit code: that of the first stage that failed */
  async run(): Promise<number> {
    try {
      return await this.#runAll();
    } catch (error) {
      // Without a stage it is standard output that cannot be opened: the last one's.
      const last = this.#stages.at(-1)!;
      const failure = this.#failure ?? { stage: this.#running.at(-1), error };
      this.#failure = undefined;
      const code = await this.#report(failure.stage ?? last, failure.error);
      // Who stands behind may take a sudden end for the end; the others leave nothing half done.
      if (failure.stage !== undefined) {
        await this.#endBehind(failure.stage).catch((later) =>
          this.#report(this.#failure?.stage ?? last, later),
        );
      }
      await this.#abandon();
      return code;
    } finally {
      await this.#epochs?.close();
      for (const { name, options, counters } of this.#all) {
        if (options.stats) options.report.stats(name, counters);
      }
      this.#outlet?.release();
      this.#outlet = undefined;
      for (const outlet of this.#outlets.splice(0)) outlet.release();
    }
  }

  async #runAll(): Promise<number> {
    this.#joinAll();
    for (const stage of this.#all) await stage.open();
    await this.#runLines();
    const stopped = this.#all.find((stage) => stage.isSource && !stage.ended);
    if (stopped !== undefined) {
      await this.#endBehind(stopped);
      await this.#abandon();
      return this.#interrupts.exitCode;
    }
    await this.#close(this.#all);
    return this.#all.some(({ isSource }) => isSource) ? this.#interrupts.exitCode : EXIT.done;
  }

  /** All stages: those that feed others before them. */
  get #all(): RunningStage[] {
    return this.#lines.flatMap(({ stages }) => stages);
  }

  #joinAll(): void {
    const last = this.#stages.at(-1)!;
    if (last.stage.role !== 'sink') this.#stdout = this.#ends.openOutput();
    if (this.#stdout !== undefined) this.#outlet = new StreamOutlet(this.#stdout);
    const pipes = innerPipes(this.#stages);
    const keeping = stagesIn(this.#stages).flatMap(({ stage }) =>
      stage.role === 'source' && stage.keeping !== undefined ? [stage.keeping] : [],
    );
    if (keeping.length > 0) this.#epochs = new SharedEpochs(sharedKeeping(keeping), keeping.length);
    this.#running = this.#join(this.#stages, this.#outlet ?? NOWHERE, undefined, pipes);
  }

  /** Joins the stages of a line, and those that feed them. @param owner whom it feeds */
  #join(
    line: readonly RunnableStage[],
    last: Outlet,
    owner: RunningStage | undefined,
    pipes: InnerPipes,
  ): RunningStage[] {
    const stages: RunningStage[] = [];
    let outlet = last;
    for (const stage of [...line].reverse()) {
      const running = new RunningStage(stage, outlet, stage === line[0], this, {
        written: pipes.written.get(stage),
        read: pipes.read.get(stage),
        around: owner?.inputs?.pace,
        onExhausted: (exhausted) => this.#stopBefore(exhausted),
        epochs: this.#epochs,
      });
      stages.unshift(running);
      for (const [input, feed] of stage.feeds ?? [])
        this.#join(feed, running.inputs!.input(input), running, pipes);
      const pipe = pipes.before.get(stage);
      outlet = pipe === undefined ? running : this.#through(pipe);
    }
    const brought = new Map(
      stages.map((running, index) => {
        const stage = line[index]!;
        return [running, broughtTo(stage, index > 0 && !pipes.before.has(stage))];
      }),
    );
    this.#lines.push({ stages, owner, brought, stop: new AbortController() });
    return stages;
  }

  #through(pipe: InnerPipe): PipeOutlet {
    const outlet = new PipeOutlet(pipe);
    this.#outlets.push(outlet);
    return outlet;
  }

  /** Runs all lines to their ends. @throws what the first of them throws that fails */
  async #runLines(): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    const guarded = (task: Promise<void>): Promise<void> =>
      task.catch((error: unknown) => {
        failure ??= { error };
        this.#failing.abort(error);
      });
    const stop = (): void => {
      for (const line of this.#lines) line.stop.abort();
    };
    const fail = (): void => {
      // Its failure is that of the sources, which throw it.
      this.#epochs?.fail(this.#failing.signal.reason).catch(() => {});
      for (const { inputs } of this.#all) inputs?.fail(this.#failing.signal.reason);
      stop();
    };
    const [interrupted, failing] = [this.#interrupts.signal, this.#failing.signal];
    if (interrupted.aborted) stop();
    else interrupted.addEventListener('abort', stop);
    if (failing.aborted) fail();
    else failing.addEventListener('abort', fail);
    const openInput = (signal: AbortSignal): SplitReader => this.#ends.openInput(signal);
    const tasks = this.#lines.flatMap((line) => {
      const [first] = line.stages;
      const read = [...line.brought].flatMap(([stage, brought]) =>
        stage.inputs === undefined ? [] : [guarded(stage.readAll(brought, openInput))],
      );
      if (first!.isSource) return [...read, guarded(this.#produce(line))];
      return first!.inputs === undefined ? [...read, guarded(this.#read(first!))] : read;
    });
    await Promise.all(tasks);
    if (failure !== undefined) throw failure.error;
  }

  /** Runs the source of a line to its end, or until it is stopped. */
  async #produce({ stages, owner, stop }: Line): Promise<void> {
    const [source, ...rest] = stages;
    const several = (owner ?? rest.find(({ inputs }) => inputs !== undefined))?.inputs;
    await source!.produce(stop.signal, [...rest, ...this.#fedBy(owner)], several?.pace);
    this.#failing.signal.throwIfAborted();
    // Who waits for its end would wait for ever.
    if (!source!.ended) for (const { inputs } of this.#all) inputs?.stop();
  }

  /** Stops the sources of the inputs of a stage: nothing more of them is taken in this run. */
  #stopBefore(stage: RunningStage): void {
    for (const line of this.#lines) {
      const behind = [...line.stages, ...this.#fedBy(line.owner)];
      if (behind.includes(stage)) line.stop.abort(SUSPENDED);
    }
  }

  async #read(first: RunningStage): Promise<void> {
    const input = this.#ends.openInput(this.#failing.signal);
    try {
      await first.read(input);
    } finally {
      await input.close();
      // The cause, not what the sudden end of the input looks like.
      this.#failing.signal.throwIfAborted();
    }
  }

  async #close(stages: readonly RunningStage[]): Promise<void> {
    for (const stage of stages) await stage.close();
    await this.#stdout?.close();
    this.#stdout = undefined;
  }

  /** Behind a stage that has stopped: the first that takes that for its end ends all from there on. */
  async #endBehind(stopped: RunningStage): Promise<void> {
    const { stages, owner } = this.#lines.find((line) => line.stages.includes(stopped))!;
    const behind = [...stages.slice(stages.indexOf(stopped) + 1), ...this.#fedBy(owner)];
    while (behind.length > 0) {
      if (await behind[0]!.drain()) {
        await this.#close(behind);
        return;
      }
      await behind.shift()!.abandon();
    }
  }

  /** A stage that a line feeds, with all that is behind it. */
  #fedBy(owner: RunningStage | undefined): RunningStage[] {
    if (owner === undefined) return [];
    const line = this.#lines.find(({ stages }) => stages.includes(owner))!;
    return [...line.stages.slice(line.stages.indexOf(owner)), ...this.#fedBy(line.owner)];
  }

  failed(stage: RunningStage, error: unknown): void {
    this.#failure ??= { stage, error };
  }

  stop(error: unknown): void {
    this.#failing.abort(error);
  }

  async #report({ name, options }: Pick<RunnableStage, 'name' | 'options'>, error: unknown): Promise<number> {
    // Nobody reads on: the end of the work, quietly.
    if (error instanceof ReaderClosed) return EXIT.done;
    const isCut = error instanceof TidemarkError && error.code === 'cut';
    if (isCut) {
      // A signal that has also stopped the input must be seen first.
      await turn();
      await turn();
    }
    // Who got the signal too knows why the input stops.
    if (!isCut || this.#interrupts.exitCode === 0) options.report.error(name, error);
    // A source of this run has it too, whichever stage has first felt that.
    return isCut && this.#all.some(({ isSource }) => isSource) && this.#interrupts.exitCode !== 0
      ? this.#interrupts.exitCode
      : exitCodeOf(error);
  }

  /** Leaves nothing half done. Never throws. */
  async #abandon(): Promise<void> {
    for (const stage of this.#all) await stage.abandon();
    this.#stdout?.abandon();
  }
}
