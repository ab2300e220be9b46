import type { Firing, Trigger } from './firing.ts';

/** What follows from a trigger before any event is there. */

/** Fires once, when the watermark passes the end of the window: what there is without any of this. */
export const WHEN_COMPLETE: Trigger = { kind: 'after-watermark' };

/**
 * Whether it can be finished while its window is open, so that what comes then is lost, and nobody has said so by
 * `or-finally` (Beam calls it unsafe).
 * @param lateness for which a window stays open behind its end, ms
 */
export function losesEvents(trigger: Trigger, lateness: number): boolean {
  switch (trigger.kind) {
    case 'count':
    case 'delay':
      return true;
    case 'after-watermark':
      return lateness > 0 && trigger.late === undefined;
    case 'any':
      return trigger.of.some((each) => losesEvents(each, lateness));
    case 'all':
      return trigger.of.every(canFinish) && trigger.of.some((each) => losesEvents(each, lateness));
    case 'each-of':
      return trigger.of.every(canFinish) && losesEvents(trigger.of.at(-1)!, lateness);
    case 'or-finally':
    case 'repeat':
    case 'every':
    case 'each':
    case 'never':
      return false;
  }
}

function canFinish(trigger: Trigger): boolean {
  switch (trigger.kind) {
    case 'count':
    case 'delay':
      return true;
    case 'after-watermark':
      return trigger.late === undefined;
    case 'any':
      return trigger.of.some(canFinish);
    case 'all':
    case 'each-of':
      return trigger.of.every(canFinish);
    case 'or-finally':
      return canFinish(trigger.of) || canFinish(trigger.until);
    default:
      return false;
  }
}

/**
 * Whether a window may have two panes, so that it matters what the second one holds.
 * @param merges windows may merge, and a trigger that was finished in one of them begins anew then
 */
export const firesTwice = (trigger: Trigger, merges: boolean): boolean =>
  trigger.kind !== 'never' && (merges || !firesOnce(trigger));

/** Whether it is finished when it has fired. */
function firesOnce(trigger: Trigger): boolean {
  switch (trigger.kind) {
    case 'count':
    case 'delay':
    case 'never':
      return true;
    case 'after-watermark':
      return trigger.early === undefined && trigger.late === undefined;
    case 'any':
    case 'all':
      return trigger.of.every(firesOnce);
    case 'each-of':
      return trigger.of.length === 1 && firesOnce(trigger.of[0]!);
    case 'or-finally':
      return firesOnce(trigger.of) && firesOnce(trigger.until);
    default:
      return false;
  }
}

/** Whether it waits for late events somewhere. */
export function hasLate(trigger: Trigger): boolean {
  return some(trigger, ({ kind, ...rest }) => kind === 'after-watermark' && 'late' in rest);
}

/** Whether it waits for the watermark somewhere. */
export const hasWatermark = (trigger: Trigger): boolean =>
  some(trigger, ({ kind }) => kind === 'after-watermark');

/** Whether it waits for processing time somewhere, which only ticks tell. */
export const needsTicks = (trigger: Trigger): boolean =>
  some(trigger, ({ kind }) => kind === 'every' || kind === 'delay');

/** Parts that a trigger may have: what is known of each in a window is a bit of an integer (`TriggerState.finished`). */
export const MOST_PARTS = 31;

/** Whether it has more parts than can be kept of it, or its continuation has. */
export const isTooLarge = (trigger: Trigger): boolean =>
  Math.max(countParts(trigger), countParts(continuationOf(trigger))) > MOST_PARTS;

/** `early` and `late` are repeated, and there is no `late` without something before the end. */
function countParts(trigger: Trigger): number {
  const count = partsOf(trigger).reduce((sum, part) => sum + countParts(part), 1);
  if (trigger.kind !== 'after-watermark') return count;
  const { early, late } = trigger;
  if (early === undefined && late === undefined) return count;
  return count + (early === undefined ? 2 : 1) + (late === undefined ? 0 : 1);
}

/** Whether a trigger or one inside it is such. */
function some(trigger: Trigger, is: (trigger: Trigger) => boolean): boolean {
  return is(trigger) || partsOf(trigger).some((part) => some(part, is));
}

function partsOf(trigger: Trigger): readonly Trigger[] {
  switch (trigger.kind) {
    case 'after-watermark':
      return [trigger.early, trigger.late].filter((part) => part !== undefined);
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

/**
 * The trigger of what groups the results of a grouping again: it fires when these come, and not for more of them (Beam's
 * continuation trigger). So a count is one of one; what waits for a tick fires at the tick that has brought the results.
 */
function continuationOf(trigger: Trigger): Trigger {
  switch (trigger.kind) {
    case 'after-watermark': {
      const { early, late } = trigger;
      return {
        kind: 'after-watermark',
        ...(early === undefined ? {} : { early: continuationOf(early) }),
        ...(late === undefined ? {} : { late: continuationOf(late) }),
      };
    }
    case 'count':
      return { kind: 'count', count: 1 };
    case 'delay':
      return { kind: 'delay', delay: 0 };
    case 'repeat':
      return repeating(continuationOf(trigger.of));
    case 'any':
    case 'all':
      return { kind: trigger.kind, of: trigger.of.map(continuationOf) };
    case 'each-of':
      return repeating({ kind: 'any', of: trigger.of.map(continuationOf) });
    case 'or-finally':
      return repeating({
        kind: 'or-finally',
        of: continuationOf(trigger.of),
        until: continuationOf(trigger.until),
      });
    case 'every':
    case 'each':
    case 'never':
      return trigger;
  }
}

/** What is never finished need not be repeated. */
const repeating = (of: Trigger): Trigger => (of.kind === 'repeat' ? of : { kind: 'repeat', of });

/** How the results of a grouping are to fire in the next one: where each comes once here, there they may come one by one. */
export function continuationFiring({ mode, ...firing }: Firing): Firing {
  const trigger = continuationOf(firing.trigger);
  return { ...firing, trigger, mode: mode ?? (firesTwice(trigger, false) ? 'discard' : undefined) };
}
