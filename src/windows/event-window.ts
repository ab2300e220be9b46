import { type Batch, endOfWindow, GLOBAL, startOfWindow } from '../stream/batch.ts';

/** Bounds of a window, ms; ±Infinity: the global window. */
export interface WindowBounds {
  start: number;
  end: number;
}

export const noWindow = (): WindowBounds => ({ start: Number.NaN, end: Number.NaN });

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

/**
 * The windows of an event that is in several, which end one `every` after the other: sliding ones, which start so too, or
 * cumulating ones, which all start together. Of an event in one window `every` is 0. Times in ms.
 */
export interface WindowRun {
  start: number;
  firstEnd: number;
  lastEnd: number;
  every: number;
  cumulates: boolean;
}

export const noRun = (): WindowRun => ({ start: 0, firstEnd: 0, lastEnd: 0, every: 0, cumulates: false });

/** Reads the windows of the event in `row`, which is in at least one, into `run`. */
export function readRun(batch: Batch, row: number, run: WindowRun): void {
  const count = batch.windowCount[row]!;
  const every = count > 1 ? batch.windowEvery[row]! : 0;
  run.start = batch.windowStart[row]!;
  run.firstEnd = batch.windowEnd[row]!;
  run.every = Math.abs(every);
  run.cumulates = every < 0;
  run.lastEnd = run.firstEnd + (count - 1) * run.every;
}

/** Where the window of that number, from 0 on, starts, ms. */
export const startInRun = ({ start, every, cumulates }: WindowRun, index: number): number =>
  cumulates ? start : start + index * every;

/** Where it ends, ms. */
export const endInRun = ({ firstEnd, every }: WindowRun, index: number): number => firstEnd + index * every;
