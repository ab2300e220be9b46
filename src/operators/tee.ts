import type { Batch } from '../stream/batch.ts';
import { throughCommand } from '../stream/header.ts';
import type { Marker } from '../stream/marker.ts';
import { all } from './branch-rows.ts';
import { BRANCH, MAIN, type Operator, type OperatorContext, type Work } from './operator.ts';

/** Passes the stream on untouched, and hands a copy of it to each branch. */
export class Tee implements Operator {
  readonly reads = [];
  readonly #branches: number;
  readonly #context: OperatorContext;

  constructor(branches: number, context: OperatorContext) {
    this.#branches = branches;
    this.#context = context;
  }

  /** The branches first: whoever is given the batch behind may change it, and by then they have printed it. */
  onBatch(_input: number, batch: Batch): Work {
    const context = this.#context;
    const pending: Promise<void>[] = [];
    for (let branch = 0; branch < this.#branches; branch++) {
      const emitted = context.emit(BRANCH + branch, batch);
      if (emitted !== undefined) pending.push(emitted);
    }
    if (pending.length === 0) return context.emit(MAIN, batch);
    const copied = all(pending);
    try {
      const passed = context.emit(MAIN, batch);
      return passed === undefined ? copied : all([copied, passed]);
    } catch (error) {
      // Nobody waits for the branches any more.
      copied.catch(() => {});
      throw error;
    }
  }

  onMarker(_input: number, marker: Marker): Work {
    if (marker.kind !== 'stream') return this.#context.emitMarker(MAIN, marker);
    return this.#context.emitMarker(MAIN, { kind: 'stream', header: throughCommand(marker.header, 'tee') });
  }
}
