import type { ByteWriter } from '../json/byte-writer.ts';
import { writeDouble } from '../json/number.ts';

/** The exact value `numerator / denominator * 2^exponent`; the denominator is positive. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly exponent: number;
}

/** The exact value `mantissa * 2^exponent`. */
export interface Binary {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const MANTISSA_BITS = 53;
/** The exponent of the smallest double above 0. */
const LOWEST_EXPONENT = -1074;
/** The largest power of two that a 53-bit mantissa of a finite double is scaled by. */
const HIGHEST_EXPONENT = 971;
const DECIMAL_DIGITS = 17;

const double = new Float64Array(1);
const bits = new BigUint64Array(double.buffer);

/** A finite double as an integer times a power of two, exactly. */
export function decompose(value: number): Binary {
  double[0] = value;
  const pattern = bits[0]!;
  const biased = Number((pattern >> 52n) & 0x7ffn);
  const fraction = pattern & 0xfffffffffffffn;
  const size = biased === 0 ? fraction : fraction | 0x10000000000000n;
  return { mantissa: value < 0 ? -size : size, exponent: biased === 0 ? LOWEST_EXPONENT : biased - 1075 };
}

/** 2^exponent for -1074 ≤ exponent ≤ 1023, exactly (`**` need not be). */
function powerOfTwo(exponent: number): number {
  bits[0] = exponent < -1022 ? 1n << BigInt(exponent - LOWEST_EXPONENT) : BigInt(exponent + 1023) << 52n;
  return double[0]!;
}

/** Number of bits of a positive integer. */
export function bitLength(value: bigint): number {
  const digits = value.toString(16);
  return digits.length * 4 - (Math.clz32(Number.parseInt(digits[0]!, 16)) - 28);
}

/** `value * 2^count` for a count that brings no bit below the point. */
const shifted = (value: bigint, count: number): bigint => value << BigInt(count);

/**
 * Rounds to at most 53 bits, half to even, with no bit below 2^lowest. The mantissa is at most 2^53 in size
 * and so fits a double. The quotient is taken with at least 60 bits, and what is left of the division is
 * kept as one more bit below them: it can only break ties, so there is one rounding.
 */
function roundBits(value: Rational, lowest: number): { mantissa: number; exponent: number } {
  const negative = value.numerator < 0n;
  const numerator = negative ? -value.numerator : value.numerator;
  if (numerator === 0n) return { mantissa: 0, exponent: 0 };
  const shift = 60 + bitLength(value.denominator) - bitLength(numerator);
  const dividend = shift > 0 ? shifted(numerator, shift) : numerator;
  const divisor = shift < 0 ? shifted(value.denominator, -shift) : value.denominator;
  const quotient = dividend / divisor;
  const wide = (quotient << 1n) | (quotient * divisor === dividend ? 0n : 1n);
  const exponent = value.exponent - shift - 1;
  const length = bitLength(wide);
  const target = Math.max(exponent + length - MANTISSA_BITS, lowest);
  const drop = target - exponent;
  if (drop > length) return { mantissa: 0, exponent: 0 };
  const unit = 1n << BigInt(drop);
  const rest = wide & (unit - 1n);
  let rounded = wide >> BigInt(drop);
  const half = unit >> 1n;
  if (rest > half || (rest === half && (rounded & 1n) === 1n)) rounded++;
  return { mantissa: negative ? -Number(rounded) : Number(rounded), exponent: target };
}

/** The double nearest to the value, ties to even (IEEE 754, subnormals too); ±Infinity past the range. */
export function roundRational(value: Rational): number {
  const { mantissa, exponent } = roundBits(value, LOWEST_EXPONENT);
  if (mantissa === 0) return 0;
  if (exponent > HIGHEST_EXPONENT) return mantissa < 0 ? -Infinity : Infinity;
  return mantissa * powerOfTwo(exponent);
}

/**
 * Writes the value as a JSON number: the double nearest to it in its shortest spelling. A value past the
 * range of doubles, which JSON can spell and a double cannot hold, is rounded to 17 significant decimal
 * digits instead, half to even: `2.5e400`.
 */
export function writeRational(out: ByteWriter, value: Rational): void {
  const nearest = roundRational(value);
  if (Number.isFinite(nearest)) writeDouble(out, nearest);
  else out.ascii(decimalText(value));
}

/** 17 significant digits and an exponent, for values past the range of doubles. */
function decimalText(value: Rational): string {
  const negative = value.numerator < 0n;
  const size = negative ? -value.numerator : value.numerator;
  const dividend = value.exponent > 0 ? shifted(size, value.exponent) : size;
  const divisor = value.exponent < 0 ? shifted(value.denominator, -value.exponent) : value.denominator;
  const whole = dividend / divisor;
  const length = whole.toString().length;
  const unit = 10n ** BigInt(length - DECIMAL_DIGITS);
  const rest = dividend - (whole - (whole % unit)) * divisor;
  let digits = whole / unit;
  const half = unit * divisor;
  if (rest * 2n > half || (rest * 2n === half && (digits & 1n) === 1n)) digits++;
  const text = digits.toString();
  // Rounded up to a power of ten, the digits are one more.
  const exponent = length - 1 + (text.length - DECIMAL_DIGITS);
  const fraction = text.slice(1).replace(/0+$/, '');
  return `${negative ? '-' : ''}${text[0]}${fraction === '' ? '' : `.${fraction}`}e${exponent}`;
}

/**
 * The square root of the value rounded to 53 bits of any exponent, which is `Math.sqrt` of the nearest
 * double wherever that is a normal one, and goes on where it is not. The value must not be negative.
 */
export function rootOf(value: Rational): Rational {
  const { mantissa, exponent } = roundBits(value, -Infinity);
  const odd = exponent % 2 !== 0;
  const root = decompose(Math.sqrt(odd ? mantissa * 2 : mantissa));
  return {
    numerator: root.mantissa,
    denominator: 1n,
    exponent: root.exponent + (odd ? exponent - 1 : exponent) / 2,
  };
}
