import type { CommandSpec, Given } from '../commands/spec.ts';
import type { Stage } from '../commands/stage.ts';
import type { RunOptions } from './run-options.ts';

/** A stage that is about to run. */
export interface RunnableStage {
  /** For messages: `window`. */
  readonly name: string;
  readonly stage: Stage;
  readonly options: RunOptions;
  /** Of a stage that reads several streams: the stages that make those that are made in the same run, by number of the input. */
  readonly feeds?: ReadonlyMap<number, readonly RunnableStage[]>;
}

/**
 * A stage with all that is known of it before it runs. Whoever rewrites a plan (splits a stage over workers,
 * joins two) builds a stage anew from `spec` and a changed `given`.
 */
export interface PlannedStage extends RunnableStage {
  readonly spec: CommandSpec;
  readonly given: Given;
  /** The words behind the command's name that mean the same: for a process of its own. */
  readonly words: readonly string[];
  readonly feeds?: ReadonlyMap<number, Plan>;
}

/** Stages in order; a source is the first, a sink the last. */
export type Plan = readonly PlannedStage[];
