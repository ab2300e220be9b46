import type { Batch } from '../stream/batch.ts';
import { throughCommand } from '../stream/header.ts';
import type { Marker } from '../stream/marker.ts';
import { MAIN, type Operator, type OperatorContext, type Work } from './operator.ts';

/**
 * Makes one stream of what all its inputs bring, untouched. In which order they are brought, and what their watermarks are
 * together, is the runtime's (`runtime/input-gate.ts`).
 */
export class Merge implements Operator {
  readonly reads = [];
  readonly #context: OperatorContext;

  constructor(context: OperatorContext) {
    this.#context = context;
  }

  onBatch(_input: number, batch: Batch): Work {
    return this.#context.emit(MAIN, batch);
  }

  onMarker(_input: number, marker: Marker): Work {
    if (marker.kind !== 'stream') return this.#context.emitMarker(MAIN, marker);
    return this.#context.emitMarker(MAIN, {
      kind: 'stream',
      header: throughCommand(marker.header, 'merge'),
    });
  }
}
