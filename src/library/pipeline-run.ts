import type { SplitReader } from '../connectors/connector.ts';
import { openStdin } from '../connectors/stdin.ts';
import { errorOfStage, TidemarkError } from '../errors.ts';
import type { World } from '../operators/world.ts';
import type { RunningStage, StageWatch } from '../runtime/running-stage.ts';
import { type GivenLine, type Line, Lines } from './lines.ts';
import type { Run, RunState, StageMetrics } from './run.ts';

/** Stages joined in this process. Nothing is printed, no signal is handled, and the process goes on whatever happens. */
export class PipelineRun implements Run {
  state: RunState = 'running';
  readonly #lines: Lines;
  /** Where the program has begun it: errors are told from there, for what is thrown inside tells it nothing. */
  readonly #begun: string;
  readonly #stop = new AbortController();
  /** Aborted with the error when an operator fails between two calls. */
  readonly #failing = new AbortController();
  /** Aborted with either, and when one of several sources has stopped: no source reads on. */
  readonly #ending = new AbortController();
  /** What went wrong, and in which stage: those before it only pass the error on. */
  #failure: { readonly stage: RunningStage; readonly error: unknown } | undefined;
  readonly #watch: StageWatch = {
    failed: (stage, error) => {
      this.#failure ??= { stage, error };
    },
    stop: (error) => {
      this.#failing.abort(error);
    },
  };
  readonly #result: Promise<'done' | 'stopped'>;

  /**
   * @param world where it is not that of this machine
   * @throws TidemarkError `usage` for a pipeline that is merged and cannot be
   */
  constructor(given: GivenLine, world?: World) {
    this.#begun = framesOf(PipelineRun);
    this.#lines = new Lines(given, { run: this, watch: this.#watch, world, ending: this.#ending.signal });
    const signals = this.#lines.all.flatMap(({ signal }) => signal ?? []);
    const stop = (): void => this.#stop.abort();
    for (const signal of signals) {
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop);
    }
    this.#result = this.#run().finally(() => {
      for (const signal of signals) signal.removeEventListener('abort', stop);
    });
    // Told by `wait` and `state`: a failure ends no process whose program looks there later.
    this.#result.catch(() => {});
  }

  get metrics(): readonly StageMetrics[] {
    return this.#lines.metrics;
  }

  wait(): Promise<'done' | 'stopped'> {
    return this.#result;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#result.catch(() => {});
  }

  async #run(): Promise<'done' | 'stopped'> {
    try {
      const ended = await this.#runAll();
      this.state = ended ? 'done' : 'stopped';
      return this.state;
    } catch (error) {
      const failure = this.#failure ?? { stage: undefined, error };
      for (const stage of this.#lines.stages) await stage.abandon();
      // Who is stopped has nothing more to say of what that has cut off.
      if (this.#stop.signal.aborted && isCut(failure.error)) {
        this.state = 'stopped';
        return 'stopped';
      }
      this.state = 'failed';
      const { stage } = failure;
      const told =
        stage === undefined ? error : this.#lines.told(stage, errorOfStage(stage.name, failure.error));
      if (told instanceof TidemarkError) told.stack = `${told}\n${this.#begun}`;
      throw told;
    }
  }

  /** @returns false: it was stopped before the end of its input */
  async #runAll(): Promise<boolean> {
    // Whoever has called can take hold of the run first.
    await undefined;
    for (const stage of this.#lines.stages) await stage.open();
    await this.#runLines();
    const drained = this.#lines.all.every(({ first }) => first.ended);
    for (const stage of this.#lines.stages) await (drained ? stage.close() : stage.abandon());
    return drained;
  }

  /** Runs all lines to their ends. @throws what the first of them throws that fails */
  async #runLines(): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    const guarded = (task: Promise<void>): Promise<void> =>
      task.catch((error: unknown) => {
        failure ??= { error };
        this.#failing.abort(error);
      });
    const end = (): void => this.#ending.abort();
    const fail = (): void => {
      for (const { inputs } of this.#lines.stages) inputs?.fail(this.#failing.signal.reason);
      end();
    };
    for (const [{ signal }, then] of [
      [this.#stop, end],
      [this.#failing, fail],
    ] as const) {
      if (signal.aborted) then();
      else signal.addEventListener('abort', then);
    }
    await Promise.all(
      this.#lines.all.map((line) =>
        guarded(line.first.isSource ? this.#produce(line) : line.first.readAll(line.brought, stdin)),
      ),
    );
    if (failure !== undefined) throw failure.error;
  }

  /** Runs the source of a line to its end, or until it is stopped. */
  async #produce(line: Line): Promise<void> {
    const { first: source, into } = line;
    await source.produce(this.#ending.signal, this.#lines.behind(line), into?.first.inputs?.pace);
    this.#failing.signal.throwIfAborted();
    if (source.ended) return;
    // Who waits for its end would wait for ever.
    for (const { inputs } of this.#lines.stages) inputs?.stop();
    this.#ending.abort();
  }
}

const stdin = (signal: AbortSignal): SplitReader => openStdin(0, signal);

/** The stack behind this function, without the line of an error. */
function framesOf(behind: NewableFunction): string {
  const trace = { stack: '' };
  Error.captureStackTrace(trace, behind);
  return trace.stack.slice(trace.stack.indexOf('\n') + 1);
}

const isCut = (error: unknown): boolean => error instanceof TidemarkError && error.code === 'cut';
