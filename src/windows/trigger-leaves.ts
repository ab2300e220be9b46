import type { DoubleColumn } from '../state/columns.ts';
import { type MergedBits, TriggerNode, type TriggerState } from './trigger-node.ts';

export class NeverNode extends TriggerNode {
  onEvent(): void {}
  shouldFire(): boolean {
    return false;
  }
  onFire(): void {}
  onMerge(): void {}
}

/** Fires when the pane has `count` events, and is finished then; or goes on counting (`each`: from 1 on). */
export class CountNode extends TriggerNode {
  readonly #count: number;
  readonly #again: boolean;
  /** Events of the pane; freed with the pane. */
  readonly #events: DoubleColumn;

  constructor(state: TriggerState, bit: number, events: DoubleColumn, count: number, again: boolean) {
    super(state, bit, []);
    this.#events = events;
    this.#count = count;
    this.#again = again;
  }

  onEvent(slot: number): void {
    this.#events.values[slot]!++;
  }

  shouldFire(slot: number): boolean {
    return this.#events.values[slot]! >= this.#count;
  }

  onFire(slot: number): void {
    this.clear(slot);
    if (!this.#again) this.setFinished(slot, true);
  }

  onMerge(slot: number, _ended: boolean, merged: MergedBits): void {
    if (!this.wasFinishedInAny(merged)) return;
    this.setFinished(slot, true);
    this.clear(slot);
  }

  override clear(slot: number): void {
    this.#events.values[slot] = 0;
  }
}

/** Fires at the first tick from a deadline on, which the first event of the pane sets; then it is finished, or waits for another. */
export class DeadlineNode extends TriggerNode {
  readonly #deadlineAt: (tick: number) => number;
  readonly #again: boolean;
  /** ms; Infinity: the pane has no event. */
  readonly #deadlines: DoubleColumn;

  /** @param deadlineAt the deadline for the events behind a tick, later than that */
  constructor(
    state: TriggerState,
    bit: number,
    deadlines: DoubleColumn,
    deadlineAt: (tick: number) => number,
    again: boolean,
  ) {
    super(state, bit, []);
    this.#deadlines = deadlines;
    this.#deadlineAt = deadlineAt;
    this.#again = again;
  }

  onEvent(slot: number): void {
    const deadlines = this.#deadlines.values;
    if (deadlines[slot] === Number.POSITIVE_INFINITY) deadlines[slot] = this.#deadlineAt(this.state.tick);
  }

  shouldFire(slot: number): boolean {
    return this.state.tick >= this.#deadlines.values[slot]!;
  }

  onFire(slot: number): void {
    this.clear(slot);
    if (!this.#again) this.setFinished(slot, true);
  }

  onMerge(slot: number): void {
    if (this.isFinished(slot)) this.clear(slot);
  }

  override clear(slot: number): void {
    this.#deadlines.values[slot] = Number.POSITIVE_INFINITY;
  }
}

/** Fires when the watermark has passed the end of the window, and is finished then. */
export class EndNode extends TriggerNode {
  onEvent(): void {}

  shouldFire(_slot: number, ended: boolean): boolean {
    return ended;
  }

  onFire(slot: number): void {
    this.setFinished(slot, true);
  }

  onMerge(slot: number, ended: boolean, merged: MergedBits): void {
    this.setFinished(slot, ended && this.wasFinishedInAll(merged));
  }
}
