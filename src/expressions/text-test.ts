import { Buffer } from 'node:buffer';
import { hasEscape, unescape } from '../json/string.ts';

/** Tells something of the inside of a JSON string, b[start, end). */
export type TextTest = (b: Buffer, start: number, end: number) => boolean;

/**
 * Whether the inside of a JSON string is the text. An escape is longer than what it stands for, so a shorter inside cannot
 * be the text, and one that differs can only where it has an escape.
 */
export function isText(text: string): TextTest {
  const wanted = Buffer.from(text);
  const { length } = wanted;
  const spelled = isSpelledPlain(text);
  return (b, start, end) => {
    if (end - start < length) return false;
    if (spelled && end - start === length && matchesAt(b, start, wanted)) return true;
    return hasEscape(b, start, end) && unescape(b, start, end) === text;
  };
}

export function startsWithText(text: string): TextTest {
  const wanted = Buffer.from(text);
  const spelled = isSpelledPlain(text);
  return (b, start, end) => {
    if (spelled && end - start >= wanted.length && matchesAt(b, start, wanted)) return true;
    return hasEscape(b, start, end) && unescape(b, start, end).startsWith(text);
  };
}

export function endsWithText(text: string): TextTest {
  const wanted = Buffer.from(text);
  return (b, start, end) => {
    if (hasEscape(b, start, end)) return unescape(b, start, end).endsWith(text);
    return end - start >= wanted.length && matchesAt(b, end - wanted.length, wanted);
  };
}

export function containsText(text: string): TextTest {
  const wanted = Buffer.from(text);
  const first = wanted[0];
  return (b, start, end) => {
    if (hasEscape(b, start, end)) return unescape(b, start, end).includes(text);
    if (first === undefined) return true;
    const last = end - wanted.length;
    for (let i = start; i <= last; i++) if (b[i] === first && matchesAt(b, i, wanted)) return true;
    return false;
  };
}

/** Whether a JSON string can spell the text without an escape. */
const isSpelledPlain = (text: string): boolean => !/["\\\u0000-\u001f]|\p{Cs}/u.test(text);

function matchesAt(b: Buffer, at: number, wanted: Buffer): boolean {
  for (let k = 0; k < wanted.length; k++) if (b[at + k] !== wanted[k]) return false;
  return true;
}
