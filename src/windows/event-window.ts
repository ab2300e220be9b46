import { type Batch, GLOBAL } from '../stream/batch.ts';

/** Bounds of a window, ms; ±Infinity: the global window. */
export interface WindowBounds {
  start: number;
  end: number;
}

/** Reads the window of that number, from 0 on, of those that the event in `row` is in, which do not merge. */
export function readWindow(batch: Batch, row: number, index: number, window: WindowBounds): void {
  if (batch.windowCount[row] === GLOBAL) {
    window.start = Number.NEGATIVE_INFINITY;
    window.end = Number.POSITIVE_INFINITY;
    return;
  }
  const every = batch.windowEvery[row]!;
  const shift = index === 0 ? 0 : index * Math.abs(every);
  // Cumulating windows start together.
  window.start = batch.windowStart[row]! + (every < 0 ? 0 : shift);
  window.end = batch.windowEnd[row]! + shift;
}
