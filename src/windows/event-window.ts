import { type Batch, endOfWindow, GLOBAL, startOfWindow } from '../stream/batch.ts';

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
  window.start = startOfWindow(batch, row, index);
  window.end = endOfWindow(batch, row, index);
}
