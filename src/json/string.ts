import type { Buffer } from 'node:buffer';
import type { ByteWriter } from './byte-writer.ts';

/** Whether the inside of a JSON string, b[start, end), has an escape. */
export function hasEscape(b: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (b[i] === BACKSLASH) return true;
  return false;
}

/** The text of the inside of a JSON string, b[start, end), which is valid. */
export function unescape(b: Buffer, start: number, end: number): string {
  if (!hasEscape(b, start, end)) return b.toString('utf8', start, end);
  return JSON.parse(`"${b.toString('utf8', start, end)}"`);
}

/** Writes a text as a JSON string: quoted, with the escapes that RFC 8259 asks for and no others. */
export function writeString(out: ByteWriter, text: string): void {
  // A lone surrogate has no UTF-8: JSON.stringify escapes it, and so keeps it.
  out.utf8(JSON.stringify(text));
}

/** What stands behind the backslash for control characters that have a letter. */
const LETTERS = new Uint8Array(32);
LETTERS[8] = 0x62;
LETTERS[9] = 0x74;
LETTERS[10] = 0x6e;
LETTERS[12] = 0x66;
LETTERS[13] = 0x72;

/** Writes raw UTF-8, b[start, end), as a JSON string: quoted and escaped. */
export function writeStringBytes(out: ByteWriter, b: Uint8Array, start: number, end: number): void {
  out.byte(QUOTE);
  let plain = start;
  for (let i = start; i < end; i++) {
    const c = b[i]!;
    if (c >= 32 && c !== QUOTE && c !== BACKSLASH) continue;
    out.copy(b, plain, i);
    plain = i + 1;
    out.byte(BACKSLASH);
    if (c >= 32) out.byte(c);
    else if (LETTERS[c] !== 0) out.byte(LETTERS[c]!);
    else out.ascii(c < 16 ? `u000${c.toString(16)}` : `u00${c.toString(16)}`);
  }
  out.copy(b, plain, end);
  out.byte(QUOTE);
}

/**
 * Orders two JSON strings, spans with their quotes, by their unescaped UTF-8 bytes (that is by code point);
 * a lone surrogate counts as the three bytes that WTF-8 gives it (simonsapin.github.io/wtf-8).
 * @returns negative, 0 or positive
 */
export function compareStrings(
  a: Buffer,
  aStart: number,
  aEnd: number,
  b: Buffer,
  bStart: number,
  bEnd: number,
): number {
  const length = Math.min(aEnd - aStart, bEnd - bStart) - 2;
  for (let i = 1; i <= length; i++) {
    const x = a[aStart + i]!;
    const y = b[bStart + i]!;
    // Up to the first escape the bytes themselves are in order.
    if (x === BACKSLASH || y === BACKSLASH) {
      return compareTexts(unescape(a, aStart + 1, aEnd - 1), unescape(b, bStart + 1, bEnd - 1));
    }
    if (x !== y) return x - y;
  }
  return aEnd - aStart - (bEnd - bStart);
}

/** Orders two texts by code point, as `compareStrings` orders their JSON. */
export function compareTexts(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a.charCodeAt(i) !== b.charCodeAt(i)) return codePointRank(a, i) - codePointRank(b, i);
  }
  return a.length - b.length;
}

/** Code units at the first difference compare like code points once halves of pairs rank above all else. */
function codePointRank(text: string, i: number): number {
  const unit = text.charCodeAt(i);
  if (unit < 0xd800 || unit > 0xdfff) return unit;
  const paired = unit < 0xdc00 ? isTail(text.charCodeAt(i + 1)) : i > 0 && isHead(text.charCodeAt(i - 1));
  return paired ? unit + 0x10000 : unit;
}

const isHead = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isTail = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
