import type { Trigger } from '../../src/stream/firing.ts';

/**
 * What a trigger knows of a key in a window, as the state machines of Apache Beam keep it
 * (org.apache.beam.runners.core.triggers): a node for each trigger, each with what it has counted in the pane.
 */
export interface TriggerState {
  readonly trigger: Trigger;
  finished: boolean;
  /** Of `count` and `each`: events of the pane. */
  events: number;
  /** Of `every` and `delay`: the tick from which they fire, ms; Infinity: the pane has no event. */
  deadline: number;
  readonly parts: readonly TriggerState[];
}

/** When a trigger is asked. */
export interface Now {
  /** Whether the watermark has passed the end of the window. */
  readonly ended: boolean;
  /** The last tick, ms; -Infinity: there was none. */
  readonly tick: number;
  /** Whether windows merge. */
  readonly merging: boolean;
}

export const unfired = (trigger: Trigger): TriggerState => ({
  trigger,
  finished: false,
  events: 0,
  deadline: Infinity,
  parts: partsOf(trigger).map(unfired),
});

/** `early` and `late` repeat by themselves; without `early` nothing fires before the end. */
function partsOf(trigger: Trigger): readonly Trigger[] {
  switch (trigger.kind) {
    case 'after-watermark': {
      const { early = { kind: 'never' }, late } = trigger;
      return [
        { kind: 'repeat', of: early },
        ...(late === undefined ? [] : [{ kind: 'repeat' as const, of: late }]),
      ];
    }
    case 'repeat':
      return [trigger.of];
    case 'any':
    case 'all':
    case 'each-of':
      return trigger.of;
    case 'or-finally':
      return [trigger.of, trigger.until];
    default:
      return [];
  }
}

const firstUnfinished = ({ parts }: TriggerState): TriggerState | undefined =>
  parts.find(({ finished }) => !finished);

/** The first tick at which a trigger of processing time fires for an event that comes behind `tick`. */
function deadlineOf(trigger: Trigger, tick: number): number {
  if (tick === -Infinity) return -Number.MAX_VALUE;
  if (trigger.kind === 'delay') return Math.max(tick + trigger.delay, tick + 1);
  if (trigger.kind === 'every') return (Math.floor(tick / trigger.period) + 1) * trigger.period;
  return Infinity;
}

/** An event has come into the pane. */
export function onEvent(state: TriggerState, now: Now): void {
  switch (state.trigger.kind) {
    case 'count':
    case 'each':
      state.events++;
      return;
    case 'every':
    case 'delay':
      if (state.deadline === Infinity) state.deadline = deadlineOf(state.trigger, now.tick);
      return;
    case 'all':
      for (const part of state.parts) if (!part.finished) onEvent(part, now);
      return;
    case 'after-watermark':
    case 'each-of': {
      // A part that is finished may begin anew when windows merge.
      const first = firstUnfinished(state);
      for (const part of now.merging ? state.parts : first === undefined ? [] : [first]) onEvent(part, now);
      return;
    }
    default:
      for (const part of state.parts) onEvent(part, now);
  }
}

export function shouldFire(state: TriggerState, now: Now): boolean {
  const [first, second] = state.parts;
  switch (state.trigger.kind) {
    case 'never':
      return false;
    case 'count':
      return state.events >= state.trigger.count;
    case 'each':
      return state.events >= 1;
    case 'every':
    case 'delay':
      return now.tick >= state.deadline;
    case 'after-watermark':
      if (!first!.finished) return now.ended || shouldFire(first!, now);
      return second !== undefined && shouldFire(second, now);
    case 'repeat':
      return shouldFire(first!, now);
    case 'any':
      return state.parts.some((part) => part.finished || shouldFire(part, now));
    case 'all':
      return state.parts.every((part) => part.finished || shouldFire(part, now));
    case 'each-of': {
      const current = firstUnfinished(state);
      return current !== undefined && shouldFire(current, now);
    }
    case 'or-finally':
      return state.parts.some((part) => shouldFire(part, now));
  }
}

/** Forgets the pane, and not what is finished. */
function clear(state: TriggerState): void {
  state.events = 0;
  state.deadline = Infinity;
  state.parts.forEach(clear);
}

function reset(state: TriggerState): void {
  clear(state);
  const unfinish = (each: TriggerState): void => {
    each.finished = false;
    each.parts.forEach(unfinish);
  };
  unfinish(state);
}

/** The pane is fired, as `shouldFire` said. */
export function onFire(state: TriggerState, now: Now): void {
  const [first, second] = state.parts;
  switch (state.trigger.kind) {
    case 'never':
      return;
    case 'count':
    case 'delay':
      clear(state);
      state.finished = true;
      return;
    case 'each':
    case 'every':
      clear(state);
      return;
    case 'after-watermark':
      if (first!.finished) {
        if (second === undefined) state.finished = true;
        else onFire(second, now);
      } else if (!now.ended) onFire(first!, now);
      else {
        // The end has come: that the early part is finished says so.
        reset(first!);
        first!.finished = true;
        if (second === undefined) state.finished = true;
        else reset(second);
      }
      return;
    case 'repeat':
      onFire(first!, now);
      if (first!.finished) reset(first!);
      return;
    case 'any':
      for (const part of state.parts) {
        if (shouldFire(part, now)) onFire(part, now);
        else clear(part);
      }
      state.finished = true;
      return;
    case 'all':
      for (const part of state.parts) onFire(part, now);
      state.finished = true;
      return;
    case 'each-of': {
      const current = firstUnfinished(state);
      if (current !== undefined) onFire(current, now);
      if (now.merging) state.parts.forEach(clear);
      state.finished = firstUnfinished(state) === undefined;
      return;
    }
    case 'or-finally':
      if (shouldFire(second!, now)) {
        onFire(second!, now);
        clear(first!);
      } else onFire(first!, now);
      state.finished = first!.finished || second!.finished;
      return;
  }
}

/** What is known of a window that has come from these, one or more. */
export function merged(states: readonly TriggerState[], now: Now): TriggerState {
  const [{ trigger }] = states as readonly [TriggerState];
  const parts = partsOf(trigger).map((_, i) =>
    merged(
      states.map((state) => state.parts[i]!),
      now,
    ),
  );
  const state: TriggerState = {
    trigger,
    finished: false,
    events: states.reduce((sum, { events }) => sum + events, 0),
    deadline: Math.min(...states.map(({ deadline }) => deadline)),
    parts,
  };
  const inAll = (i: number): boolean => states.every((each) => each.parts[i]!.finished);
  switch (trigger.kind) {
    case 'count':
      // It has had its events in one of them.
      if (states.some(({ finished }) => finished)) {
        state.finished = true;
        clear(state);
      }
      break;
    case 'after-watermark': {
      const [early, late] = parts;
      if (now.ended && inAll(0)) {
        early!.finished = true;
        state.finished = late === undefined;
      } else {
        early!.finished = false;
        if (late !== undefined) reset(late);
      }
      break;
    }
    case 'any':
    case 'or-finally':
      state.finished = parts.some(({ finished }) => finished);
      break;
    case 'all':
      state.finished = parts.every(({ finished }) => finished);
      break;
    case 'each-of': {
      const current = parts.findIndex(({ finished }) => !finished);
      if (current >= 0) for (const part of parts.slice(current + 1)) reset(part);
      state.finished = current < 0;
      break;
    }
    default:
      break;
  }
  return state;
}
