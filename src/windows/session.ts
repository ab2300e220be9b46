import { type Batch, UNMERGED } from '../stream/batch.ts';
import type { Assigner } from './assigner.ts';

/** Each event by itself is the session `[time, time + gap)`; grouping merges those of a key that overlap. */
export function sessionWindows(gap: number): Assigner {
  return {
    windowing: { kind: 'session', gap },
    assign(batch: Batch, row: number): void {
      const time = batch.time[row]!;
      batch.windowStart[row] = time;
      batch.windowEnd[row] = time + gap;
      batch.windowCount[row] = UNMERGED;
    },
  };
}
