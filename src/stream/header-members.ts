import { TidemarkError } from '../errors.ts';
import { readIsoDuration } from '../time/duration.ts';

/** Members of a header as they are read: what is wrong with one is told in the same way. */

/** A duration of ISO 8601 in ms. @throws TidemarkError `failed` */
export function durationOf(value: unknown): number {
  const bytes = Buffer.from(typeof value === 'string' ? value : '');
  const duration = readIsoDuration(bytes, 0, bytes.length);
  if (Number.isNaN(duration)) throw badHeader(`${JSON.stringify(value)} is no duration`);
  return duration;
}

/** One of a few words. @throws TidemarkError `failed` */
export function wordOf<const T extends string>(value: unknown, name: string, words: readonly T[]): T {
  const found = words.find((word) => word === value);
  if (found === undefined) throw badHeader(`${name} ${JSON.stringify(value)} is not known here`);
  return found;
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const badHeader = (why: string): TidemarkError =>
  new TidemarkError('failed', `the @stream line cannot be read: ${why}`, {
    hint: 'all commands of a pipe must be of the same version of tidemark',
  });
