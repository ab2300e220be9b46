import type { Buffer } from 'node:buffer';
import type { ByteWriter } from './byte-writer.ts';
import { isInteger, readDouble, readInteger } from './number.ts';
import { hasEscape, unescape, writeString } from './string.ts';

/**
 * Whether a value's bytes are its canonical spelling: strings without escapes, integers as their digits, true,
 * false, null, and every list and object, which are equal by their bytes only.
 */
export function isCanonical(b: Buffer, start: number, end: number): boolean {
  const c = b[start]!;
  if (c === QUOTE) return !hasEscape(b, start, end);
  if (c !== MINUS && (c < 0x30 || c > 0x39)) return true;
  for (let i = c === MINUS ? start + 1 : start; i < end; i++) if (b[i]! < 0x30 || b[i]! > 0x39) return false;
  return !(c === MINUS && b[start + 1] === 0x30);
}

/**
 * Writes a value so that equal values get equal bytes: numbers by value (1, 1.0 and 1e0 are `1`), strings with
 * the escapes that they need only. A number past the range of doubles keeps its spelling.
 */
export function writeCanonical(out: ByteWriter, b: Buffer, start: number, end: number): void {
  if (isCanonical(b, start, end)) out.copy(b, start, end);
  else if (b[start] === QUOTE) writeString(out, unescape(b, start + 1, end - 1));
  else writeNumber(out, b, start, end);
}

function writeNumber(out: ByteWriter, b: Buffer, start: number, end: number): void {
  if (isInteger(b, start, end)) {
    out.ascii(readInteger(b, start, end).toString());
    return;
  }
  const value = readDouble(b, start, end);
  if (!Number.isFinite(value)) out.copy(b, start, end);
  else out.ascii(Number.isInteger(value) ? BigInt(value).toString() : String(value));
}

const QUOTE = 0x22;
const MINUS = 0x2d;
