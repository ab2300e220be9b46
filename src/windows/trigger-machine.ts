import type { Columns, DoubleColumn, IntegerColumn } from '../state/columns.ts';
import type { Trigger } from '../stream/firing.ts';
import { MOST_PARTS } from '../stream/firing-rules.ts';
import { alignedStart } from './assigner.ts';
import { EndHeap } from './end-heap.ts';
import {
  AllNode,
  AnyNode,
  EachOfNode,
  EarlyAndLateNode,
  OrFinallyNode,
  RepeatNode,
} from './trigger-composites.ts';
import { CountNode, DeadlineNode, EndNode, NeverNode } from './trigger-leaves.ts';
import type { TriggerNode, TriggerState } from './trigger-node.ts';

/** A deadline that the next tick passes, whatever it says: of events that came before the first, too. */
const AT_FIRST_TICK = -Number.MAX_VALUE;

/**
 * A trigger over groups: what it knows of each is in columns over their slots. Who asks tells it by `ended` whether the watermark
 * has passed the end of the group's window.
 */
export class TriggerMachine implements TriggerState {
  readonly finished: IntegerColumn;
  tick = Number.NEGATIVE_INFINITY;
  /** Whether an event may fire it before the end of its window. */
  readonly countsEvents: boolean;
  /** Whether it knows more of a pane than that there is one: else it need not be told of events. */
  readonly followsEvents: boolean;
  /** Whether ticks fire it. */
  readonly waitsForTicks: boolean;
  readonly #root: TriggerNode;
  readonly #columns: Columns;
  /** Of `count` and `each`: events of the pane. */
  readonly #counters: DoubleColumn[] = [];
  /** Of `every` and `delay`: ms; Infinity: the pane has no event. */
  readonly #deadlines: DoubleColumn[] = [];
  /** Groups by the first of their deadlines that no tick has passed. */
  readonly #heap = new EndHeap();
  #nodes = 0;
  /** Of the groups that have been merged since the last `grew`: the bits that were set in all, and in any; -1, 0: there were none. */
  #all = -1;
  #any = 0;

  /**
   * @param trigger that `parseTrigger` has read
   * @param columns over the groups, for it alone
   * @param merging groups may merge, and their windows grow
   */
  constructor(trigger: Trigger, columns: Columns, merging: boolean) {
    this.#columns = columns;
    this.finished = columns.integers();
    this.#root = this.#nodeOf(trigger, merging);
    if (this.#nodes > MOST_PARTS) throw new RangeError('a trigger is larger than `isTooLarge` has counted');
    this.countsEvents = this.#counters.length > 0;
    this.waitsForTicks = this.#deadlines.length > 0;
    this.followsEvents = this.countsEvents || this.waitsForTicks;
  }

  /** An event was added to the pane of a group. */
  onEvent(slot: number): void {
    this.#root.onEvent(slot);
  }

  shouldFire(slot: number, ended: boolean): boolean {
    return this.#root.shouldFire(slot, ended);
  }

  onFire(slot: number, ended: boolean): void {
    this.#root.onFire(slot, ended);
  }

  /** Whether it never fires again. */
  isFinished(slot: number): boolean {
    return this.#root.isFinished(slot);
  }

  isAnyFinished(slots: Int32Array, count: number): boolean {
    for (let i = 0; i < count; i++) if (this.#root.isFinished(slots[i]!)) return true;
    return false;
  }

  /** Of groups that are finished or closed: forgets all but that they are finished. */
  forget(slot: number): void {
    this.#root.clear(slot);
    if (this.#heap.has(slot)) this.#heap.remove(slot);
  }

  /** Adds what is known of the group `from`, which will be freed, to that of another. */
  merge(into: number, from: number): void {
    const finished = this.finished.values;
    this.#all &= finished[into]! & finished[from]!;
    this.#any |= finished[into]! | finished[from]!;
    for (const { values } of this.#counters) values[into]! += values[from]!;
    for (const { values } of this.#deadlines) values[into] = Math.min(values[into]!, values[from]!);
    if (this.#heap.has(from)) this.#heap.remove(from);
  }

  /** The window of a group has grown, or it has taken up those that were merged into it. */
  grew(slot: number, ended: boolean): void {
    const own = this.finished.values[slot]!;
    const merged = { all: this.#all & own, any: this.#any | own };
    this.#all = -1;
    this.#any = 0;
    this.finished.values[slot] = 0;
    this.#root.onMerge(slot, ended, merged);
  }

  /** Called behind an event, which may have set the deadline of a group. */
  arm(slot: number): void {
    if (this.#deadlines.length > 1 || !this.#heap.has(slot)) this.schedule(slot);
  }

  /** Called when a group's deadlines may have changed. */
  schedule(slot: number): void {
    let first = Number.POSITIVE_INFINITY;
    for (const { values } of this.#deadlines) {
      const deadline = values[slot]!;
      if (deadline > this.tick && deadline < first) first = deadline;
    }
    if (first !== Number.POSITIVE_INFINITY) this.#heap.set(slot, first, first);
    else if (this.#heap.has(slot)) this.#heap.remove(slot);
  }

  /** The next tick asks a group again, for it is still to be fired where it has just been. */
  askAgain(slot: number): void {
    this.#heap.set(slot, AT_FIRST_TICK, AT_FIRST_TICK);
  }

  /** A group is kept elsewhere from now on. @returns the tick that it waits for, ms; Infinity: for none */
  leave(slot: number): number {
    if (!this.#heap.has(slot)) return Number.POSITIVE_INFINITY;
    const due = this.#heap.endOf(slot);
    this.#heap.remove(slot);
    return due;
  }

  /** Whether a group has a deadline that a tick passes. */
  due(tick: number): boolean {
    return this.#heap.firstEnd <= tick;
  }

  /** A tick: gives the groups of which a deadline has passed, in no order that says anything. */
  passed(tick: number): number[] {
    this.tick = Math.max(this.tick, tick);
    const slots: number[] = [];
    while (this.#heap.size > 0 && this.#heap.firstEnd <= this.tick) {
      const slot = this.#heap.first;
      slots.push(slot);
      this.schedule(slot);
    }
    return slots;
  }

  #nodeOf(trigger: Trigger, merging: boolean): TriggerNode {
    const bit = 1 << this.#nodes++;
    switch (trigger.kind) {
      case 'never':
        return new NeverNode(this, bit, []);
      case 'each':
        return new CountNode(this, bit, this.#counter(), 1, true);
      case 'count':
        return new CountNode(this, bit, this.#counter(), trigger.count, false);
      case 'every': {
        const { period } = trigger;
        const next = (tick: number): number => alignedStart(tick, period, 0) + period;
        return new DeadlineNode(this, bit, this.#deadline(), behindTick(next), true);
      }
      case 'delay': {
        const { delay } = trigger;
        // At the next tick at the soonest.
        const next = (tick: number): number => tick + Math.max(1, delay);
        return new DeadlineNode(this, bit, this.#deadline(), behindTick(next), false);
      }
      case 'after-watermark': {
        const { early, late } = trigger;
        if (early === undefined && late === undefined) return new EndNode(this, bit, []);
        const before = this.#nodeOf({ kind: 'repeat', of: early ?? { kind: 'never' } }, merging);
        const behind = late && this.#nodeOf({ kind: 'repeat', of: late }, merging);
        return new EarlyAndLateNode(this, bit, before, behind, merging);
      }
      case 'repeat':
        return new RepeatNode(this, bit, this.#nodeOf(trigger.of, merging));
      case 'any':
        return new AnyNode(this, bit, this.#nodesOf(trigger.of, merging));
      case 'all':
        return new AllNode(this, bit, this.#nodesOf(trigger.of, merging));
      case 'each-of':
        return new EachOfNode(this, bit, this.#nodesOf(trigger.of, merging), merging);
      case 'or-finally': {
        const of = this.#nodeOf(trigger.of, merging);
        return new OrFinallyNode(this, bit, of, this.#nodeOf(trigger.until, merging));
      }
    }
  }

  #nodesOf(triggers: readonly Trigger[], merging: boolean): TriggerNode[] {
    return triggers.map((trigger) => this.#nodeOf(trigger, merging));
  }

  #counter(): DoubleColumn {
    const counter = this.#columns.doubles();
    this.#counters.push(counter);
    return counter;
  }

  #deadline(): DoubleColumn {
    const deadlines = this.#columns.doubles(Number.POSITIVE_INFINITY);
    this.#deadlines.push(deadlines);
    return deadlines;
  }
}

const behindTick =
  (next: (tick: number) => number) =>
  (tick: number): number =>
    tick === Number.NEGATIVE_INFINITY ? AT_FIRST_TICK : next(tick);
