import type { Buffer } from 'node:buffer';
import type { ByteWriter } from './byte-writer.ts';
import { valueEnd } from './scan.ts';

/** Digits of an integer that are read exactly. */
const MAX_DIGITS = 1000;

/** Characters of a number that the fast path of `readDouble` looks at: `0.` and sixteen digits. */
const SHORT = 18;

/** Powers of ten that a double holds exactly. */
const POWERS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** Whether b[start, end) is exactly a JSON number. */
export function isNumber(b: Uint8Array, start: number, end: number): boolean {
  if (start >= end) return false;
  const c = b[start]!;
  return (c === MINUS || (c >= 0x30 && c <= 0x39)) && valueEnd(b, start, end) === end;
}

/** As `isNumber`, of a text. */
export const isNumberText = (text: string): boolean =>
  /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/.test(text);

/**
 * Whether a number is spelled without fraction and exponent, in at most 1,000 digits: a longer one is past the
 * range of exact integers and read as the double that it is, Infinity.
 */
export function isInteger(b: Uint8Array, start: number, end: number): boolean {
  const digits = b[start] === MINUS ? start + 1 : start;
  if (end - digits > MAX_DIGITS) return false;
  for (let i = digits; i < end; i++) if (b[i]! < 0x30 || b[i]! > 0x39) return false;
  return true;
}

/**
 * The double nearest to the number b[start, end); ±Infinity past the range. Digits up to 2^53 over a power of
 * ten up to 10^22 are both exact, and one division rounds once (Clinger, "How to read floating point numbers
 * accurately", PLDI 1990); all else is left to Number.
 */
export function readDouble(b: Buffer, start: number, end: number): number {
  const negative = b[start] === MINUS;
  let mantissa = 0;
  let places = -1;
  let i = negative ? start + 1 : start;
  if (end - i <= SHORT) {
    for (; i < end; i++) {
      const digit = b[i]! - 0x30;
      if (digit >= 0 && digit <= 9) {
        mantissa = mantissa * 10 + digit;
        if (places >= 0) places++;
      } else if (b[i] === POINT) places = 0;
      else break;
    }
    // Digits past 2^53 may have been rounded, but never to below it.
    if (i === end && mantissa <= Number.MAX_SAFE_INTEGER) {
      const value = places > 0 ? mantissa / POWERS[places]! : mantissa;
      return negative ? -value : value;
    }
  }
  return Number(b.toString('latin1', start, end));
}

/** The exact value of a number that `isInteger`. */
export function readInteger(b: Buffer, start: number, end: number): bigint {
  return BigInt(b.toString('latin1', start, end));
}

/**
 * Writes the shortest spelling that reads back as the same double; -0 as 0.
 * @throws RangeError for what is not finite: JSON has no spelling for it
 */
export function writeDouble(out: ByteWriter, value: number): void {
  if (!Number.isFinite(value)) throw new RangeError(`${value} has no JSON spelling`);
  out.ascii(String(value));
}

/**
 * Orders two numbers by value: integers exactly, all others as their nearest doubles. Numbers past the range
 * of doubles stand at the ends, among themselves by their bytes: their values are not known, and equal are
 * only those that canonical spelling calls equal.
 * @returns negative, 0 or positive
 */
export function compareNumbers(
  a: Buffer,
  aStart: number,
  aEnd: number,
  b: Buffer,
  bStart: number,
  bEnd: number,
): number {
  const x = exact(a, aStart, aEnd);
  const y = exact(b, bStart, bEnd);
  if (x === y && (x === Infinity || x === -Infinity)) return a.compare(b, bStart, bEnd, aStart, aEnd);
  return x < y ? -1 : x > y ? 1 : 0;
}

/** A safe integer or a double as a number, a larger integer as a bigint: JavaScript compares them by value. */
function exact(b: Buffer, start: number, end: number): number | bigint {
  const value = readDouble(b, start, end);
  return !Number.isSafeInteger(value) && isInteger(b, start, end) ? readInteger(b, start, end) : value;
}

const MINUS = 0x2d;
const POINT = 0x2e;
