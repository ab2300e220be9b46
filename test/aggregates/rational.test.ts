import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decompose, rootOf, roundRational, writeRational } from '../../src/aggregates/rational.ts';
import { ByteWriter } from '../../src/json/byte-writer.ts';
import { fromDouble, nearestDouble, plus, spelled, times, whole } from '../reference/fraction.ts';

const rational = (numerator: bigint, denominator = 1n, exponent = 0) => ({
  numerator,
  denominator,
  exponent,
});

const scaled = (numerator: bigint, denominator: bigint, exponent: number) =>
  exponent < 0
    ? { numerator, denominator: denominator << BigInt(-exponent) }
    : { numerator: numerator << BigInt(exponent), denominator };

function written(numerator: bigint, denominator = 1n, exponent = 0): string {
  const out = new ByteWriter(16);
  writeRational(out, rational(numerator, denominator, exponent));
  return out.toString();
}

const integer = fc.bigInt({ min: -(2n ** 130n), max: 2n ** 130n });
const positive = fc.bigInt({ min: 1n, max: 2n ** 130n });
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

describe('decompose', () => {
  it('gives back every finite double', () => {
    fc.assert(
      fc.property(finite, (value) => {
        const { mantissa, exponent } = decompose(value);
        expect(nearestDouble(scaled(mantissa, 1n, exponent))).toBe(value === 0 ? 0 : value);
      }),
    );
  });
});

describe('roundRational', () => {
  it('gives the nearest double', () => {
    fc.assert(
      fc.property(
        integer,
        positive,
        fc.integer({ min: -1250, max: 1100 }),
        (numerator, denominator, exponent) => {
          expect(roundRational(rational(numerator, denominator, exponent)) + 0).toBe(
            nearestDouble(scaled(numerator, denominator, exponent)) + 0,
          );
        },
      ),
    );
  });

  it('breaks ties to even, and only what is exactly a tie', () => {
    fc.assert(
      fc.property(finite, fc.constantFrom(-1n, 0n, 1n), (value, beside) => {
        const below = fromDouble(Math.abs(value));
        const pattern = new Float64Array([Math.abs(value)]);
        new BigUint64Array(pattern.buffer)[0]!++;
        if (!Number.isFinite(pattern[0]!)) return;
        const half = times(plus(below, fromDouble(pattern[0]!)), { numerator: 1n, denominator: 2n });
        const middle = plus(half, { numerator: beside, denominator: 2n ** 1300n });
        expect(roundRational({ ...middle, exponent: 0 })).toBe(nearestDouble(middle));
      }),
    );
  });

  it('keeps subnormals, and goes to 0 below half of the smallest', () => {
    expect(roundRational(rational(1n, 1n, -1074))).toBe(5e-324);
    expect(roundRational(rational(1n, 1n, -1075))).toBe(0);
    expect(roundRational(rational(-3n, 1n, -1076))).toBe(-5e-324);
    expect(roundRational(rational(1n, 1n, -5000))).toBe(0);
  });

  it('goes to Infinity from half a unit above the largest double on', () => {
    const edge = 2n ** 1024n - 2n ** 970n;
    expect(roundRational(rational(edge - 1n))).toBe(Number.MAX_VALUE);
    expect(roundRational(rational(edge))).toBe(Infinity);
    expect(roundRational(rational(-edge))).toBe(-Infinity);
    expect(roundRational(rational(1n, 1n, 4000))).toBe(Infinity);
  });
});

describe('writeRational', () => {
  it('spells what is past the range of doubles with 17 digits', () => {
    expect(written(25n * 10n ** 399n)).toBe('2.5e400');
    expect(written(-(10n ** 500n))).toBe('-1e500');
    expect(written(10n ** 400n - 1n)).toBe('1e400');
    expect(written(12345678901234567890n * 10n ** 390n)).toBe('1.2345678901234568e409');
    expect(written(2n * 10n ** 400n, 3n)).toBe('6.6666666666666667e399');
  });

  it('rounds those to even at a tie', () => {
    expect(written(100000000000000005n * 10n ** 380n)).toBe('1e397');
    expect(written(100000000000000015n * 10n ** 380n)).toBe('1.0000000000000002e397');
    expect(written(100000000000000005n * 10n ** 380n + 1n)).toBe('1.0000000000000001e397');
  });

  it('spells like the reference on both sides of the limit', () => {
    fc.assert(
      fc.property(
        integer,
        positive,
        fc.integer({ min: 850, max: 1250 }),
        (numerator, denominator, exponent) => {
          expect(written(numerator, denominator, exponent)).toBe(
            spelled(scaled(numerator, denominator, exponent)),
          );
        },
      ),
    );
  });
});

describe('rootOf', () => {
  it('is the root of the nearest double where that is a normal one', () => {
    fc.assert(
      fc.property(
        positive,
        positive,
        fc.integer({ min: -800, max: 800 }),
        (numerator, denominator, exponent) => {
          expect(roundRational(rootOf(rational(numerator, denominator, exponent)))).toBe(
            Math.sqrt(nearestDouble(scaled(numerator, denominator, exponent))),
          );
        },
      ),
    );
  });

  it('goes on where the square is past the range of doubles', () => {
    expect(roundRational(rootOf(rational(9n, 1n, 2000)))).toBe(3 * 2 ** 1000);
    expect(roundRational(rootOf(rational(9n, 1n, -2000)))).toBe(3 * 2 ** -1000);
    expect(roundRational(rootOf(rational(0n)))).toBe(0);
  });

  it('is the root of whole numbers', () => {
    expect(roundRational(rootOf({ ...whole(2n), exponent: 0 }))).toBe(Math.SQRT2);
  });
});
