/** An integer in the one form that values have: a number as long as it is safe, else a bigint. */
export const normalized = (value: bigint): number | bigint =>
  value >= LEAST_SAFE && value <= MOST_SAFE ? Number(value) : value;

const MOST_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const LEAST_SAFE = -MOST_SAFE;
