/** Lines of logfmt as JSON members; see src/formats/logfmt-reader.ts. */

import { END, FIELD_TYPE, FORM, LINE, RAW_END, RAW_START, START, TIME_END, TIME_START } from './columns';
import { beginDeclared, endDeclared, lookAt, spell, typesOf } from './declared';
import { copy, writeEscape } from './escapes';
import { numberEnd } from './json';
import { nameIndex } from './names';
import { putField } from './records';
import { ABSENT } from './values';

/** Addresses behind the lines consumed, and behind the members written. */
export let logfmtEnd: usize = 0;
export let logfmtOut: usize = 0;
export let logfmtBeyondAscii: bool = false;

/** Bytes that are written at most between two looks at `safe`. */
const SLACK: usize = 256;
const NULL: u32 = 0x6c6c756e;
const TRUE: u32 = 0x65757274;
const ALSE: u32 = 0x65736c61;

/** The keys of the line being read, MOST of them: address, length and the first eight bytes. */
const MOST: i32 = 64;
const KEY: usize = 16;
const KEYS: usize = memory.data(64 * 16, 16);
/** Bits that keys have set, by their bytes: one whose bit is not set is new. */
let keyBits: u64 = 0;

/** A value is not begun, and no more of it written, behind this address. */
let safe: usize = 0;
/** Bytes seen, or-ed together. */
let all: v128 = i64x2.splat(0);
/** Behind the value that was written last. */
let valueOut: usize = 0;

@inline
function load16(p: usize): v128 {
  const v = v128.load(p);
  all = v128.or(all, v);
  return v;
}

/** Bits of quotes, backslashes and bytes below `limit`. */
@inline
function specials(v: v128, limit: u8): i32 {
  return i8x16.bitmask(
    v128.or(
      v128.or(i8x16.eq(v, i8x16.splat(0x22)), i8x16.eq(v, i8x16.splat(0x5c))),
      i8x16.lt_u(v, i8x16.splat(limit)),
    ),
  );
}

/** The address of the `=`, quote, backslash, blank or control character behind a key. */
@inline
function keyEnd(from: usize): usize {
  let p = from;
  for (;;) {
    const v = load16(p);
    const found = specials(v, 0x21) | i8x16.bitmask(i8x16.eq(v, i8x16.splat(0x3d)));
    if (found != 0) return p + <usize>ctz(found);
    p += 16;
  }
  return 0;
}

/** Whether one of the `count` keys before is the same; else it is the next. */
@inline
function isRepeated(key: usize, length: i32, count: i32): bool {
  let first = load<u64>(key);
  if (length < 8) first &= (<u64>1 << (<u64>length << 3)) - 1;
  const bit = <u64>1 << (((first ^ <u64>length) * 0x9fb21c651e98df25) >> 58);
  if ((keyBits & bit) != 0) {
    for (let k = 0; k < count; k++) {
      const at = KEYS + <usize>k * KEY;
      if (load<i32>(at, 4) != length || load<u64>(at, 8) != first) continue;
      if (length <= 8 || memory.compare(key, <usize>load<u32>(at), <usize>length) == 0) return true;
    }
  }
  keyBits |= bit;
  const at = KEYS + <usize>count * KEY;
  store<u32>(at, <u32>key);
  store<i32>(at, length, 4);
  store<u64>(at, first, 8);
  return false;
}

/** Whether a backslash and this byte mean in Go what they mean in JSON. */
@inline
function isPair(c: u8): bool {
  return c == 0x22 || c == 0x5c || c == 0x2f || c == 0x6e || c == 0x74 || c == 0x72 || c == 0x62 || c == 0x66;
}

/** Writes the text whose quote opens before `from`; the address behind the closing one, or 0. */
function writeQuoted(from: usize, to: usize): usize {
  let p = from;
  let o = to;
  store<u8>(o++, 0x22);
  while (o <= safe) {
    const v = load16(p);
    v128.store(o, v);
    const special = specials(v, 0x20);
    if (special == 0) {
      p += 16;
      o += 16;
      continue;
    }
    p += <usize>ctz(special);
    o += <usize>ctz(special);
    const c = load<u8>(p++);
    if (c == 0x22) {
      store<u8>(o, 0x22);
      valueOut = o + 1;
      return load<u8>(p) <= 0x20 ? p : 0;
    }
    if (c == 0x0a) return 0;
    if (c == 0x5c) {
      const letter = load<u8>(p++);
      if (!isPair(letter)) return 0;
      store<u8>(o++, c);
      store<u8>(o++, letter);
    } else o = writeEscape(o, c);
  }
  return 0;
}

/** Writes the value without quotes at `from`; the address behind it, or 0. */
function writeBare(from: usize, to: usize): usize {
  const first = load<u8>(from);
  let end: usize = 0;
  if (first == 0x2d || <u8>(first - 0x30) < 10) end = numberEnd(from);
  else if (first <= 0x20) {
    store<u32>(to, NULL);
    valueOut = to + 4;
    return from;
  } else if (load<u32>(from) == TRUE || load<u32>(from) == NULL) end = from + 4;
  else if (first == 0x66 && load<u32>(from, 1) == ALSE) end = from + 5;
  if (end != 0 && load<u8>(end) <= 0x20) {
    if (to + (end - from) > safe) return 0;
    copy(to, from, end - from);
    valueOut = to + (end - from);
    return end;
  }
  let p = from;
  let o = to;
  store<u8>(o++, 0x22);
  while (o <= safe) {
    const v = load16(p);
    v128.store(o, v);
    const special = specials(v, 0x21);
    if (special == 0) {
      p += 16;
      o += 16;
      continue;
    }
    p += <usize>ctz(special);
    o += <usize>ctz(special);
    const c = load<u8>(p);
    if (c == 0x22) return 0;
    if (c != 0x5c) {
      store<u8>(o, 0x22);
      valueOut = o + 1;
      return p;
    }
    o = writeEscape(o, c);
    p++;
  }
  return 0;
}

/**
 * Reads the lines of [from, whole), each with its LF, as rows whose members are written to [to, limit). The key
 * that is the first of NAMES is the time; those named like the `fields` names behind it go to the FIELD columns. Stops before a line
 * that is wrong, blank, longer than `maxLine`, has a key twice or more than 64, one with a backslash or a leading
 * `@`, or an escape that JSON has not; and where there is no room. Spans are relative to `base`.
 * @param names how many of NAMES are looked for
 * @param declared whether values are held to DECLARED: FORM is 1 then for lines that may not fit, else 0
 * @returns rows
 */
export function scanLogfmt(
  base: usize,
  from: usize,
  whole: usize,
  room: i32,
  maxLine: u32,
  fields: i32,
  names: i32,
  declared: bool,
  to: usize,
  limit: usize,
): i32 {
  safe = limit > to + SLACK ? limit - SLACK : to;
  all = i64x2.splat(0);
  let row = 0;
  let line = from;
  let written = to;
  while (row < room && line < whole) {
    for (let n = 0; n < fields; n++) store<u8>(FIELD_TYPE + ((<usize>n << 13) + <usize>row), ABSENT);
    const at = <usize>row << 2;
    store<i32>(TIME_START + at, 0);
    store<i32>(TIME_END + at, 0);
    keyBits = 0;
    beginDeclared();
    let p = line;
    let o = written;
    let count = 0;
    let ended = false;
    for (;;) {
      let c = load<u8>(p);
      while (c <= 0x20 && c != 0x0a) c = load<u8>(++p);
      if (c == 0x0a) {
        ended = true;
        break;
      }
      const key = p;
      p = keyEnd(key);
      const length = p - key;
      c = load<u8>(p);
      if (c == 0x22 || c == 0x5c || length == 0 || load<u8>(key) == 0x40) break;
      if (count == MOST || o + length > safe || isRepeated(key, <i32>length, count)) break;
      if (count > 0) store<u8>(o++, 0x2c);
      store<u8>(o++, 0x22);
      copy(o, key, length);
      o += length;
      store<u16>(o, 0x3a22);
      o += 2;
      const value = o;
      let quoted = false;
      let word = true;
      if (c == 0x3d) {
        quoted = load<u8>(p, 1) == 0x22;
        word = load<u8>(p, 1) > 0x20;
        p = quoted ? writeQuoted(p + 2, o) : writeBare(p + 1, o);
        if (p == 0) break;
        o = valueOut;
      } else {
        store<u32>(o, TRUE);
        o += 4;
      }
      const n = nameIndex(key, <i32>length, names);
      if (declared) {
        const types = typesOf(n);
        if (types != 0) {
          o = spell(value, o, types, quoted, word);
          if (o == 0) break;
        }
        lookAt(n, value, o);
      }
      if (n == 0) {
        store<i32>(TIME_START + at, <i32>(value - base));
        store<i32>(TIME_END + at, <i32>(o - base));
      } else if (n > 0 && n <= fields) putField(n - 1, row, value, o, base);
      count++;
    }
    if (!ended || count == 0 || p - line > <usize>maxLine) break;
    store<i32>(START + at, <i32>(written - base));
    store<i32>(END + at, <i32>(o - base));
    store<i32>(LINE + at, row);
    store<i32>(RAW_START + at, <i32>(line - base));
    store<i32>(RAW_END + at, <i32>((load<u8>(p - 1) == 0x0d ? p - 1 : p) - base));
    written = o;
    line = p + 1;
    row++;
  }
  logfmtEnd = line;
  logfmtOut = written;
  logfmtBeyondAscii = i8x16.bitmask(all) != 0;
  return row;
}
