import type { ByteWriter } from '../json/byte-writer.ts';
import type { Batch } from '../stream/batch.ts';
import type { Projected } from '../stream/projection.ts';
import type { Expression } from './expression.ts';
import type { EvaluationError, Value } from './value.ts';

/** What a condition comes to for a row. */
export const IS_FALSE = 0;
export const IS_TRUE = 1;
export const IS_NULL = 2;
/** The event is to be rejected: `failure(row)` says why. */
export const FAILED = 3;

/** Gives the value of a bound name for a row of the batch. */
export type BoundValue = (name: string, batch: Batch, row: number) => Value;

/**
 * Computes expressions over the events of batches. One evaluator serves all expressions of an operator, so that the
 * members are found in one walk over each line.
 */
export declare class Evaluator {
  /** Names of the top-level members that are read (`Operator.reads`). */
  readonly names: readonly string[];
  constructor(expressions: readonly Expression[], capacity: number, bound?: BoundValue);
  /**
   * Finds the members of the batch's events; called once for each batch, before the others.
   * @throws TidemarkError `failed` with line and column where an event is not JSON
   */
  read(batch: Batch): void;
  /** For each event of the batch IS_TRUE … FAILED; a value that is no boolean is FAILED. Valid until the next call. */
  conditions(index: number): Uint8Array;
  /** @throws EvaluationError */
  value(index: number, row: number): Value;
  /**
   * Writes the value as JSON; what comes from the event untouched is copied as it stands.
   * @throws EvaluationError; then nothing was written
   */
  write(index: number, row: number, out: ByteWriter): void;
  /**
   * Values as members in the batch: their JSON is appended to the batch's bytes (none is moved), a field's stands where it is.
   * Rows that fail are ABSENT, and `failed[row]` of this expression is 1. Valid until the next `read`.
   */
  column(index: number): Projected;
  /** Why the row failed in the expression computed last for it. */
  failure(index: number, row: number): EvaluationError;
  /** Fields that no event so far has had, for the message at the end. */
  readonly unseen: readonly string[];
}
