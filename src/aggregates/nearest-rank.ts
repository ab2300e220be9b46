import { usageError } from '../errors.ts';
import type { Literal } from './aggregate.ts';

/**
 * Which of the sorted values a quantile is: the smallest such that at least the share Q of them are at most it
 * (SQL's `percentile_disc`); the minimum for Q = 0. Computed in whole numbers, from Q as it was written.
 */
export class NearestRank {
  /** Q is `#share / #whole`. */
  readonly #share: bigint;
  readonly #whole: bigint;

  /** @param share Q, of [0, 1] */
  constructor(share: number) {
    // The fraction of its shortest spelling: 0.07 is 7/100, not the double beside it.
    const [digits = '0', exponent = '0'] = String(share).split('e');
    const [whole = '0', fraction = ''] = digits.split('.');
    this.#share = BigInt(whole + fraction);
    this.#whole = 10n ** BigInt(fraction.length - Number(exponent));
  }

  /** The index, from 0, among `total` sorted values; there is at least one. */
  indexOf(total: number): number {
    const rank = (BigInt(total) * this.#share + this.#whole - 1n) / this.#whole;
    return Math.max(Number(rank) - 1, 0);
  }
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
