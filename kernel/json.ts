/**
 * JSON (RFC 8259) over bytes. Every text that is scanned here has a control character (the line's LF, or the
 * one that is put behind each block) at or before its end, so that no loop runs away: a string that is not
 * closed ends there.
 */

const QUOTE: u8 = 0x22;
const BACKSLASH: u8 = 0x5c;

/** Bytes seen by `stringEnd`, or-ed together: a set high bit in one of them means that not all was ASCII. */
export let seen: v128 = i64x2.splat(0);

@inline
export function clearSeen(): void {
  seen = i64x2.splat(0);
}

@inline
export function seenBeyondAscii(): bool {
  return i8x16.bitmask(seen) != 0;
}

@inline
function isHex(c: u8): bool {
  return <u8>(c - 0x30) < 10 || <u8>((c | 0x20) - 0x61) < 6;
}

/** The address of the closing quote of a string, from behind its opening quote; 0 where it is none. */
@inline
export function stringEnd(from: usize): usize {
  let p = from;
  for (;;) {
    const v = v128.load(p);
    const special = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(v, i8x16.splat(0x22)), i8x16.eq(v, i8x16.splat(0x5c))),
        i8x16.lt_u(v, i8x16.splat(0x20)),
      ),
    );
    seen = v128.or(seen, v);
    if (special == 0) {
      p += 16;
      continue;
    }
    p += <usize>ctz(special);
    const c = load<u8>(p);
    if (c == QUOTE) return p;
    if (c != BACKSLASH) return 0;
    p = escapeEnd(p);
    if (p == 0) return 0;
  }
  return 0;
}

/** The address behind an escape that begins with the backslash at `p`; 0 where it is none. */
function escapeEnd(p: usize): usize {
  const c = load<u8>(p, 1);
  if (c == 0x75) {
    for (let k: usize = 2; k < 6; k++) if (!isHex(load<u8>(p + k))) return 0;
    return p + 6;
  }
  if (
    c == QUOTE || c == BACKSLASH || c == 0x2f || c == 0x62 || c == 0x66 || c == 0x6e || c == 0x72 || c == 0x74
  ) {
    return p + 2;
  }
  return 0;
}

@inline
function isDigit(c: u8): bool {
  return <u8>(c - 0x30) < 10;
}

/** The address behind a number (RFC 8259, section 6); 0 where there is none. */
export function numberEnd(from: usize): usize {
  let p = from;
  let c = load<u8>(p);
  if (c == 0x2d) c = load<u8>(++p);
  if (c == 0x30) {
    c = load<u8>(++p);
    if (isDigit(c)) return 0;
  } else {
    if (!isDigit(c)) return 0;
    do c = load<u8>(++p);
    while (isDigit(c));
  }
  if (c == 0x2e) {
    c = load<u8>(++p);
    if (!isDigit(c)) return 0;
    do c = load<u8>(++p);
    while (isDigit(c));
  }
  if ((c | 0x20) == 0x65) {
    c = load<u8>(++p);
    if (c == 0x2b || c == 0x2d) c = load<u8>(++p);
    if (!isDigit(c)) return 0;
    do c = load<u8>(++p);
    while (isDigit(c));
  }
  return p;
}

const TRUE: u32 = 0x65757274;
const NULL: u32 = 0x6c6c756e;
const ALSE: u32 = 0x65736c61;

/** The address behind white space. */
@inline
export function skipSpace(from: usize): usize {
  let p = from;
  for (;;) {
    const c = load<u8>(p);
    if (c != 0x20 && c != 0x09 && c != 0x0d) return p;
    p++;
  }
  return p;
}

/** The address behind a value; 0 where it is none. */
@inline
export function valueEnd(from: usize): usize {
  const c = load<u8>(from);
  if (c == QUOTE) {
    const end = stringEnd(from + 1);
    return end == 0 ? 0 : end + 1;
  }
  if (<u8>(c - 0x31) < 9) {
    let p = from + 1;
    let d = load<u8>(p);
    while (isDigit(d)) d = load<u8>(++p);
    if (d != 0x2e && (d | 0x20) != 0x65) return p;
    return numberEnd(from);
  }
  return otherEnd(from);
}

function otherEnd(from: usize): usize {
  const c = load<u8>(from);
  if (c == 0x7b || c == 0x5b) return nestedEnd(from);
  if (c == 0x74) return load<u32>(from) == TRUE ? from + 4 : 0;
  if (c == 0x6e) return load<u32>(from) == NULL ? from + 4 : 0;
  if (c == 0x66) return load<u32>(from, 1) == ALSE ? from + 5 : 0;
  return numberEnd(from);
}

/**
 * Which of the values that are open are lists: a bit a level, outermost first.
 * 4,096 levels; what is nested deeper is left to the slow path, which has no limit.
 */
const NESTING: usize = memory.data(512);
const DEEPEST: i32 = 4095;

/** Sets bit `depth`: 1 a list, 0 an object. */
@inline
function setList(depth: i32, list: bool): void {
  const at = NESTING + <usize>(depth >> 3);
  const bit: u8 = <u8>1 << <u8>(depth & 7);
  store<u8>(at, list ? load<u8>(at) | bit : load<u8>(at) & ~bit);
}

@inline
function isList(depth: i32): bool {
  return ((load<u8>(NESTING + <usize>(depth >> 3)) >> <u8>(depth & 7)) & 1) != 0;
}

/** From a member's name to where its value begins; 0 where it is none. */
@inline
function memberValue(from: usize): usize {
  if (load<u8>(from) != QUOTE) return 0;
  let p = stringEnd(from + 1);
  if (p == 0) return 0;
  p++;
  if (load<u8>(p) != 0x3a) {
    p = skipSpace(p);
    if (load<u8>(p) != 0x3a) return 0;
  }
  p++;
  return load<u8>(p) <= 0x20 ? skipSpace(p) : p;
}

/** The address behind an object or a list; 0 where it is none, or nested too deep. */
function nestedEnd(from: usize): usize {
  let depth = -1;
  let p = from;
  for (;;) {
    // A value begins at p.
    const c = load<u8>(p);
    if (c == 0x7b || c == 0x5b) {
      if (++depth > DEEPEST) return 0;
      const list = c == 0x5b;
      setList(depth, list);
      p++;
      if (load<u8>(p) <= 0x20) p = skipSpace(p);
      if (load<u8>(p) == (list ? <u8>0x5d : <u8>0x7d)) {
        p++;
        if (--depth < 0) return p;
      } else {
        if (!list) {
          p = memberValue(p);
          if (p == 0) return 0;
        }
        continue;
      }
    } else if (c == QUOTE) {
      p = stringEnd(p + 1);
      if (p == 0) return 0;
      p++;
    } else {
      if (c == 0x74) p = load<u32>(p) == TRUE ? p + 4 : 0;
      else if (c == 0x6e) p = load<u32>(p) == NULL ? p + 4 : 0;
      else if (c == 0x66) p = load<u32>(p, 1) == ALSE ? p + 5 : 0;
      else p = numberEnd(p);
      if (p == 0) return 0;
    }
    // Behind a value: close what ends here.
    for (;;) {
      if (load<u8>(p) <= 0x20) p = skipSpace(p);
      const d = load<u8>(p);
      const list = isList(depth);
      if (d == 0x2c) {
        p++;
        if (load<u8>(p) <= 0x20) p = skipSpace(p);
        if (!list) {
          p = memberValue(p);
          if (p == 0) return 0;
        }
        break;
      }
      if (d != (list ? <u8>0x5d : <u8>0x7d)) return 0;
      p++;
      if (--depth < 0) return p;
    }
  }
  return 0;
}
