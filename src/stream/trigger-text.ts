import { formatDuration } from '../time/duration.ts';
import type { Trigger } from './firing.ts';

/**
 * A trigger in its one spelling, which `parseTrigger` reads as the same trigger:
 * `after-watermark(early: every(10s), late: count(1))`.
 */
export function triggerText(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'after-watermark': {
      const { early, late } = trigger;
      return call(trigger.kind, [
        ...(early === undefined ? [] : [`early: ${triggerText(early)}`]),
        ...(late === undefined ? [] : [`late: ${triggerText(late)}`]),
      ]);
    }
    case 'every':
      return call(trigger.kind, [formatDuration(trigger.period)]);
    case 'delay':
      return call(trigger.kind, [formatDuration(trigger.delay)]);
    case 'count':
      return call(trigger.kind, [String(trigger.count)]);
    case 'repeat':
      return call(trigger.kind, [triggerText(trigger.of)]);
    case 'any':
    case 'all':
    case 'each-of':
      return call(trigger.kind, trigger.of.map(triggerText));
    case 'or-finally':
      return `${triggerText(trigger.of)} or-finally ${inParentheses(trigger.until)}`;
    case 'each':
    case 'never':
      return trigger.kind;
  }
}

const call = (word: string, args: readonly string[]): string =>
  args.length === 0 ? word : `${word}(${args.join(', ')})`;

/** What stands behind `or-finally`, which takes what is before it first. */
const inParentheses = (trigger: Trigger): string =>
  trigger.kind === 'or-finally' ? `(${triggerText(trigger)})` : triggerText(trigger);
