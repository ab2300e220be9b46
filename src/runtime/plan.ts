import { sidesOf } from '../commands/side-option.ts';
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
  /** Those that make its side inputs, by the name of each: `src/runtime/side-run.ts` runs them beside it. */
  readonly sideFeeds?: ReadonlyMap<string, Plan>;
}

/** The lines that feed a stage, each by the text that stands for it at the end of one of its words. */
export const feedsByText = ({ given, feeds, sideFeeds }: PlannedStage): (readonly [string, Plan])[] => [
  ...[...(feeds ?? [])].map(([number, feed]) => [given.arguments[number]!, feed] as const),
  ...sidesOf(given).flatMap(({ name, location }) => {
    const feed = sideFeeds?.get(name);
    return feed === undefined ? [] : [[location, feed] as const];
  }),
];

/** Stages in order; a source is the first, a sink the last. */
export type Plan = readonly PlannedStage[];
