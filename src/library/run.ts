import type { Stage } from '../commands/stage.ts';
import { errorOfStage, TidemarkError } from '../errors.ts';
import { DEFAULT_MAX_LINE } from '../formats/line-limit.ts';
import type { World } from '../operators/world.ts';
import type { Outlet } from '../runtime/operator-host.ts';
import type { RunnableStage } from '../runtime/plan.ts';
import type { RunOptions } from '../runtime/run-options.ts';
import { RunningStage, type StageWatch } from '../runtime/running-stage.ts';
import { NOWHERE } from '../runtime/stream-outlet.ts';
import type { AnyPart } from './step.ts';

/** What a command would print for people: late events, rejected records. */
export interface Notice {
  /** The command that tells it: `combine`. */
  readonly stage: string;
  /** One line, without a full stop. */
  readonly message: string;
  /** What to do; undefined: nothing is known. */
  readonly hint: string | undefined;
}

/** What was counted in a stage so far. */
export interface StageMetrics {
  readonly stage: string;
  /** By name: `events_in`, `events_out`, `late` …, and at the end `milliseconds`. */
  readonly counters: Readonly<Record<string, number>>;
}

/** How a run stands. `stopped`: it was ended before its input was. */
export type RunState = 'running' | 'done' | 'stopped' | 'failed';

/** Settings of a pipeline. */
export interface RunSettings {
  /** Bytes that a line may have; 16 MiB when left out. */
  readonly maxLine?: number | undefined;
  /** Ends the run as `stop()` does. */
  readonly signal?: AbortSignal | undefined;
  /** Told what a command would print for people. What it throws ends the run. */
  readonly onNotice?: ((notice: Notice) => void) | undefined;
}

/** A pipeline that runs. */
export interface Run {
  readonly state: RunState;
  /** Of each stage, in order. */
  readonly metrics: readonly StageMetrics[];
  /**
   * Ends the run, as SIGINT ends a command: open windows are not fired, and a file of results does not appear, unless the
   * source says `onInterrupt: 'drain'`; with `state` the next run goes on from there. Settles when all is closed.
   */
  stop(): Promise<void>;
  /**
   * Settles when the run is `done` or `stopped`.
   * @throws TidemarkError with `code`, `stage`, and where it is of one record `line`
   */
  wait(): Promise<'done' | 'stopped'>;
}

/** Stages joined in this process. Nothing is printed, no signal is handled, and the process goes on whatever happens. */
export class PipelineRun implements Run {
  state: RunState = 'running';
  readonly #running: RunningStage[] = [];
  readonly #stop = new AbortController();
  /** Aborted with the error when an operator fails between two calls. */
  readonly #failing = new AbortController();
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

  /** @param world where it is not that of this machine */
  constructor(
    parts: readonly AnyPart[],
    last: RunnableEnd | undefined,
    settings: RunSettings,
    world?: World,
  ) {
    const { signal } = settings;
    const stages = parts.map(({ command, stage, name }) => runnable(command, stage, name, settings, world));
    if (last !== undefined) stages.push(runnable(last.name, last.stage, undefined, settings, world));
    let outlet: Outlet = NOWHERE;
    for (const stage of [...stages].reverse()) {
      const running = new RunningStage(stage, outlet, stage === stages[0], this.#watch);
      this.#running.unshift(running);
      outlet = running;
    }
    const stop = (): void => this.#stop.abort();
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop);
    this.#result = this.#run().finally(() => signal?.removeEventListener('abort', stop));
    // Told by `wait` and `state`: a failure ends no process whose program looks there later.
    this.#result.catch(() => {});
  }

  get metrics(): readonly StageMetrics[] {
    return this.#running.map(({ name, counters }) => ({
      stage: name,
      counters: Object.fromEntries(counters),
    }));
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
      for (const stage of this.#running) await stage.abandon();
      // Who is stopped has nothing more to say of what that has cut off.
      if (this.#stop.signal.aborted && isCut(failure.error)) {
        this.state = 'stopped';
        return 'stopped';
      }
      this.state = 'failed';
      throw failure.stage === undefined ? error : errorOfStage(failure.stage.name, failure.error);
    }
  }

  /** @returns false: it was stopped before the end of its input */
  async #runAll(): Promise<boolean> {
    // Whoever has called can take hold of the run first.
    await undefined;
    for (const stage of this.#running) await stage.open();
    const [source, ...behind] = this.#running;
    const ending = new AbortController();
    for (const { signal } of [this.#stop, this.#failing]) {
      if (signal.aborted) ending.abort();
      else signal.addEventListener('abort', () => ending.abort());
    }
    await source!.produce(ending.signal, behind);
    this.#failing.signal.throwIfAborted();
    if (!source!.ended) {
      for (const stage of this.#running) await stage.abandon();
      return false;
    }
    for (const stage of this.#running) await stage.close();
    return true;
  }
}

/** What is put behind the parts of a pipeline. */
export interface RunnableEnd {
  readonly name: string;
  readonly stage: Stage;
}

const isCut = (error: unknown): boolean => error instanceof TidemarkError && error.code === 'cut';

function runnable(
  command: string,
  stage: Stage,
  name: string | undefined,
  { maxLine = DEFAULT_MAX_LINE, onNotice }: RunSettings,
  world: World | undefined,
): RunnableStage {
  const options: RunOptions = {
    stats: true,
    eof: 'cut',
    maxLine,
    name,
    world,
    report: {
      error: () => {},
      stats: () => {},
      notice: (told, message, hint) => onNotice?.({ stage: told, message, hint }),
    },
  };
  return { name: command, stage, options };
}
