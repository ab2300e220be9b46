import type { Buffer } from 'node:buffer';
import type { ByteWriter } from './byte-writer.ts';
import { valueEnd } from './scan.ts';

/** Digits of an integer that are read exactly; one of more counts as a number past the range. */
const MAX_DIGITS = 1000;

/** Powers of ten that a double holds exactly. */
const POWERS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** Whether b[start, end) is exactly a JSON number. */
export function isNumber(b: Uint8Array, start: number, end: number): boolean {
  const c = b[start]!;
  return start < end && (c === MINUS || (c >= 0x30 && c <= 0x39)) && valueEnd(b, start, end) === end;
}

/** Whether a number is spelled without fraction and exponent. */
export function isInteger(b: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const c = b[i]!;
    if (c === POINT || c === 0x65 || c === 0x45) return false;
  }
  return end - start <= MAX_DIGITS + 1;
}

/**
 * The double nearest to the number b[start, end); ±Infinity past the range. Up to 15 digits and 22 decimal
 * places are read at once, exactly (Clinger, "How to read floating point numbers accurately", PLDI 1990).
 */
export function readDouble(b: Buffer, start: number, end: number): number {
  const negative = b[start] === MINUS;
  let mantissa = 0;
  let places = -1;
  let i = negative ? start + 1 : start;
  if (end - i <= 16) {
    for (; i < end; i++) {
      const digit = b[i]! - 0x30;
      if (digit >= 0 && digit <= 9) {
        mantissa = mantissa * 10 + digit;
        if (places >= 0) places++;
      } else if (b[i] === POINT) places = 0;
      else break;
    }
    if (i === end && mantissa <= Number.MAX_SAFE_INTEGER) {
      const value = places > 0 ? mantissa / POWERS[places]! : mantissa;
      return negative ? -value : value;
    }
  }
  return Number(b.toString('latin1', start, end));
}

/** The exact value of an integer. */
export function readInteger(b: Buffer, start: number, end: number): bigint {
  return BigInt(b.toString('latin1', start, end));
}

/**
 * Writes the shortest spelling that reads back as the same double; -0 as 0.
 * @throws RangeError for what is not finite: JSON has no spelling for it
 */
export function writeDouble(out: ByteWriter, value: number): void {
  if (!Number.isFinite(value)) throw new RangeError(`${value} has no JSON spelling`);
  out.ascii(String(value === 0 ? 0 : value));
}

/** Orders two numbers by value: integers exactly, all others as their nearest doubles. */
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
  return x < y ? -1 : x > y ? 1 : 0;
}

/** A safe integer or a double as a number, a larger integer as a bigint: JavaScript compares them by value. */
function exact(b: Buffer, start: number, end: number): number | bigint {
  const value = readDouble(b, start, end);
  return !Number.isSafeInteger(value) && isInteger(b, start, end) ? readInteger(b, start, end) : value;
}

const MINUS = 0x2d;
const POINT = 0x2e;
