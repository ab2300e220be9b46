import type { AggregateArgument } from '../expressions/aggregate-argument.ts';
import type { SnapshotReader, SnapshotWriter } from '../state/snapshot.ts';
import type { Firing } from '../stream/firing.ts';
import { ApartGrouping } from '../windows/apart-grouping.ts';
import { ON_TIME, PaneStates, type Timing } from '../windows/pane-states.ts';
import type { PanedGrouping } from '../windows/paned-grouping.ts';
import { PanedSessions } from '../windows/paned-sessions.ts';
import { TriggerMachine } from '../windows/trigger-machine.ts';
import { type AggregateColumns, areSessions, type EventWindows, Groups } from './groups.ts';

/** When a pane is fired, against the end of its window. */
export interface Moment {
  /** Whether the watermark has passed the end of the window, … */
  readonly ended: boolean;
  /** … and whether it does so now. */
  readonly ending: boolean;
  /** Whether the window is closed. */
  readonly closing: boolean;
}

/** The groups of a combine under a trigger: their accumulators, what the trigger knows of them, and their panes. */
export class PanedGroups {
  readonly groups: Groups<PanedGrouping>;
  readonly trigger: TriggerMachine;
  readonly panes: PaneStates;
  /** Undefined: the windows are sessions. */
  readonly apart: ApartGrouping | undefined;
  readonly sessions: PanedSessions | undefined;
  readonly #firing: Firing;

  /** @param beforeMerge called before two groups are merged: rows that were not added yet must be added then */
  constructor(
    windows: EventWindows,
    firing: Firing,
    definitions: readonly AggregateArgument[],
    inputs: readonly AggregateColumns[],
    beforeMerge: () => void,
  ) {
    this.#firing = firing;
    const { lateness } = firing;
    const merging = areSessions(windows);
    this.groups = new Groups<PanedGrouping>(
      windows,
      definitions,
      inputs,
      (merge) => (merging ? new PanedSessions(merge, lateness) : new ApartGrouping(lateness)),
      (into, from) => {
        beforeMerge();
        this.trigger.merge(into, from);
        this.panes.merge(into, from);
      },
    );
    const { grouping } = this.groups;
    if (grouping instanceof PanedSessions) this.sessions = grouping;
    if (grouping instanceof ApartGrouping) this.apart = grouping;
    this.trigger = new TriggerMachine(firing.trigger, grouping.columns.ownedBy('trigger'), merging);
    if (this.sessions !== undefined)
      this.sessions.onTakeBack = (session, ended) => {
        this.arrive(session, ended);
      };
    this.panes = new PaneStates(grouping.columns.ownedBy('panes'));
  }

  get grouping(): PanedGrouping {
    return this.groups.grouping;
  }

  /**
   * Fires a group, or closes it.
   * @returns whether a pane is written, of which `panes` knows
   */
  fire(slot: number, moment: Moment): boolean {
    const { trigger, panes } = this;
    if (!moment.closing) trigger.onFire(slot, moment.ended);
    const timing = panes.timing(slot, moment.ended, moment.ending);
    const writes = !panes.isEmpty(slot) || this.#writesEmpty(timing, this.isLast(slot, moment));
    if (writes) panes.add(slot, timing);
    return writes;
  }

  #writesEmpty(timing: Timing, last: boolean): boolean {
    const { onTime, closing } = this.#firing;
    return (timing === ON_TIME && onTime === 'always') || (last && closing === 'always');
  }

  /** Whether the pane that is fired is the last of its group. */
  isLast(slot: number, { closing }: Moment): boolean {
    return closing || this.trigger.isFinished(slot);
  }

  /** Called when the pane has been written: begins the next one. `ended`: the watermark has passed the end of the window. */
  begin(slot: number, ended: boolean): void {
    const { trigger, panes, grouping } = this;
    panes.empty(slot);
    const finished = trigger.isFinished(slot);
    if (finished) trigger.forget(slot);
    else this.#schedule(slot, ended);
    // A session that is finished may still become part of another, of which all is to be accumulated.
    const kept = this.#firing.mode === 'accumulate' && (!finished || this.sessions !== undefined);
    if (!kept) this.groups.clear(slot);
    grouping.columns.mark(slot);
  }

  /** A group has come back that was kept elsewhere, with its values. `ended`: the watermark has passed the end of its window. */
  arrive(slot: number, ended: boolean): void {
    if (!this.trigger.isFinished(slot)) this.#schedule(slot, ended);
  }

  /** A trigger fires once for an event, a watermark or a tick; if it would again, it waits for the next. */
  #schedule(slot: number, ended: boolean): void {
    const { trigger } = this;
    if (trigger.waitsForTicks) trigger.schedule(slot);
    if (trigger.shouldFire(slot, ended)) trigger.askAgain(slot);
  }

  /** The window of a session has grown, and it has taken up those that were merged into it. It is another window now. */
  grow(slot: number, ended: boolean): void {
    this.trigger.grew(slot, ended);
    this.panes.begin(slot);
    if (this.trigger.waitsForTicks) this.trigger.schedule(slot);
  }

  track(): void {
    this.grouping.track();
  }

  save(out: SnapshotWriter): void {
    this.groups.save(out);
  }

  /** @param watermark of the snapshot, and `tick` the last tick before it, ms */
  restore(from: SnapshotReader, watermark: number, tick: number): void {
    const { grouping, trigger } = this;
    this.groups.restore(from);
    grouping.restored(watermark);
    trigger.tick = tick;
    grouping.forEach((slot) => {
      this.arrive(slot, watermark >= grouping.end(slot));
    });
  }
}
