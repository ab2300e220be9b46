import type { ProgramStream } from '../commands/spec.ts';
import type { Stage } from '../commands/stage.ts';
import type { ErrorCode } from '../errors.ts';
import type { World } from '../operators/world.ts';
import type { Run } from './run.ts';

interface Wrong {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
}

/** What side inputs may do with a pipeline that no reader may. */
export interface Fed {
  /** Whether its source keeps state. */
  readonly isKept: boolean;
  /** What is wrong with it. */
  check(): Promise<readonly Wrong[]>;
  /** Runs it into a stage. @throws TidemarkError `usage` where it ends with a sink, or is read already */
  into(last: { readonly name: string; readonly stage: Stage }, world: World | undefined): Run;
}

/** Of each pipeline. */
export const fed = new WeakMap<object, Fed>();

/** The pipelines that are streams of stages, by these. */
export const fedStreams = new WeakMap<ProgramStream, Fed>();
