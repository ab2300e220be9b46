import { type Binary, bitLength, type Rational } from './rational.ts';

// Exact arithmetic of binary fractions, for results that are computed from exact sums and rounded once.

export const timesBinary = (a: Binary, b: Binary): Binary => ({
  mantissa: a.mantissa * b.mantissa,
  exponent: a.exponent + b.exponent,
});

export const timesWhole = (a: Binary, factor: bigint): Binary => ({
  mantissa: a.mantissa * factor,
  exponent: a.exponent,
});

export function plusBinary(a: Binary, b: Binary): Binary {
  const exponent = Math.min(a.exponent, b.exponent);
  return {
    mantissa: (a.mantissa << BigInt(a.exponent - exponent)) + (b.mantissa << BigInt(b.exponent - exponent)),
    exponent,
  };
}

export const minusBinary = (a: Binary, b: Binary): Binary => plusBinary(a, timesWhole(b, -1n));

/** a / b for a `b` that is not 0. */
export function quotientOf(a: Binary, b: Binary): Rational {
  const sign = b.mantissa < 0n ? -1n : 1n;
  return {
    numerator: a.mantissa * sign,
    denominator: b.mantissa * sign,
    exponent: a.exponent - b.exponent,
  };
}

/** Bits of a root, enough that one more below them tells on which side of a tie between doubles it is. */
const ROOT_BITS = 66;

/**
 * A value that rounds as the square root of the one given does, to a double or to 17 digits: the root's first
 * bits, and behind them a 1 where it goes on. The value must not be negative.
 */
export function exactRoot({ numerator, denominator, exponent }: Rational): Rational {
  if (numerator === 0n) return { numerator, denominator, exponent: 0 };
  const wanted = 2 * ROOT_BITS + bitLength(denominator) - bitLength(numerator);
  const least = Math.max(wanted, 0);
  // What is left of the exponent must be even, to be halved.
  const shift = (exponent - least) % 2 === 0 ? least : least + 1;
  const dividend = numerator << BigInt(shift);
  const square = dividend / denominator;
  const root = wholeRoot(square);
  const exact = root * root * denominator === dividend;
  return {
    numerator: (root << 1n) | (exact ? 0n : 1n),
    denominator: 1n,
    exponent: (exponent - shift) / 2 - 1,
  };
}

/** The largest integer whose square is at most the positive value, by Newton's method from above. */
function wholeRoot(value: bigint): bigint {
  let root = 1n << BigInt((bitLength(value) + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
