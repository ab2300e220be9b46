import type { Batch } from '../stream/batch.ts';
import { type Assigner, alignedStart } from './assigner.ts';

/**
 * Windows of `size`, one starting every `every` ms (at most `size`), aligned to the epoch plus `offset`. An
 * event is in all that hold its time; the columns name the first of them and how many there are.
 */
export function slidingWindows(size: number, every: number, offset: number): Assigner {
  return {
    windowing: { kind: 'sliding', size, every, offset },
    assign(batch: Batch, row: number): void {
      const time = batch.time[row]!;
      const last = alignedStart(time, every, offset);
      // The first window that still holds `time` starts behind time - size.
      const first = alignedStart(time - size, every, offset) + every;
      batch.windowStart[row] = first;
      batch.windowEnd[row] = first + size;
      batch.windowEvery[row] = every;
      batch.windowCount[row] = (last - first) / every + 1;
    },
  };
}
