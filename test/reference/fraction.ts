// Exact fractions of big integers, the plainest way: what the exact sums of src/aggregates are held to.

export interface Fraction {
  readonly numerator: bigint;
  /** Positive. */
  readonly denominator: bigint;
}

export const whole = (value: bigint): Fraction => ({ numerator: value, denominator: 1n });

/** A finite double, exactly: doubled until it is whole. */
export function fromDouble(value: number): Fraction {
  let numerator = value;
  let denominator = 1n;
  while (!Number.isInteger(numerator)) {
    numerator *= 2;
    denominator *= 2n;
  }
  return { numerator: BigInt(numerator), denominator };
}

export function plus(a: Fraction, b: Fraction): Fraction {
  // Else denominators that are all powers of two would grow without need.
  if (a.denominator % b.denominator === 0n)
    return {
      numerator: a.numerator + b.numerator * (a.denominator / b.denominator),
      denominator: a.denominator,
    };
  if (b.denominator % a.denominator === 0n) return plus(b, a);
  return {
    numerator: a.numerator * b.denominator + b.numerator * a.denominator,
    denominator: a.denominator * b.denominator,
  };
}

export const times = (a: Fraction, b: Fraction): Fraction => ({
  numerator: a.numerator * b.numerator,
  denominator: a.denominator * b.denominator,
});

export const minus = (a: Fraction, b: Fraction): Fraction => plus(a, times(whole(-1n), b));

/** a / b for a `b` that is not 0. */
export function over(a: Fraction, b: Fraction): Fraction {
  const sign = b.numerator < 0n ? -1n : 1n;
  return { numerator: a.numerator * b.denominator * sign, denominator: a.denominator * b.numerator * sign };
}

/** Digits that tell every tie between two doubles: the halfway points have fewer than 770. */
const DIGITS = 800;

/** The first 800 significant digits of the value, a 1 behind them if more follow, and the power of ten of the last. */
function decimals(value: Fraction): { sign: string; digits: string; exponent: number } {
  const size = value.numerator < 0n ? -value.numerator : value.numerator;
  const power = DIGITS - (size.toString().length - value.denominator.toString().length);
  const scaled = power > 0 ? size * 10n ** BigInt(power) : size;
  const divisor = power < 0 ? value.denominator * 10n ** BigInt(-power) : value.denominator;
  const quotient = scaled / divisor;
  const more = quotient * divisor === scaled ? '0' : '1';
  return { sign: value.numerator < 0n ? '-' : '', digits: `${quotient}${more}`, exponent: -power - 1 };
}

/** The nearest double, as JavaScript's own parser of decimals rounds it. */
export function nearestDouble(value: Fraction): number {
  const { sign, digits, exponent } = decimals(value);
  return Number(`${sign}${digits}e${exponent}`);
}

/** The spelling of a result: of the nearest double, or past the range 17 significant digits, half to even. */
export function spelled(value: Fraction): string {
  const nearest = nearestDouble(value);
  if (Number.isFinite(nearest)) return String(nearest === 0 ? 0 : nearest);
  const { sign, digits, exponent } = decimals(value);
  let first = BigInt(digits.slice(0, 17));
  const rest = digits.slice(17);
  const half = `5${'0'.repeat(rest.length - 1)}`;
  if (rest > half || (rest === half && first % 2n === 1n)) first++;
  const text = first.toString();
  const magnitude = exponent + digits.length - 1 + (text.length - 17);
  const fraction = text.slice(1).replace(/0+$/, '');
  return `${sign}${text[0]}${fraction === '' ? '' : `.${fraction}`}e${magnitude}`;
}

/** The double nearest to the square root of a fraction that is not negative: from 800 digits, by Newton's method. */
export function nearestRoot({ numerator, denominator }: Fraction): number {
  const magnitude = numerator.toString().length - denominator.toString().length;
  const power = Math.max(DIGITS - Math.floor(magnitude / 2), 0);
  const square = (numerator * 10n ** BigInt(2 * power)) / denominator;
  let root = 10n ** BigInt(Math.ceil(square.toString().length / 2) + 1);
  while (root * root > square) root = (root + square / root) / 2n;
  const exact = root * root * denominator === numerator * 10n ** BigInt(2 * power);
  return Number(`${root}${exact ? '0' : '1'}e${-power - 1}`);
}
