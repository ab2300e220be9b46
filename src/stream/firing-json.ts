import { TidemarkError } from '../errors.ts';
import { isoDuration } from '../time/duration.ts';
import type { Firing, Trigger } from './firing.ts';
import { firesTwice } from './firing-rules.ts';
import { badHeader, durationOf, wordOf } from './header-members.ts';
import { parseTrigger } from './trigger-parser.ts';
import { triggerText } from './trigger-text.ts';

/** How windows fire, as members of the windowing in a header; what is not said there is the default. */
export const firingJson = ({ trigger, lateness, mode, onTime, closing }: Firing): Record<string, string> => ({
  trigger: triggerText(trigger),
  ...(lateness === 0 ? {} : { lateness: isoDuration(lateness) }),
  ...(mode === undefined ? {} : { mode }),
  ...(onTime === 'always' ? {} : { on_time: onTime }),
  ...(closing === 'if-any' ? {} : { closing }),
});

/**
 * The same read; undefined where the windowing has no trigger.
 * @throws TidemarkError `failed`
 */
export function parseFiring(windowing: Readonly<Record<string, unknown>>): Firing | undefined {
  const { trigger: text, lateness, mode: word, on_time: onTime = 'always', closing = 'if-any' } = windowing;
  if (text === undefined) return undefined;
  const trigger = triggerOf(text);
  const mode = word === undefined ? undefined : wordOf(word, 'mode', ['discard', 'accumulate']);
  if (mode === undefined && firesTwice(trigger, windowing.kind === 'session'))
    throw badHeader(`its windows fire more than once (${triggerText(trigger)}), and it has no mode`);
  return {
    trigger,
    lateness: lateness === undefined ? 0 : durationOf(lateness),
    mode,
    onTime: wordOf(onTime, 'on_time', ['always', 'if-any']),
    closing: wordOf(closing, 'closing', ['always', 'if-any']),
  };
}

function triggerOf(value: unknown): Trigger {
  if (typeof value !== 'string') throw badHeader(`trigger ${JSON.stringify(value)} is no text`);
  try {
    return parseTrigger(value);
  } catch (error) {
    throw error instanceof TidemarkError ? badHeader(error.message) : error;
  }
}
