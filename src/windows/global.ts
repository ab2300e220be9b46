import { type Batch, GLOBAL } from '../stream/batch.ts';
import type { Assigner } from './assigner.ts';

/** One window that holds all time. */
export function globalWindow(): Assigner {
  return {
    windowing: { kind: 'global' },
    assign(batch: Batch, row: number): void {
      batch.windowCount[row] = GLOBAL;
    },
  };
}
