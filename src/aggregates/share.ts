import { type TidemarkError, usageError } from '../errors.ts';
import type { Literal } from './aggregate.ts';

/** How a share that falls between two values is read: as a value that occurred, or on the line between them. */
export const INTERPOLATIONS: readonly Literal[] = ['nearest', 'linear'];

/** @throws TidemarkError `usage` when it is no share */
export function checkShare(aggregate: string, share: Literal | undefined): void {
  if (typeof share === 'number' && share >= 0 && share <= 1) return;
  throw usageError(
    `${aggregate} wants a number from 0 to 1, not ${JSON.stringify(share)}`,
    typeof share === 'number' && share > 1 && share <= 100
      ? `write ${share / 100} for the ${share}th percentile`
      : `write ${aggregate}(bytes, 0.95)`,
  );
}

export const noInterpolation = (aggregate: string, word: Literal): TidemarkError =>
  usageError(
    `${aggregate} wants "nearest" or "linear" behind the share, not ${JSON.stringify(word)}`,
    `write ${aggregate}(bytes, 0.95, "linear")`,
  );
