import type { Buffer } from 'node:buffer';
import { skipSpace, stringEnd, valueEnd } from './scan.ts';
import { unescape } from './string.ts';

/** Names of the members bytes[start, end), which stand without braces; as far as they are valid. */
export function memberNames(bytes: Buffer, start: number, end: number): string[] {
  const names: string[] = [];
  for (let at = skipSpace(bytes, start, end); at < end && bytes[at] === QUOTE; ) {
    const nameEnd = stringEnd(bytes, at + 1, end);
    if (nameEnd < 0) break;
    names.push(unescape(bytes, at + 1, nameEnd - 1));
    const colon = skipSpace(bytes, nameEnd, end);
    const behind = valueEnd(bytes, skipSpace(bytes, colon + 1, end), end);
    if (behind < 0) break;
    at = skipSpace(bytes, skipSpace(bytes, behind, end) + 1, end);
  }
  return names;
}

const QUOTE = 0x22;
