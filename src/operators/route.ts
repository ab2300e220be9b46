import { type BoundValue, Evaluator, FAILED, IS_TRUE } from '../expressions/evaluator.ts';
import { checkConditions, type Expression } from '../expressions/expression.ts';
import { BATCH_ROWS, type Batch, EVENT, SKIPPED } from '../stream/batch.ts';
import { throughCommand } from '../stream/header.ts';
import type { Marker } from '../stream/marker.ts';
import { BranchRows, NO_BRANCH } from './branch-rows.ts';
import { MAIN, type Operator, type OperatorContext, type Work } from './operator.ts';
import { RejectedEvents } from './rejected-events.ts';
import { tellUnseen } from './unseen-fields.ts';

/** Sends each event to the branch of the first condition that is true; the others go on. */
export class Route implements Operator {
  readonly reads: readonly string[];
  readonly #conditions: readonly Expression[];
  readonly #context: OperatorContext;
  readonly #evaluator: Evaluator;
  readonly #rows: BranchRows;
  readonly #rejected: RejectedEvents;
  /** Events so far. */
  #events = 0;

  /** @param conditions that of branch 0 first */
  constructor(conditions: readonly Expression[], context: OperatorContext, bound?: BoundValue) {
    this.#conditions = conditions;
    this.#context = context;
    this.#evaluator = new Evaluator(conditions, BATCH_ROWS, bound);
    this.#rows = new BranchRows(conditions.length, context);
    this.#rejected = new RejectedEvents(context);
    this.reads = this.#evaluator.names;
  }

  *onBatch(_input: number, batch: Batch): Generator<undefined | Promise<void>, void, void> {
    this.#evaluator.read(batch);
    const { target } = this.#rows;
    const { kind, rows } = batch;
    for (let row = 0; row < rows; row++) {
      if (kind[row] !== EVENT) continue;
      this.#events++;
      target[row] = this.#branchOf(batch, row);
    }
    yield this.#rows.emit(batch);
    for (let row = 0; row < rows; row++)
      if (kind[row] === EVENT && target[row] !== NO_BRANCH) kind[row] = SKIPPED;
    yield this.#rejected.flush();
    yield this.#context.emit(MAIN, batch);
  }

  onMarker(_input: number, marker: Marker): Work {
    if (marker.kind === 'end') {
      this.#rejected.tell();
      tellUnseen(this.#evaluator.projection, this.#events, this.#context);
    }
    if (marker.kind !== 'stream') return this.#context.emitMarker(MAIN, marker);
    checkConditions(this.#conditions, marker.header);
    const header = throughCommand(marker.header, 'route');
    return this.#context.emitMarker(MAIN, { kind: 'stream', header });
  }

  /** An event for which a condition cannot be computed before another is true is rejected. */
  #branchOf(batch: Batch, row: number): number {
    for (let index = 0; index < this.#conditions.length; index++) {
      const condition = this.#evaluator.condition(index, row);
      if (condition === IS_TRUE) return index;
      if (condition !== FAILED) continue;
      const { text } = this.#conditions[index]!;
      this.#rejected.addFailure(batch, row, { text, error: this.#evaluator.failure(index, row) });
      batch.kind[row] = SKIPPED;
      return NO_BRANCH;
    }
    return NO_BRANCH;
  }
}
