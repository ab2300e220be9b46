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
