import type { IntegerColumn } from '../state/columns.ts';

/** Where the nodes of a trigger keep what they know of a group, and the time that they are asked at. */
export interface TriggerState {
  /** A bit for each node: it is finished in the group. */
  readonly finished: IntegerColumn;
  /** The time of the last tick, ms; -Infinity: there was none. */
  readonly tick: number;
}

/** Of groups that merge: the bits that were set in all of them, and in any. */
export interface MergedBits {
  readonly all: number;
  readonly any: number;
}

/**
 * A node of a trigger, over the groups in slots. `ended`: the watermark has passed the end of the group's window. What they do
 * is what the state machines of Apache Beam do (org.apache.beam.runners.core.triggers), one event at a time.
 */
export abstract class TriggerNode {
  readonly #bit: number;
  protected readonly state: TriggerState;
  protected readonly parts: readonly TriggerNode[];

  /** @param bit of it alone in `finished` */
  constructor(state: TriggerState, bit: number, parts: readonly TriggerNode[]) {
    this.state = state;
    this.#bit = bit;
    this.parts = parts;
  }

  /** An event was added to the pane. */
  abstract onEvent(slot: number): void;
  abstract shouldFire(slot: number, ended: boolean): boolean;
  /** The pane is fired, for `shouldFire` said so. */
  abstract onFire(slot: number, ended: boolean): void;
  /** The group has come from others, or its window has grown; counters and deadlines are merged already. */
  abstract onMerge(slot: number, ended: boolean, merged: MergedBits): void;

  /** Forgets what it knows of the pane, but not whether it is finished. */
  clear(slot: number): void {
    for (const part of this.parts) part.clear(slot);
  }

  /** Begins anew, with all its parts. */
  reset(slot: number): void {
    this.clear(slot);
    this.#unfinish(slot);
  }

  isFinished(slot: number): boolean {
    return (this.state.finished.values[slot]! & this.#bit) !== 0;
  }

  setFinished(slot: number, finished: boolean): void {
    if (finished) this.state.finished.values[slot]! |= this.#bit;
    else this.state.finished.values[slot]! &= ~this.#bit;
  }

  wasFinishedInAll({ all }: MergedBits): boolean {
    return (all & this.#bit) !== 0;
  }

  wasFinishedInAny({ any }: MergedBits): boolean {
    return (any & this.#bit) !== 0;
  }

  protected firstUnfinished(slot: number): TriggerNode | undefined {
    for (const part of this.parts) if (!part.isFinished(slot)) return part;
    return undefined;
  }

  #unfinish(slot: number): void {
    this.setFinished(slot, false);
    for (const part of this.parts) part.#unfinish(slot);
  }
}
