import { Buffer } from 'node:buffer';
import type { Batch } from '../stream/batch.ts';
import { NumberColumn } from '../stream/numbers.ts';
import type { Projected } from '../stream/projection.ts';
import { FAILED } from './condition.ts';
import { FunctionFailure } from './function.ts';
import { readNumber } from './json-value.ts';
import { EvaluationError, type Value } from './value.ts';

/** Gives the value of a bound name for a row of the batch. */
export type BoundValue = (name: string, batch: Batch, row: number) => Value;

/** What compiled expressions read: the batch that is computed, its members as columns, the variables of macros. */
export class Frame {
  batch: Batch | undefined;
  bytes: Buffer = Buffer.alloc(0);
  /** Of macros, by slot; what was left there last means nothing. */
  readonly variables: Value[] = [];
  /** Why the row failed that was computed last. */
  failure = new EvaluationError('', 0);
  readonly bound: BoundValue | undefined;
  /** Bound names that are members of each event, be they null or not. */
  readonly members: ReadonlySet<string>;
  readonly #columns: readonly Projected[];
  readonly #capacity: number;
  /** Columns read as numbers for each batch, by index of their member. */
  readonly #numbers: (NumberColumn | undefined)[] = [];

  constructor(
    columns: readonly Projected[],
    capacity: number,
    bound: BoundValue | undefined,
    members: ReadonlySet<string>,
  ) {
    this.members = members;
    this.#columns = columns;
    this.#capacity = capacity;
    this.bound = bound;
  }

  column(index: number): Projected {
    return this.#columns[index]!;
  }

  /** The column as numbers, from the next batch on. */
  numbers(index: number): NumberColumn {
    this.#numbers[index] ??= new NumberColumn(this.column(index), this.#capacity, this.bytes);
    return this.#numbers[index];
  }

  read(batch: Batch): void {
    this.batch = batch;
    this.bytes = batch.bytes;
    for (const column of this.#numbers) column?.read(batch);
  }

  /** Gives FAILED, and keeps why. */
  fail(reason: string, at: number): typeof FAILED {
    this.failure = new EvaluationError(reason, at);
    return FAILED;
  }

  /** FAILED where the number b[start, end) has no value; else undefined. */
  checkNumber(start: number, end: number, at: number): typeof FAILED | undefined {
    // Shorter numbers are within the range of doubles.
    if (end - start < 4) return undefined;
    try {
      readNumber(this.bytes, start, end);
      return undefined;
    } catch (error) {
      if (!(error instanceof FunctionFailure)) throw error;
      return this.fail(error.reason, at);
    }
  }

  /** The batch's bytes may have grown since. */
  refresh(): void {
    this.bytes = this.batch!.bytes;
  }
}
