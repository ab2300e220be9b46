import { usageError } from '../errors.ts';
import type { Literal } from './aggregate.ts';
import type { Decimal } from './decimal.ts';

/**
 * Which of `total` sorted values a quantile is, from 0: the smallest such that at least the share of them are at
 * most it (SQL's `percentile_disc`); the minimum for a share of 0. There is at least one value.
 */
export function nearestRank({ numerator, denominator }: Decimal, total: number): number {
  const rank = (BigInt(total) * numerator + denominator - 1n) / denominator;
  return Math.max(Number(rank) - 1, 0);
}

/** @throws TidemarkError `usage` when the share is none */
export function checkShare(aggregate: string, share: Literal | undefined): void {
  if (typeof share === 'number' && share >= 0 && share <= 1) return;
  throw usageError(
    `${aggregate} wants a number from 0 to 1, not ${JSON.stringify(share)}`,
    typeof share === 'number' && share > 1 && share <= 100
      ? `write ${share / 100} for the ${share}th percentile`
      : `write ${aggregate}(bytes, 0.95)`,
  );
}
