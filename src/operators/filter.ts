import { type BoundValue, Evaluator, FAILED, IS_TRUE } from '../expressions/evaluator.ts';
import { checkConditions, type Expression } from '../expressions/expression.ts';
import { BATCH_ROWS, type Batch, EVENT, SKIPPED } from '../stream/batch.ts';
import { throughCommand } from '../stream/header.ts';
import type { Marker } from '../stream/marker.ts';
import { MAIN, type Operator, type OperatorContext, type Work } from './operator.ts';
import { RejectedEvents } from './rejected-events.ts';
import { tellUnseen } from './unseen-fields.ts';

/** Passes the events for which all conditions are true, byte for byte; false and null leave an event out. */
export class Filter implements Operator {
  readonly reads: readonly string[];
  readonly #conditions: readonly Expression[];
  readonly #context: OperatorContext;
  readonly #evaluator: Evaluator;
  readonly #rejected: RejectedEvents;
  /** By row: the condition that cannot be computed, of those that are rejected. */
  readonly #failed = new Int32Array(BATCH_ROWS);
  /** Events so far. */
  #events = 0;

  constructor(conditions: readonly Expression[], context: OperatorContext, bound?: BoundValue) {
    this.#conditions = conditions;
    this.#context = context;
    this.#evaluator = new Evaluator(conditions, BATCH_ROWS, bound);
    this.#rejected = new RejectedEvents(context);
    this.reads = this.#evaluator.names;
  }

  onBatch(_input: number, batch: Batch): Work {
    this.#evaluator.read(batch);
    const { kind, rows } = batch;
    let [events, dropped, failed] = [0, 0, 0];
    for (let index = 0; index < this.#conditions.length; index++) {
      const conditions = this.#evaluator.conditions(index);
      for (let row = 0; row < rows; row++) {
        if (kind[row] !== EVENT) continue;
        if (index === 0) events++;
        if (conditions[row] === IS_TRUE) continue;
        kind[row] = SKIPPED;
        if (conditions[row] !== FAILED) dropped++;
        else {
          if (failed++ === 0) this.#failed.fill(NONE, 0, rows);
          this.#failed[row] = index;
        }
      }
    }
    this.#events += events;
    if (dropped > 0) this.#context.count('filtered', dropped);
    if (failed > 0) this.#reject(batch);
    const flushed = this.#rejected.flush();
    if (flushed === undefined) return this.#context.emit(MAIN, batch);
    return flushed.then(() => this.#context.emit(MAIN, batch));
  }

  onMarker(_input: number, marker: Marker): Work {
    if (marker.kind === 'end') {
      this.#rejected.tell();
      tellUnseen(this.#evaluator.projection, this.#events, this.#context);
    }
    if (marker.kind !== 'stream') return this.#context.emitMarker(MAIN, marker);
    checkConditions(this.#conditions, marker.header);
    const header = throughCommand(marker.header, 'filter');
    return this.#context.emitMarker(MAIN, { kind: 'stream', header });
  }

  /** In the order of the events, whichever condition it was. */
  #reject(batch: Batch): void {
    for (let row = 0; row < batch.rows; row++) {
      const index = this.#failed[row]!;
      if (index === NONE) continue;
      // It is kept as the event that it was.
      batch.kind[row] = EVENT;
      const { text } = this.#conditions[index]!;
      this.#rejected.addFailure(batch, row, { text, error: this.#evaluator.failure(index, row) });
      batch.kind[row] = SKIPPED;
    }
  }
}

const NONE = -1;
