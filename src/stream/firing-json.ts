import { TidemarkError } from '../errors.ts';
import { isoDuration } from '../time/duration.ts';
import type { Firing, Trigger } from './firing.ts';
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
  const { trigger, lateness, mode, on_time: onTime = 'always', closing = 'if-any' } = windowing;
  if (trigger === undefined) return undefined;
  return {
    trigger: triggerOf(trigger),
    lateness: lateness === undefined ? 0 : durationOf(lateness),
    mode: mode === undefined ? undefined : wordOf(mode, 'mode', ['discard', 'accumulate']),
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
