import { usageError } from '../errors.ts';
import { parseDuration } from '../time/duration.ts';

/** ms. @throws TidemarkError `usage` */
export function positiveDuration(text: string): number {
  const duration = parseDuration(text);
  if (duration === 0) throw usageError('it must be longer than 0', 'each fires at each event');
  return duration;
}

/** @throws TidemarkError `usage` */
export function positiveCount(text: string): number {
  const count = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(count) || count < 1) throw usageError(`'${text}' is no whole number from 1 on`);
  return count;
}
