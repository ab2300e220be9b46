import { type MergedBits, TriggerNode, type TriggerState } from './trigger-node.ts';

/**
 * Fires when the watermark has passed the end of the window, as `EndNode`, and before and behind that when its parts do, which
 * repeat by themselves. That the part before is finished says that the end has been passed.
 */
export class EarlyAndLateNode extends TriggerNode {
  readonly #early: TriggerNode;
  readonly #late: TriggerNode | undefined;
  readonly #merging: boolean;

  /** @param merging windows may merge: a part that is behind may be needed again, and is kept up to date */
  constructor(
    state: TriggerState,
    bit: number,
    early: TriggerNode,
    late: TriggerNode | undefined,
    merging: boolean,
  ) {
    super(state, bit, late === undefined ? [early] : [early, late]);
    this.#early = early;
    this.#late = late;
    this.#merging = merging;
  }

  onEvent(slot: number): void {
    if (this.#merging) for (const part of this.parts) part.onEvent(slot);
    else this.firstUnfinished(slot)?.onEvent(slot);
  }

  shouldFire(slot: number, ended: boolean): boolean {
    if (!this.#early.isFinished(slot)) return ended || this.#early.shouldFire(slot, ended);
    return this.#late?.shouldFire(slot, ended) ?? false;
  }

  onFire(slot: number, ended: boolean): void {
    if (this.#early.isFinished(slot)) {
      if (this.#late === undefined) this.setFinished(slot, true);
      else this.#late.onFire(slot, ended);
    } else if (!ended) this.#early.onFire(slot, ended);
    else {
      this.#early.reset(slot);
      this.#early.setFinished(slot, true);
      if (this.#late === undefined) this.setFinished(slot, true);
      else this.#late.reset(slot);
    }
  }

  onMerge(slot: number, ended: boolean, merged: MergedBits): void {
    if (ended && this.#early.wasFinishedInAll(merged)) {
      this.#early.setFinished(slot, true);
      if (this.#late === undefined) this.setFinished(slot, true);
      else this.#late.onMerge(slot, ended, merged);
      return;
    }
    this.#early.onMerge(slot, ended, merged);
    this.#early.setFinished(slot, false);
    this.#late?.reset(slot);
  }
}

export class RepeatNode extends TriggerNode {
  readonly #part: TriggerNode;

  constructor(state: TriggerState, bit: number, part: TriggerNode) {
    super(state, bit, [part]);
    this.#part = part;
  }

  onEvent(slot: number): void {
    this.#part.onEvent(slot);
  }

  shouldFire(slot: number, ended: boolean): boolean {
    return this.#part.shouldFire(slot, ended);
  }

  onFire(slot: number, ended: boolean): void {
    this.#part.onFire(slot, ended);
    if (this.#part.isFinished(slot)) this.#part.reset(slot);
  }

  onMerge(slot: number, ended: boolean, merged: MergedBits): void {
    this.#part.onMerge(slot, ended, merged);
  }
}

/** Fires when a part does, and is finished then. */
export class AnyNode extends TriggerNode {
  onEvent(slot: number): void {
    for (const part of this.parts) part.onEvent(slot);
  }

  shouldFire(slot: number, ended: boolean): boolean {
    for (const part of this.parts) if (part.isFinished(slot) || part.shouldFire(slot, ended)) return true;
    return false;
  }

  onFire(slot: number, ended: boolean): void {
    for (const part of this.parts) {
      if (part.shouldFire(slot, ended)) part.onFire(slot, ended);
      else part.clear(slot);
    }
    this.setFinished(slot, true);
  }

  onMerge(slot: number, ended: boolean, merged: MergedBits): void {
    for (const part of this.parts) part.onMerge(slot, ended, merged);
    this.setFinished(
      slot,
      this.parts.some((part) => part.isFinished(slot)),
    );
  }
}

/** Fires when all parts would, and is finished then. */
export class AllNode extends TriggerNode {
  onEvent(slot: number): void {
    for (const part of this.parts) if (!part.isFinished(slot)) part.onEvent(slot);
  }

  shouldFire(slot: number, ended: boolean): boolean {
    for (const part of this.parts) if (!part.isFinished(slot) && !part.shouldFire(slot, ended)) return false;
    return true;
  }

  onFire(slot: number, ended: boolean): void {
    for (const part of this.parts) part.onFire(slot, ended);
    this.setFinished(slot, true);
  }

  onMerge(slot: number, ended: boolean, merged: MergedBits): void {
    for (const part of this.parts) part.onMerge(slot, ended, merged);
    this.setFinished(
      slot,
      this.parts.every((part) => part.isFinished(slot)),
    );
  }
}

/** Fires as the first part does that is not finished, and is finished with the last. */
export class EachOfNode extends TriggerNode {
  readonly #merging: boolean;

  /** @param merging windows may merge: a part that is finished may begin anew, and all are kept up to date */
  constructor(state: TriggerState, bit: number, parts: readonly TriggerNode[], merging: boolean) {
    super(state, bit, parts);
    this.#merging = merging;
  }

  onEvent(slot: number): void {
    if (this.#merging) for (const part of this.parts) part.onEvent(slot);
    else this.firstUnfinished(slot)?.onEvent(slot);
  }

  shouldFire(slot: number, ended: boolean): boolean {
    return this.firstUnfinished(slot)?.shouldFire(slot, ended) ?? false;
  }

  onFire(slot: number, ended: boolean): void {
    this.firstUnfinished(slot)?.onFire(slot, ended);
    if (this.#merging) this.clear(slot);
    this.#update(slot);
  }

  onMerge(slot: number, ended: boolean, merged: MergedBits): void {
    let finished = true;
    for (const part of this.parts) {
      if (finished) part.onMerge(slot, ended, merged);
      else part.clear(slot);
      finished &&= part.isFinished(slot);
    }
    this.#update(slot);
  }

  #update(slot: number): void {
    this.setFinished(slot, this.firstUnfinished(slot) === undefined);
  }
}

/** Fires as either part does, and is finished when one is. */
export class OrFinallyNode extends TriggerNode {
  readonly #of: TriggerNode;
  readonly #until: TriggerNode;

  constructor(state: TriggerState, bit: number, of: TriggerNode, until: TriggerNode) {
    super(state, bit, [of, until]);
    this.#of = of;
    this.#until = until;
  }

  onEvent(slot: number): void {
    this.#of.onEvent(slot);
    this.#until.onEvent(slot);
  }

  shouldFire(slot: number, ended: boolean): boolean {
    return this.#of.shouldFire(slot, ended) || this.#until.shouldFire(slot, ended);
  }

  onFire(slot: number, ended: boolean): void {
    if (this.#until.shouldFire(slot, ended)) {
      this.#until.onFire(slot, ended);
      this.#of.clear(slot);
      // What waits for the end goes on over panes that the other part fires.
    } else this.#of.onFire(slot, ended);
    this.#update(slot);
  }

  onMerge(slot: number, ended: boolean, merged: MergedBits): void {
    this.#of.onMerge(slot, ended, merged);
    this.#until.onMerge(slot, ended, merged);
    this.#update(slot);
  }

  #update(slot: number): void {
    this.setFinished(slot, this.#of.isFinished(slot) || this.#until.isFinished(slot));
  }
}
