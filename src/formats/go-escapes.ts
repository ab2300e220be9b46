import { copyBytes, escapeByte, escapeText, NO_PAIRS } from './escape-text.ts';

const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const BACKSLASH = 0x5c;

/** 1: the letter behind a backslash means in JSON what it means in Go (and `\/`, which go-logfmt reads). */
const JSON_LETTER = new Uint8Array(256);
for (const letter of '"\\/bfnrt') JSON_LETTER[letter.charCodeAt(0)] = 1;

/**
 * Writes b[start, end), text with the escapes of Go's strings ("The Go Programming Language Specification", rune
 * literals), to b[at…], behind it, as the inside of a JSON string. There is room for six times as many bytes.
 * A byte above 0x7f (`\xe4`), which is no character, stays as it is spelled, and so does a backslash before
 * anything else.
 * @returns the index behind what was written
 */
export function writeGoText(b: Uint8Array, at: number, start: number, end: number): number {
  let out = at;
  for (let i = start; i < end; ) {
    const run = i;
    while (i < end && b[i] !== BACKSLASH) i++;
    out = escapeText(b, out, run, i, NO_PAIRS);
    if (i >= end) break;
    const letter = i + 1 < end ? b[i + 1]! : 0;
    let digits = 0;
    let code = -1;
    if (JSON_LETTER[letter] === 1) {
      out = copyBytes(b, out, b, i, i + 2);
      i += 2;
      continue;
    }
    if (letter === 0x61) code = 0x07;
    else if (letter === 0x76) code = 0x0b;
    else if (letter === APOSTROPHE) code = APOSTROPHE;
    else if (letter === 0x75 && hexAt(b, i + 2, 4, end) >= 0) {
      out = copyBytes(b, out, b, i, i + 6);
      i += 6;
      continue;
    } else if (letter === 0x78) {
      digits = 2;
      code = hexAt(b, i + 2, 2, end);
      if (code > 0x7f) code = -1;
    } else if (letter === 0x55) {
      digits = 8;
      code = hexAt(b, i + 2, 8, end);
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) code = -1;
    }
    if (code < 0) {
      out = escapeByte(b, out, BACKSLASH);
      i++;
    } else {
      out = writeCharacter(b, out, code);
      i += 2 + digits;
    }
  }
  return out;
}

/** The number of `count` hexadecimal digits at `from`, or -1. */
function hexAt(b: Uint8Array, from: number, count: number, end: number): number {
  if (from + count > end) return -1;
  let value = 0;
  for (let i = from; i < from + count; i++) {
    const c = b[i]! | 0x20;
    const digit = c >= 0x30 && c <= 0x39 && b[i]! >= 0x30 ? c - 0x30 : c >= 0x61 && c <= 0x66 ? c - 0x57 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/** Writes one character as UTF-8, escaped where JSON wants it. */
function writeCharacter(b: Uint8Array, at: number, code: number): number {
  let out = at;
  if (code < 0x80) {
    if (code < 0x20 || code === QUOTE || code === BACKSLASH) return escapeByte(b, out, code);
    b[out++] = code;
    return out;
  }
  if (code < 0x800) b[out++] = 0xc0 | (code >> 6);
  else {
    if (code < 0x10000) b[out++] = 0xe0 | (code >> 12);
    else {
      b[out++] = 0xf0 | (code >> 18);
      b[out++] = 0x80 | ((code >> 12) & 0x3f);
    }
    b[out++] = 0x80 | ((code >> 6) & 0x3f);
  }
  b[out++] = 0x80 | (code & 0x3f);
  return out;
}
