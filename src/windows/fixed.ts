import type { Batch } from '../stream/batch.ts';
import { type Assigner, alignedStart } from './assigner.ts';

/** `[start, start + size)`, aligned to the epoch plus `offset`; ms. */
export function fixedWindows(size: number, offset: number): Assigner {
  let start = Number.NaN;
  let end = Number.NaN;
  return {
    windowing: { kind: 'fixed', size, offset },
    assign(batch: Batch, row: number): void {
      const time = batch.time[row]!;
      if (!(time >= start && time < end)) {
        start = alignedStart(time, size, offset);
        end = start + size;
      }
      batch.windowStart[row] = start;
      batch.windowEnd[row] = end;
      batch.windowCount[row] = 1;
    },
  };
}
