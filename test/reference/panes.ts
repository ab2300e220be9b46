import type { Firing } from '../../src/stream/firing.ts';
import { type CombineCall, type CombineResult, type Group, isRejected, pane } from './combine.ts';
import { sameKey } from './dedup.ts';
import { find } from './json.ts';
import { type EventItem, type Interval, type Item, withCommand } from './stream.ts';
import { merged, type Now, onEvent, onFire, shouldFire, type TriggerState, unfired } from './trigger.ts';

/** A key in a window, and what has become of it. */
interface PanedGroup extends Group {
  readonly window: Interval;
  /** Events that the next pane has. */
  events: Group['events'];
  /** All that have counted. */
  readonly all: { readonly event: EventItem; readonly position: number }[];
  /** Whether events have come since the last pane. */
  filled: boolean;
  trigger: TriggerState;
  /** Panes written. */
  panes: number;
  /** Whether one was on time or late. */
  ended: boolean;
}

/** When groups are fired. */
interface Moment {
  /** Whether the watermark passes the end of the window now. */
  readonly ending: boolean;
  readonly closing: boolean;
}

const ALWAYS: Interval = { start: -Infinity, end: Infinity };
const BETWEEN: Moment = { ending: false, closing: false };

/**
 * Groups by window and key, and fires as the trigger says, until the watermark has passed the end by the lateness. Panes are
 * numbered as `ReduceFnRunner` and `PaneInfoTracker` of Apache Beam do it.
 */
export function combinePanes(items: readonly Item[], call: CombineCall, firing: Firing): CombineResult {
  const main: Item[] = [];
  const late: EventItem[] = [];
  const rejected: EventItem[] = [];
  const { lateness, mode, onTime, closing: atClose } = firing;
  let groups: PanedGroup[] = [];
  let watermark = -Infinity;
  let tick = -Infinity;

  const now = ({ window, session }: PanedGroup): Now => ({
    ended: watermark >= window.end,
    tick,
    merging: session,
  });

  /** Fires groups of one window. */
  const fire = (together: readonly PanedGroup[], { ending, closing }: Moment): void => {
    const written = new Map<PanedGroup, string>();
    for (const group of together) {
      if (!closing) onFire(group.trigger, now(group));
      const last = closing || group.trigger.finished;
      const timing = !now(group).ended ? 'early' : ending && !group.ended ? 'on-time' : 'late';
      const empty = !group.filled;
      const writes =
        !empty || (timing === 'on-time' && onTime === 'always') || (last && atClose === 'always');
      if (writes) {
        const index = group.panes++;
        group.ended ||= timing !== 'early';
        written.set(group, JSON.stringify({ index, timing, first: index === 0, last }));
      }
    }
    main.push(
      ...pane([...written.keys()], call, (group) =>
        mode === undefined ? {} : { pane: written.get(group)! },
      ),
    );
    for (const group of together) {
      group.filled = false;
      if (mode !== 'accumulate') group.events = [];
    }
  };

  const inWindows = (fired: readonly PanedGroup[], momentOf: (window: Interval) => Moment): void => {
    const left = [...fired].sort(({ window: a }, { window: b }) => a.end - b.end || a.start - b.start || 0);
    while (left.length > 0) {
      const { window } = left[0]!;
      const together = left.filter(
        (each) => each.window.start === window.start && each.window.end === window.end,
      );
      fire(together, momentOf(window));
      left.splice(0, together.length);
    }
  };

  const deliver = (group: PanedGroup, event: EventItem, position: number, missed: EventItem): void => {
    if (group.trigger.finished) {
      late.push(missed);
      return;
    }
    group.events = [...group.events, { event, position }];
    group.all.push({ event, position });
    group.filled = true;
    onEvent(group.trigger, now(group));
    if (shouldFire(group.trigger, now(group))) fire([group], BETWEEN);
  };

  const newGroup = (window: Interval, session: boolean, key: Group['key']): PanedGroup => ({
    window,
    session,
    key,
    events: [],
    all: [],
    filled: false,
    trigger: unfired(firing.trigger),
    panes: 0,
    ended: false,
  });

  /** The session of an event, with all that it touches in it; undefined: it comes too late for one. */
  const sessionOf = (window: Interval, key: Group['key']): PanedGroup | undefined => {
    const touched = groups.filter(
      (group) =>
        sameKey(group.key, key) && group.window.start < window.end && window.start < group.window.end,
    );
    if (touched.length === 0) {
      if (watermark >= window.end + lateness) return undefined;
      const opened = newGroup(window, true, key);
      groups.push(opened);
      return opened;
    }
    const start = Math.min(window.start, ...touched.map((group) => group.window.start));
    const end = Math.max(window.end, ...touched.map((group) => group.window.end));
    const [first] = touched as [PanedGroup];
    if (first.window.start === start && first.window.end === end) return first;
    // It is another window: its panes begin anew.
    const grown = newGroup({ start, end }, true, key);
    grown.trigger = merged(
      touched.map(({ trigger }) => trigger),
      now(grown),
    );
    const byPosition = (a: { position: number }, b: { position: number }): number => a.position - b.position;
    grown.events = touched.flatMap(({ events }) => events).sort(byPosition);
    grown.all.push(...touched.flatMap(({ all }) => all).sort(byPosition));
    grown.filled = touched.some(({ filled }) => filled);
    groups = groups.filter((group) => !touched.includes(group));
    groups.push(grown);
    return grown;
  };

  const groupOf = (window: Interval, key: Group['key']): PanedGroup => {
    const found = groups.find(
      (group) =>
        group.window.start === window.start && group.window.end === window.end && sameKey(group.key, key),
    );
    if (found !== undefined) return found;
    const opened = newGroup(window, false, key);
    groups.push(opened);
    return opened;
  };

  const take = (event: EventItem, position: number): void => {
    const { windows } = event;
    const key = call.by.map(({ steps }) => find(event.members, steps));
    if (windows.kind === 'session') {
      const group = sessionOf({ start: windows.start, end: windows.end }, key);
      if (group === undefined) late.push(event);
      else deliver(group, event, position, event);
      return;
    }
    const all = windows.kind === 'global' ? [ALWAYS] : windows.intervals;
    const only = (intervals: readonly Interval[]): EventItem =>
      windows.kind === 'global' ? event : { ...event, windows: { kind: 'intervals', intervals } };
    const missed = all.filter(({ end }) => watermark >= end + lateness);
    if (missed.length > 0) late.push(only(missed));
    for (const window of all)
      if (!missed.includes(window)) deliver(groupOf(window, key), event, position, only([window]));
  };

  const advance = (time: number): void => {
    const before = watermark;
    watermark = time;
    const closed = groups.filter(({ window }) => watermark >= window.end + lateness);
    inWindows(
      closed.filter(({ trigger }) => !trigger.finished),
      ({ end }) => ({ ending: before < end, closing: true }),
    );
    groups = groups.filter((group) => !closed.includes(group));
    const ended = groups.filter(
      (group) => before < group.window.end && watermark >= group.window.end && wants(group),
    );
    inWindows(ended, () => ({ ending: true, closing: false }));
  };

  const wants = (group: PanedGroup): boolean =>
    !group.trigger.finished && shouldFire(group.trigger, now(group));

  for (const [position, item] of items.entries()) {
    if (item.kind === 'event') {
      if (isRejected(item, call)) rejected.push(item);
      else take(item, position);
      continue;
    }
    if (item.kind === 'watermark') advance(item.time);
    if (item.kind === 'tick') {
      tick = Math.max(tick, item.time);
      inWindows(groups.filter(wants), () => BETWEEN);
    }
    main.push(item.kind === 'stream' ? withCommand(item, 'combine') : item);
  }
  return { main, late, rejected };
}
