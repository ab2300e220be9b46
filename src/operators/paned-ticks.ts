import { byWindow, type WindowGroups, withWindows } from '../windows/by-window.ts';
import type { FiredPanes } from './fired-panes.ts';
import type { PanedGroups } from './paned-groups.ts';
import type { PanesOnDisk } from './panes-on-disk.ts';
import type { SpilledSessions } from './spilled-sessions.ts';

/** A tick that has come; all in ms. */
export interface Tick {
  readonly time: number;
  /** The highest time of all ticks so far. */
  readonly latest: number;
  readonly watermark: number;
}

/** Fires what waits for a tick, window by window, in memory and on disk. */
export class PanedTicks {
  readonly #fired: FiredPanes;
  readonly #disk: PanesOnDisk;

  constructor(fired: FiredPanes, disk: PanesOnDisk) {
    this.#fired = fired;
    this.#disk = disk;
  }

  /** A tick has come, before which all events are in their groups. */
  *pass(paned: PanedGroups, tick: Tick): Generator<undefined | Promise<void>, void, void> {
    const { trigger, grouping } = paned;
    const { windows, sessions } = this.#disk;
    if (sessions?.waits(tick.latest) === true) {
      yield* this.#passSessions(paned, sessions, tick);
      return;
    }
    const elsewhere = windows?.waiting(tick.latest) ?? [];
    if (!trigger.due(tick.time) && elsewhere.length === 0) {
      trigger.tick = tick.latest;
      return;
    }
    for (const window of withWindows(byWindow(trigger.passed(tick.time), grouping), elsewhere))
      yield* this.#fire(paned, window, tick);
  }

  /** The same of sessions of which some are on disk: those that end first are fired, and leave memory, before others come. */
  *#passSessions(
    paned: PanedGroups,
    spilled: SpilledSessions,
    tick: Tick,
  ): Generator<undefined | Promise<void>, void, void> {
    const { trigger, grouping } = paned;
    const { latest } = tick;
    for (let done = Number.NEGATIVE_INFINITY; done < Number.POSITIVE_INFINITY; ) {
      const waiting = trigger.passed(latest);
      const ends = waiting.map((slot) => grouping.end(slot)).filter((end) => end >= done);
      const limit = spilled.bringWaiting(latest, leastOf(ends));
      for (const slot of trigger.passed(latest)) waiting.push(slot);
      const others: number[] = [];
      for (const window of byWindow(waiting, grouping)) {
        if (window.end >= done && window.end < limit) yield* this.#fire(paned, window, tick);
        else others.push(...window.slots);
      }
      // Those before wait for the next tick, and those behind for this one.
      for (const slot of others) trigger.askAgain(slot);
      if (limit < Number.POSITIVE_INFINITY) this.#disk.makeRoomBefore(limit, paned);
      done = limit;
    }
    spilled.fired();
  }

  #fire(
    paned: PanedGroups,
    { start, end, slots }: WindowGroups,
    { latest, watermark }: Tick,
  ): Generator<undefined | Promise<void>, void, void> {
    const { closed } = paned.grouping;
    closed.start = start;
    closed.end = end;
    const moment = { ended: watermark >= end, ending: false, closing: false };
    return this.#fired.fireClosed(paned, Int32Array.from(slots), moment, this.#disk, latest);
  }
}

const leastOf = (numbers: readonly number[]): number =>
  numbers.reduce((least, number) => Math.min(least, number), Number.POSITIVE_INFINITY);
