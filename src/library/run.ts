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
