import type { Frame } from './frame.ts';
import { FunctionFailure } from './function.ts';
import type { FieldNode, Node } from './node.ts';
import { EvaluationError, type Value } from './value.ts';

/** The value of a row. @throws EvaluationError */
export type Compute = (row: number) => Value;

/** What a condition comes to for a row: IS_FALSE … FAILED, with the frame's `failure`. Throws no EvaluationError. */
export type Decide = (row: number) => number;

/** What closures are made over, and of what is below a node. */
export interface Compiling {
  readonly frame: Frame;
  /** The index of a field's column. */
  column(node: FieldNode): number;
  value(node: Node): Compute;
  decision(node: Node): Decide;
}

/** What a function or a reader threw, with its place. */
export const atPlace = (error: unknown, at: number): unknown =>
  error instanceof FunctionFailure ? new EvaluationError(error.reason, at) : error;
