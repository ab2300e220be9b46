import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  exactRoot,
  minusBinary,
  plusBinary,
  quotientOf,
  timesBinary,
  timesWhole,
} from '../../src/aggregates/binary.ts';
import { type Binary, roundRational } from '../../src/aggregates/rational.ts';
import {
  type Fraction,
  minus,
  nearestDouble,
  nearestRoot,
  over,
  plus,
  times,
  whole,
} from '../reference/fraction.ts';

const binary: fc.Arbitrary<Binary> = fc.record({
  mantissa: fc.bigInt({ min: -(2n ** 120n), max: 2n ** 120n }),
  exponent: fc.integer({ min: -300, max: 300 }),
});

const fractionOf = ({ mantissa, exponent }: Binary): Fraction =>
  exponent < 0
    ? { numerator: mantissa, denominator: 2n ** BigInt(-exponent) }
    : whole(mantissa * 2n ** BigInt(exponent));

const rounded = (value: Binary): number => roundRational({ ...quotientOf(value, ONE) }) + 0;
const ONE: Binary = { mantissa: 1n, exponent: 0 };

describe('binary fractions', () => {
  it('are added, taken from each other, multiplied and divided exactly', () => {
    fc.assert(
      fc.property(binary, binary, fc.bigInt({ min: -1000n, max: 1000n }), (a, b, factor) => {
        const x = fractionOf(a);
        const y = fractionOf(b);
        expect(rounded(plusBinary(a, b))).toBe(nearestDouble(plus(x, y)) + 0);
        expect(rounded(minusBinary(a, b))).toBe(nearestDouble(minus(x, y)) + 0);
        expect(rounded(timesBinary(a, b))).toBe(nearestDouble(times(x, y)) + 0);
        expect(rounded(timesWhole(a, factor))).toBe(nearestDouble(times(x, whole(factor))) + 0);
        if (b.mantissa !== 0n)
          expect(roundRational(quotientOf(a, b)) + 0).toBe(nearestDouble(over(x, y)) + 0);
      }),
    );
  });
});

describe('exactRoot', () => {
  const positive = fc.bigInt({ min: 1n, max: 2n ** 160n });

  it('rounds as the square root does', () => {
    fc.assert(
      fc.property(
        positive,
        positive,
        fc.integer({ min: -900, max: 900 }),
        (numerator, denominator, exponent) => {
          const scaled = fractionOf({ mantissa: numerator, exponent });
          const expected = nearestRoot({ ...scaled, denominator: scaled.denominator * denominator });
          expect(roundRational(exactRoot({ numerator, denominator, exponent }))).toBe(expected);
        },
      ),
    );
  });

  it('breaks ties to even, and only what is exactly a tie', () => {
    // Between two doubles: 2^53 + 1, whose square is beside other squares' roots.
    const middle = 2n ** 53n + 1n;
    const root = (numerator: bigint): number =>
      roundRational(exactRoot({ numerator, denominator: 1n, exponent: 0 }));
    expect(root(middle * middle)).toBe(2 ** 53);
    expect(root(middle * middle + 1n)).toBe(2 ** 53 + 2);
    expect(root(middle * middle - 1n)).toBe(2 ** 53);
  });

  it('is 0 of 0', () => {
    expect(roundRational(exactRoot({ numerator: 0n, denominator: 3n, exponent: 7 }))).toBe(0);
  });
});
