/**
 * Validating scan of JSON text (RFC 8259) over bytes, without recursion and without an object per value. What
 * is UTF-8 is checked elsewhere, by the block.
 */

/** Set when a function below returns -1: the index of the byte that is wrong, and what is wrong with it. */
export const failure = { at: 0, reason: '' };

function fail(at: number, reason: string): -1 {
  failure.at = at;
  failure.reason = reason;
  return -1;
}

/** Bytes inside a string: 0 plain, 1 the closing quote, 2 a backslash, 3 a control character. */
const STRING_CLASS = new Uint8Array(256);
STRING_CLASS.fill(3, 0, 32);
STRING_CLASS[0x22] = 1;
STRING_CLASS[0x5c] = 2;

/** Behind a backslash: 1 one letter, 2 `u` and four digits. */
const ESCAPE_CLASS = new Uint8Array(256);
for (const letter of '"\\/bfnrt') ESCAPE_CLASS[letter.charCodeAt(0)] = 1;
ESCAPE_CLASS[0x75] = 2;

const HEX = new Uint8Array(256);
for (const digit of '0123456789abcdefABCDEF') HEX[digit.charCodeAt(0)] = 1;

/** The index of the first byte at or behind `from` that is no white space; `end` when there is none. */
export function skipSpace(b: Uint8Array, from: number, end: number): number {
  let i = from;
  while (i < end) {
    const c = b[i]!;
    if (c > 0x20 || (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09)) return i;
    i++;
  }
  return end;
}

/**
 * Validates a string. Escaped lone surrogates are grammatical (RFC 8259, section 8.2) and pass.
 * @param from behind the opening quote
 * @returns the index behind the closing quote, or -1
 */
export function stringEnd(b: Uint8Array, from: number, end: number): number {
  let i = from;
  while (i < end) {
    const kind = STRING_CLASS[b[i]!]!;
    if (kind === 0) {
      i++;
      continue;
    }
    if (kind === 1) return i + 1;
    if (kind === 3) {
      return fail(i, b[i] === 0 ? NUL_BYTE : 'a control character in a string; it must be escaped');
    }
    if (i + 1 >= end) break;
    const escape = ESCAPE_CLASS[b[i + 1]!]!;
    if (escape === 1) i += 2;
    else if (escape === 0) return fail(i, 'a backslash that escapes nothing');
    else {
      for (let k = i + 2; k < i + 6; k++) {
        if (k >= end) return fail(from - 1, 'a string is not closed');
        if (HEX[b[k]!] === 0) return fail(k, '\\u wants four hexadecimal digits');
      }
      i += 6;
    }
  }
  return fail(from - 1, 'a string is not closed');
}

/**
 * Nesting that `valueEnd` is in, a byte a level: 1 a list, 0 an object, innermost last. Used again by each
 * call; grows to the deepest value seen (at most a byte per byte of a line) and is never freed.
 */
let nesting = new Uint8Array(1 << 10);

/**
 * Validates one value (no white space before it), to any depth and without recursion.
 * @param from its first byte
 * @returns the index behind it, or -1
 */
export function valueEnd(b: Uint8Array, from: number, end: number): number {
  if (from >= end) return fail(from, 'expected a value');
  const first = b[from]!;
  if (first === QUOTE) return stringEnd(b, from + 1, end);
  if (first !== OPEN_OBJECT && first !== OPEN_LIST) return scalarEnd(b, from, end);
  let depth = 0;
  let i = from;
  for (;;) {
    // A value begins at i.
    const c = i < end ? b[i]! : 0;
    if (c === OPEN_OBJECT || c === OPEN_LIST) {
      if (depth === nesting.length) {
        const grown = new Uint8Array(nesting.length * 2);
        grown.set(nesting);
        nesting = grown;
      }
      nesting[depth++] = c === OPEN_LIST ? 1 : 0;
      i = skipSpace(b, i + 1, end);
      if (i < end && b[i] === (c === OPEN_LIST ? CLOSE_LIST : CLOSE_OBJECT)) {
        i++;
        depth--;
      } else if (c === OPEN_LIST) continue;
      else {
        i = memberValue(b, i, end);
        if (i < 0) return -1;
        continue;
      }
    } else {
      i = c === QUOTE && i < end ? stringEnd(b, i + 1, end) : scalarEnd(b, i, end);
      if (i < 0) return -1;
    }
    // Behind a value: close what ends here.
    for (;;) {
      if (depth === 0) return i;
      i = skipSpace(b, i, end);
      const list = nesting[depth - 1] === 1;
      if (i >= end) return fail(end, list ? 'the list is not closed' : 'the object is not closed');
      if (b[i] === COMMA) {
        i = skipSpace(b, i + 1, end);
        if (!list) {
          i = memberValue(b, i, end);
          if (i < 0) return -1;
        }
        break;
      }
      if (b[i] !== (list ? CLOSE_LIST : CLOSE_OBJECT)) {
        return fail(i, b[i] === 0 ? NUL_BYTE : list ? "expected ',' or ']'" : "expected ',' or '}'");
      }
      i++;
      depth--;
    }
  }
}

/** From a member's name to where its value begins. */
function memberValue(b: Uint8Array, from: number, end: number): number {
  if (from >= end) return fail(end, 'the object is not closed');
  if (b[from] !== QUOTE) return fail(from, b[from] === 0 ? NUL_BYTE : 'expected a member name in quotes');
  let i = stringEnd(b, from + 1, end);
  if (i < 0) return -1;
  i = skipSpace(b, i, end);
  if (i >= end || b[i] !== COLON) return fail(i, "expected ':'");
  return skipSpace(b, i + 1, end);
}

function scalarEnd(b: Uint8Array, from: number, end: number): number {
  if (from >= end) return fail(from, 'expected a value');
  switch (b[from]) {
    case 0x74:
      return wordEnd(b, from, end, TRUE);
    case 0x66:
      return wordEnd(b, from, end, FALSE);
    case 0x6e:
      return wordEnd(b, from, end, NULL);
    default:
      return numberEnd(b, from, end);
  }
}

function wordEnd(b: Uint8Array, from: number, end: number, word: Uint8Array): number {
  for (let k = 0; k < word.length; k++) {
    if (from + k >= end || b[from + k] !== word[k]) return fail(from, 'expected a value');
  }
  return from + word.length;
}

/** The grammar of RFC 8259, section 6. */
function numberEnd(b: Uint8Array, from: number, end: number): number {
  let i = from;
  if (b[i] === MINUS) i++;
  if (i >= end || b[i]! < 0x30 || b[i]! > 0x39)
    return fail(
      from,
      i > from ? 'a number without digits' : b[i] === 0 && i < end ? NUL_BYTE : 'expected a value',
    );
  if (b[i] === 0x30) {
    i++;
    if (i < end && b[i]! >= 0x30 && b[i]! <= 0x39) return fail(from, 'a number has a leading zero');
  } else i = digitsEnd(b, i, end);
  if (i < end && b[i] === 0x2e) {
    const fraction = digitsEnd(b, i + 1, end);
    if (fraction === i + 1) return fail(i, 'a number has no digits behind its point');
    i = fraction;
  }
  if (i < end && (b[i] === 0x65 || b[i] === 0x45)) {
    let sign = i + 1;
    if (sign < end && (b[sign] === 0x2b || b[sign] === MINUS)) sign++;
    const exponent = digitsEnd(b, sign, end);
    if (exponent === sign) return fail(i, 'a number has no digits in its exponent');
    i = exponent;
  }
  return i;
}

function digitsEnd(b: Uint8Array, from: number, end: number): number {
  let i = from;
  while (i < end && b[i]! >= 0x30 && b[i]! <= 0x39) i++;
  return i;
}

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const TRUE = bytesOf('true');
const FALSE = bytesOf('false');
const NULL = bytesOf('null');
const NUL_BYTE = 'a NUL byte; is this text?';
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
