import type { Columns, DoubleColumn, IntegerColumn } from '../state/columns.ts';

/** Which of the panes of a window this is, against its end; in the order in which they come. */
export const EARLY = 1;
export const ON_TIME = 2;
export const LATE_PANE = 3;
export type Timing = typeof EARLY | typeof ON_TIME | typeof LATE_PANE;

/** What is known of the panes of each group: numbered as `PaneInfoTracker` of Apache Beam does. */
export class PaneStates {
  /** 1: events have come since the last pane; freed with the group. */
  readonly #filled: IntegerColumn;
  /** Panes that were written. */
  readonly #count: DoubleColumn;
  /** Timing of the last; 0: there was none. */
  readonly #timing: IntegerColumn;

  constructor(columns: Columns) {
    this.#filled = columns.integers();
    this.#count = columns.doubles();
    this.#timing = columns.integers();
  }

  /** Whether the pane has no events. */
  isEmpty(slot: number): boolean {
    return this.#filled.values[slot] === 0;
  }

  fill(slot: number): void {
    this.#filled.values[slot] = 1;
  }

  fillAll(slots: Int32Array, count: number): void {
    const filled = this.#filled.values;
    for (let i = 0; i < count; i++) filled[slots[i]!] = 1;
  }

  empty(slot: number): void {
    this.#filled.values[slot] = 0;
  }

  /**
   * The timing of the next pane. There is one on time at most: it is fired while the watermark passes the end.
   * @param ended whether the watermark has passed the end of the window
   * @param ending whether it does so now
   */
  timing(slot: number, ended: boolean, ending: boolean): Timing {
    if (!ended) return EARLY;
    return ending && this.#timing.values[slot]! <= EARLY ? ON_TIME : LATE_PANE;
  }

  /** A pane is written. */
  add(slot: number, timing: Timing): void {
    this.#count.values[slot]!++;
    this.#timing.values[slot] = timing;
  }

  /** Of the pane written last: its number, from 0 on, … */
  index(slot: number): number {
    return this.#count.values[slot]! - 1;
  }

  /** … and its timing. */
  lastTiming(slot: number): number {
    return this.#timing.values[slot]!;
  }

  /** The window is another now: its panes are counted anew, and what has not been written of it is still to come. */
  begin(slot: number): void {
    this.#count.values[slot] = 0;
    this.#timing.values[slot] = 0;
  }

  /** Adds what has not been written of the group `from` to that of another. */
  merge(into: number, from: number): void {
    this.#filled.values[into]! |= this.#filled.values[from]!;
  }
}
