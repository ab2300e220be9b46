import { windowEnd, windowStart } from '../formats/meta.ts';
import { parsePlain } from '../json/plain-value.ts';
import { EventView, type UserWindow } from '../operators/user-event.ts';
import { type Batch, GLOBAL } from '../stream/batch.ts';
import type { Members } from './step.ts';

/** Which of the results of a window it is, where it can have several. */
export interface Pane {
  /** From 0 on. */
  readonly index: number;
  readonly timing: 'early' | 'on-time' | 'late';
  readonly first: boolean;
  readonly last: boolean;
}

/** An event as a program gets it. */
export interface TimedEvent<T = Members> {
  /** Event time, epoch milliseconds. */
  readonly time: number;
  /** `[start, end)` in epoch milliseconds; null: the global window. Of several windows each gives an event. */
  readonly window: UserWindow | null;
  /** Null: the window has one result. */
  readonly pane: Pane | null;
  /** Its members. Integers past 2^53 are bigints, with all their digits. */
  readonly value: T;
}

/** How many events a row is to a program: one for each of its windows. */
export const eventCount = ({ windowCount }: Batch, row: number): number => Math.max(windowCount[row]!, 1);

/** @param index which of its windows */
export function eventAt<T>(batch: Batch, row: number, index: number): TimedEvent<T> {
  const window =
    batch.windowCount[row] === GLOBAL
      ? null
      : { start: windowStart(batch, row, index), end: windowEnd(batch, row, index) };
  const paneEnd = batch.paneEnd[row]!;
  const pane =
    paneEnd > 0 ? (parsePlain(batch.bytes.toString('utf8', batch.paneStart[row]!, paneEnd)) as Pane) : null;
  return { time: batch.time[row]!, window, pane, value: new EventView(batch, row).event as T };
}
