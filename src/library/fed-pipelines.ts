import type { ProgramStream } from '../commands/spec.ts';
import type { Stage } from '../commands/stage.ts';
import type { ErrorCode } from '../errors.ts';
import type { World } from '../operators/world.ts';
import type { Run, RunSettings } from './run.ts';
import type { AnyPart } from './step.ts';

interface Wrong {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
}

/** What side inputs and merges may do with a pipeline that no reader may. */
export interface Fed {
  /** Whether its source keeps state. */
  readonly isKept: boolean;
  /** Whether it ends with a sink. */
  readonly hasSink: boolean;
  readonly parts: readonly AnyPart[];
  readonly settings: RunSettings;
  /** It runs as a part of this run. @throws TidemarkError `usage` where it is read already, or its source names nothing */
  begin(run: Pick<Run, 'state' | 'metrics'>): void;
  /** What is wrong with it. */
  check(): Promise<readonly Wrong[]>;
  /** Runs it into a stage. @throws TidemarkError `usage` where it ends with a sink, or is read already */
  into(last: { readonly name: string; readonly stage: Stage }, world: World | undefined): Run;
}

/** Of each pipeline. */
export const fed = new WeakMap<object, Fed>();

/** The pipelines that are streams of stages, by these. */
export const fedStreams = new WeakMap<ProgramStream, Fed>();
