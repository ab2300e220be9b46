import type { Buffer } from 'node:buffer';
import { MAX_INSTANT, MIN_INSTANT, readInstant } from '../time/instant.ts';

/** What a line of a stream looks like, told by its first or last bytes; spans are without the LF. */

/** `@t`: an RFC 3339 string, or epoch milliseconds; NaN when it is neither. */
export function eventTime(bytes: Buffer, start: number, end: number): number {
  if (bytes[start] === QUOTE) return readInstant(bytes, start + 1, end - 1);
  const number = Number(bytes.toString('latin1', start, end));
  const floored = Math.floor(number);
  return bytes[start] !== 0x6e && floored >= MIN_INSTANT && floored <= MAX_INSTANT ? floored : Number.NaN;
}

export function newline(bytes: Buffer, at: number): number {
  const end = bytes.indexOf(LF, at);
  return end < 0 ? bytes.length : end;
}

export function isHeader(bytes: Buffer, from: number, to: number): boolean {
  return /^[ \t]*\{[ \t]*"@stream"[ \t]*:/.test(bytes.toString('latin1', from, Math.min(to, from + 64)));
}

/** A last line without LF that is an `@end` from brace to brace: nothing of it is missing. */
export const isWholeEnd = (bytes: Buffer, from: number, to: number): boolean =>
  /^[ \t]*\{[ \t]*"@end"[ \t]*:.*\}\s*$/.test(bytes.toString('utf8', from, Math.min(to, from + 256)));

export function isBlank(bytes: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const c = bytes[i]!;
    if (c !== 0x20 && c !== 0x09 && c !== CR) return false;
  }
  return true;
}

const LF = 10;
const CR = 13;
const QUOTE = 0x22;
