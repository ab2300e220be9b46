import { usageError } from '../errors.ts';
import type { Literal } from './aggregate.ts';

/**
 * Checks how a quantile that falls between two values is read: "nearest", the one that nearest rank gives, or
 * "linear", on the line between them.
 * @throws TidemarkError `usage` when it is another word
 */
export function checkInterpolation(aggregate: string, word: Literal): void {
  if (word === 'nearest' || word === 'linear') return;
  throw usageError(
    `${aggregate} wants "nearest" or "linear" behind the share, not ${JSON.stringify(word)}`,
    `write ${aggregate}(bytes, 0.95, "linear")`,
  );
}
