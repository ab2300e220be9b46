import type { SplitReader } from '../connectors/connector.ts';
import { turn } from '../connectors/regular-reader.ts';
import { openStdin } from '../connectors/stdin.ts';
import { type Output, openStdout, ReaderClosed } from '../connectors/stdout.ts';
import { TidemarkError } from '../errors.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { Interrupts } from './interrupts.ts';
import type { Outlet } from './operator-host.ts';
import type { RunnableStage } from './plan.ts';
import { RunningStage, type StageWatch } from './running-stage.ts';
import { NOWHERE, StreamOutlet } from './stream-outlet.ts';

/** Where a pipeline without a source reads, and one without a sink writes. */
export interface Ends {
  openInput(signal: AbortSignal): SplitReader;
  openOutput(): Output;
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
  #running: RunningStage[] = [];
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
      for (const { name, options, counters } of this.#running) {
        if (options.stats) options.report.stats(name, counters);
      }
      this.#outlet?.release();
      this.#outlet = undefined;
    }
  }

  async #runAll(): Promise<number> {
    this.#join();
    for (const stage of this.#running) await stage.open();
    const [first] = this.#running;
    if (!first!.isSource) await this.#read(first!);
    else if (!(await this.#produce(first!))) {
      await this.#endBehind(first!);
      await this.#abandon();
      return this.#interrupts.exitCode;
    }
    await this.#close(this.#running);
    return first!.isSource ? this.#interrupts.exitCode : EXIT.done;
  }

  #join(): void {
    const last = this.#stages.at(-1)!;
    if (last.stage.role !== 'sink') this.#stdout = this.#ends.openOutput();
    if (this.#stdout !== undefined) this.#outlet = new StreamOutlet(this.#stdout);
    let outlet: Outlet = this.#outlet ?? NOWHERE;
    for (const stage of [...this.#stages].reverse()) {
      outlet = new RunningStage(stage, outlet, stage === this.#stages[0], this);
      this.#running.unshift(outlet as RunningStage);
    }
  }

  /** @returns false: it was stopped before the end of its input */
  async #produce(source: RunningStage): Promise<boolean> {
    const stop = new AbortController();
    for (const signal of [this.#interrupts.signal, this.#failing.signal]) {
      if (signal.aborted) stop.abort();
      else signal.addEventListener('abort', () => stop.abort());
    }
    await source.produce(stop.signal, this.#running.slice(1));
    this.#failing.signal.throwIfAborted();
    return source.ended;
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
    const behind = this.#running.slice(this.#running.indexOf(stopped) + 1);
    while (behind.length > 0) {
      if (await behind[0]!.drain()) {
        await this.#close(behind);
        return;
      }
      await behind.shift()!.abandon();
    }
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
    return exitCodeOf(error);
  }

  /** Leaves nothing half done. Never throws. */
  async #abandon(): Promise<void> {
    for (const stage of this.#running) await stage.abandon();
    this.#stdout?.abandon();
  }
}
