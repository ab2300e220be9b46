import type { Batch } from '../stream/batch.ts';
import { type Assigner, alignedStart } from './assigner.ts';

/**
 * Windows that start together every `size` ms, aligned to the epoch plus `offset`, and end one `every` after the other (a part
 * of `size`) up to that size: Flink's CUMULATE. An event is in all that end behind it; the columns name the shortest of them.
 */
export function cumulatingWindows(size: number, every: number, offset: number): Assigner {
  let from = Number.NaN;
  let end = Number.NaN;
  let start = 0;
  let count = 0;
  return {
    windowing: { kind: 'cumulate', size, every, offset },
    assign(batch: Batch, row: number): void {
      const time = batch.time[row]!;
      if (!(time >= from && time < end)) {
        start = alignedStart(time, size, offset);
        // Sizes are whole distances, so those are aligned alike.
        from = alignedStart(time, every, offset);
        end = from + every;
        count = (start + size - end) / every + 1;
      }
      batch.windowStart[row] = start;
      batch.windowEnd[row] = end;
      batch.windowEvery[row] = -every;
      batch.windowCount[row] = count;
    },
  };
}
