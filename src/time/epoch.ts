import { instantOrNaN } from './instant.ts';

/** What a count since 1970-01-01T00:00:00Z counts. */
export type EpochUnit = 's' | 'ms' | 'us' | 'ns';

/** How many decimal places the point moves to the right to come from the unit to milliseconds. */
const SHIFT: Readonly<Record<EpochUnit, number>> = { s: 3, ms: 0, us: -3, ns: -6 };

const DOT = 0x2e;
const MINUS = 0x2d;
const ZERO = 0x30;
/** Past any exponent that can matter; keeps the sum of digits a small integer. */
const MAX_EXPONENT = 1_000_000;

/**
 * Reads the decimal number that fills `[start, end)` (`1431857103`, `1431857103.25`, `-1.5e3`) as so many `unit`s
 * since the epoch. It goes digit by digit, never through a double of the unit, so that a 19-digit count of
 * nanoseconds is floored to the right millisecond. NaN where it is no number, or outside of the years 0000–9999.
 */
export function readEpoch(b: Uint8Array, start: number, end: number, unit: EpochUnit): number {
  const negative = b[start] === MINUS;
  const first = negative ? start + 1 : start;
  const wholeEnd = digitsEnd(b, first, end);
  if (wholeEnd === first) return Number.NaN;
  let i = wholeEnd;
  let fractionEnd = wholeEnd;
  if (i < end && b[i] === DOT) {
    fractionEnd = digitsEnd(b, i + 1, end);
    if (fractionEnd === i + 1) return Number.NaN;
    i = fractionEnd;
  }
  let exponent = 0;
  if (i < end) {
    exponent = readExponent(b, i, end);
    if (Number.isNaN(exponent)) return Number.NaN;
  }
  let left = wholeEnd - first + exponent + SHIFT[unit];
  let value = 0;
  let dropped = 0;
  for (let at = first; at < fractionEnd; at++) {
    if (at === wholeEnd) continue;
    const digit = b[at]! - ZERO;
    if (left > 0) {
      value = value * 10 + digit;
      if (value > Number.MAX_SAFE_INTEGER) return Number.NaN;
      left--;
    } else dropped |= digit;
  }
  for (; left > 0 && value > 0; left--) {
    value *= 10;
    if (value > Number.MAX_SAFE_INTEGER) return Number.NaN;
  }
  if (!negative) return instantOrNaN(value);
  const floored = dropped === 0 ? value : value + 1;
  return floored === 0 ? 0 : instantOrNaN(-floored);
}

/** Reads `e9`, `E+9`, `e-3`, which fills `[start, end)`; NaN where it is none. */
function readExponent(b: Uint8Array, start: number, end: number): number {
  if ((b[start]! | 0x20) !== 0x65) return Number.NaN;
  let i = start + 1;
  const negative = i < end && b[i] === MINUS;
  if (negative || (i < end && b[i] === 0x2b)) i++;
  if (i === end || digitsEnd(b, i, end) !== end) return Number.NaN;
  let value = 0;
  for (; i < end; i++) value = Math.min(value * 10 + b[i]! - ZERO, MAX_EXPONENT);
  return negative ? -value : value;
}

function digitsEnd(b: Uint8Array, start: number, end: number): number {
  let i = start;
  while (i < end && b[i]! >= ZERO && b[i]! <= 0x39) i++;
  return i;
}
