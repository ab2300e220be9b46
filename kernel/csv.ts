/** Rows of csv and tsv as JSON members; see src/formats/delimited-reader.ts. */

import {
  END,
  FIELD_TYPE,
  FORM,
  LINE,
  RAW_END,
  RAW_START,
  START,
  TIME_END,
  TIME_START,
} from './columns';
import { beginDeclared, endDeclared, spell, spelledNull } from './declared';
import { copy, writeEscape } from './escapes';
import { numberEnd } from './json';
import { nameIndex } from './names';
import { putField } from './records';
import { ABSENT } from './values';

/** Addresses behind the rows consumed, and behind the members written; and how many lines the rows have. */
export let delimitedEnd: usize = 0;
export let delimitedOut: usize = 0;
export let delimitedLines: i32 = 0;
export let delimitedBeyondAscii: bool = false;

/** Bytes that are written at most between two looks at `safe`. */
const SLACK: usize = 256;
/**
 * Bytes of a column in the table: address and length of `,"name":`, its field, -1 where nobody wants it, and the types that
 * are declared of it, 0 where none are.
 */
const COLUMN: usize = 16;
const NO_QUOTE: u32 = 256;

/** What the call was given; and in `quotes` a byte that is special anyway where there is no quote. */
let delimiter: u8 = 0;
let quote: u32 = 0;
let pairs: bool = false;
let delimiters: v128 = i64x2.splat(0);
let quotes: v128 = i64x2.splat(0);
let lastFeed: usize = 0;
let longest: usize = 0;
/** A field is not begun, and no more of it written, behind this address. */
let safe: usize = 0;

/** Bytes seen, or-ed together. */
let all: v128 = i64x2.splat(0);
/** Of the row being read: its first byte, and the LFs inside quotes. Behind the field that was written last. */
let line: usize = 0;
let newlines: i32 = 0;
let fieldOut: usize = 0;

/** Bits of the bytes that JSON escapes, or that `stops` has. */
@inline
function specials(v: v128, stops: v128): i32 {
  return i8x16.bitmask(
    v128.or(
      v128.or(
        v128.or(i8x16.eq(v, i8x16.splat(0x22)), i8x16.eq(v, i8x16.splat(0x5c))),
        v128.or(i8x16.lt_u(v, i8x16.splat(0x20)), i8x16.eq(v, quotes)),
      ),
      i8x16.eq(v, stops),
    ),
  );
}

@inline
function load16(p: usize): v128 {
  const v = v128.load(p);
  all = v128.or(all, v);
  return v;
}

/** Whether a field can end before the byte at `p`. */
@inline
function isEnd(p: usize): bool {
  const c = load<u8>(p);
  return c == delimiter || c == 0x0a || (c == 0x0d && load<u8>(p, 1) == 0x0a);
}

/** Writes the field without quotes at `from`: what is longer than a vector, or has escapes; its end, or 0. */
function writeBare(from: usize, to: usize): usize {
  const first = load<u8>(from);
  if (first == 0x2d || <u8>(first - 0x30) < 10) {
    const end = numberEnd(from);
    if (end != 0 && isEnd(end)) {
      if (to + (end - from) > safe) return 0;
      copy(to, from, end - from);
      fieldOut = to + (end - from);
      return end;
    }
  }
  let p = from;
  let o = to;
  store<u8>(o++, 0x22);
  while (o <= safe) {
    const v = load16(p);
    v128.store(o, v);
    const special = specials(v, delimiters);
    if (special == 0) {
      p += 16;
      o += 16;
      continue;
    }
    p += <usize>ctz(special);
    o += <usize>ctz(special);
    if (isEnd(p)) {
      store<u8>(o, 0x22);
      fieldOut = o + 1;
      return p;
    }
    const c = load<u8>(p);
    if (<u32>c == quote) return 0;
    if (c == 0x5c && pairs && isPair(load<u8>(p, 1))) {
      store<u16>(o, load<u16>(p));
      p += 2;
      o += 2;
    } else {
      o = writeEscape(o, c);
      p++;
    }
  }
  return 0;
}

/** Whether a backslash and this byte mean in tsv what they mean in JSON: `\t \n \r \\`. */
@inline
function isPair(c: u8): bool {
  return c == 0x74 || c == 0x6e || c == 0x72 || c == 0x5c;
}

/** Writes the field whose quote opens before `from`; the address behind the closing one, or 0. */
function writeQuoted(from: usize, to: usize): usize {
  let p = from;
  let o = to;
  store<u8>(o++, 0x22);
  while (o <= safe) {
    const v = load16(p);
    v128.store(o, v);
    const special = specials(v, quotes);
    if (special == 0) {
      p += 16;
      o += 16;
      continue;
    }
    p += <usize>ctz(special);
    o += <usize>ctz(special);
    const c = load<u8>(p++);
    if (<u32>c == quote) {
      if (<u32>load<u8>(p) != quote) {
        if (!isEnd(p)) return 0;
        store<u8>(o, 0x22);
        fieldOut = o + 1;
        return p;
      }
      p++;
      if (c != 0x22) {
        store<u8>(o++, c);
        continue;
      }
    } else if (c == 0x0a) {
      if (p > lastFeed || p - line > longest) return 0;
      newlines++;
    }
    o = writeEscape(o, c);
  }
  return 0;
}

/**
 * Reads the rows of [from, whole), whose last byte is an LF, with as many fields as `columns`. Their members are
 * written to [to, limit). Stops before a row with another number of fields, one that is wrong, open, blank, begins with `comment`
 * or is longer than `maxLine`; and where there is no room. Spans are relative to `base`.
 * @param quoteByte NO_QUOTE: there is none
 * @param comment first byte of comments; -1: there are none
 * @param escapes whether `\t \n \r \\` are escapes
 * @param nulls how many of NAMES there are: spellings of null, in fields without quotes
 * @param table the columns, COLUMN bytes each
 * @param timeColumn index of the column that is the time; -1: none
 * @param fields how many fields are wanted: FIELD columns that are filled
 * @param declared whether fields are held to the types of their columns: FORM is 1 then for rows that do not fit, else 0
 * @returns rows
 */
export function scanDelimited(
  base: usize,
  from: usize,
  whole: usize,
  room: i32,
  maxLine: u32,
  delimiterByte: u32,
  quoteByte: u32,
  comment: i32,
  escapes: bool,
  nulls: i32,
  table: usize,
  columns: i32,
  timeColumn: i32,
  fields: i32,
  declared: bool,
  to: usize,
  limit: usize,
): i32 {
  delimiter = <u8>delimiterByte;
  quote = quoteByte;
  pairs = escapes;
  delimiters = i8x16.splat(delimiter);
  quotes = i8x16.splat(quoteByte == NO_QUOTE ? 0x22 : <u8>quoteByte);
  lastFeed = whole - 1;
  longest = <usize>maxLine;
  safe = limit > to + SLACK ? limit - SLACK : to;
  all = i64x2.splat(0);
  line = from;
  let row = 0;
  let lines = 0;
  let written = to;
  while (row < room && line < whole) {
    const first = load<u8>(line);
    // A line with a delimiter is not blank.
    if (<i32>first == comment || (columns == 1 && first <= 0x20)) break;
    for (let n = 0; n < fields; n++) store<u8>(FIELD_TYPE + ((<usize>n << 13) + <usize>row), ABSENT);
    newlines = 0;
    beginDeclared();
    const at = <usize>row << 2;
    store<i32>(TIME_START + at, 0);
    store<i32>(TIME_END + at, 0);
    let p = line;
    let o = written;
    let column = table;
    let left = columns;
    for (;;) {
      const length = <usize>load<u32>(column, 4);
      if (o + length > safe) break;
      copy(o, <usize>load<u32>(column), length);
      o += length;
      const value = o;
      const c = load<u8>(p);
      const quoted = <u32>c == quote;
      let none = false;
      if (quoted) {
        p = writeQuoted(p + 1, o);
        if (p == 0) break;
        o = fieldOut;
      } else {
        const text = p;
        const v = load16(p);
        const special = specials(v, delimiters);
        const size = <usize>ctz(special);
        if (special == 0 || !isEnd(p + size)) {
          p = writeBare(p, o);
          if (p == 0) break;
          o = fieldOut;
        } else {
          if (size == 0) {
            store<u32>(o, 0x6c6c756e);
            o += 4;
          } else if (isNumber(v, c, p, size)) {
            v128.store(o, v);
            o += size;
          } else {
            store<u8>(o, 0x22);
            v128.store(o + 1, v);
            o += size + 1;
            store<u8>(o++, 0x22);
          }
          p += size;
        }
        if (nulls > 0 && nameIndex(text, <i32>(p - text), nulls) >= 0) {
          store<u32>(value, 0x6c6c756e);
          o = value + 4;
          none = true;
        }
      }
      if (declared) {
        const types = load<i32>(column, 12);
        if (types != 0) {
          if (none) spelledNull(types);
          else {
            o = spell(value, o, types, quoted, false);
            if (o == 0) {
              p = 0;
              break;
            }
          }
        }
      }
      if (columns - left == timeColumn) {
        store<i32>(TIME_START + at, <i32>(value - base));
        store<i32>(TIME_END + at, <i32>(o - base));
      }
      const field = load<i32>(column, 8);
      if (field >= 0 && field < fields) putField(field, row, value, o, base);
      left--;
      column += COLUMN;
      if (left == 0 || load<u8>(p) != delimiter) break;
      p++;
    }
    if (left != 0 || p == 0) break;
    const end = p;
    if (load<u8>(p) == 0x0d) p++;
    if (load<u8>(p) != 0x0a || p - line > longest) break;
    if (declared) store<u8>(FORM + <usize>row, endDeclared());
    store<i32>(START + at, <i32>(written - base));
    store<i32>(END + at, <i32>(o - base));
    store<i32>(LINE + at, lines);
    store<i32>(RAW_START + at, <i32>(line - base));
    store<i32>(RAW_END + at, <i32>(end - base));
    lines += 1 + newlines;
    written = o;
    line = p + 1;
    row++;
  }
  delimitedEnd = line;
  delimitedOut = written;
  delimitedLines = lines;
  delimitedBeyondAscii = i8x16.bitmask(all) != 0;
  return row;
}

/** Whether the `size` bytes at `p`, in a vector, are a JSON number. Most are digits and no more. */
@inline
function isNumber(v: v128, first: u8, p: usize, size: usize): bool {
  if (first != 0x2d && <u8>(first - 0x30) > 9) return false;
  const digits = i8x16.bitmask(i8x16.lt_u(i8x16.sub(v, i8x16.splat(0x30)), i8x16.splat(10)));
  if (<usize>ctz(~digits) >= size) return first != 0x30 || size == 1;
  return numberEnd(p) == p + size;
}
