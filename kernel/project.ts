/** Named members of the rows of a batch, as columns. */

import { END, EVENT, FIELD_END, FIELD_START, FIELD_TYPE, FORM, KIND, START, VALUE } from './columns';
import { skipSpace, stringEnd, valueEnd } from './json';
import { nameIndex } from './names';
import { NO_NUMBER, number, readNumber, UNREAD } from './numbers';
import { clearShape, expect, expectedLength, expectedMeaning, isExpected } from './shape';
import { ABSENT, NULL, NUMBER, typeOf } from './values';

/** A value of `form` for what is no number. */
const NOT_A_NUMBER: u8 = 255;

/**
 * Finds the members NAMES[0, count) of rows [from, rows) of the columns KIND, START and END, whose spans are relative to
 * `base`, and fills column n of FIELD_TYPE, FIELD_START and FIELD_END for the name n. Of duplicate names the first counts. A row is walked as far as its last
 * member that is wanted. Names must not be escaped.
 * @returns the row at which it stopped, which has an escaped name or is not valid; `rows` when there was none
 */
export function project(base: usize, from: i32, rows: i32, count: i32): i32 {
  clearShape();
  for (let row = from; row < rows; row++) {
    const at = <usize>row << 2;
    let missing = count;
    for (let n = 0; n < count; n++) store<u8>(FIELD_TYPE + ((<usize>n << 13) + <usize>row), ABSENT);
    if (load<u8>(KIND + <usize>row) != EVENT) continue;
    let p = base + <usize>load<i32>(START + at);
    const end = base + <usize>load<i32>(END + at);
    for (let k = 0; p < end; k++) {
      let n = 0;
      if (isExpected(p, k)) {
        n = expectedMeaning(k);
        p += expectedLength(k);
      } else {
        if (load<u8>(p) != 0x22) return row;
        const quote = p;
        p = nameEnd(p + 1);
        if (p == 0) return row;
        n = nameIndex(quote + 1, <i32>(p - quote) - 1, count);
        p++;
        if (load<u8>(p) != 0x3a) {
          p = skipSpace(p);
          if (load<u8>(p) != 0x3a) return row;
          p++;
        } else expect(quote, <i32>(++p - quote), k, n);
      }
      if (load<u8>(p) <= 0x20) p = skipSpace(p);
      const value = p;
      p = valueEnd(p);
      if (p == 0 || p > end) return row;
      if (n >= 0) {
        const type = FIELD_TYPE + ((<usize>n << 13) + <usize>row);
        if (load<u8>(type) == ABSENT) {
          store<u8>(type, typeOf(load<u8>(value)));
          const cell = (<usize>n << 15) + at;
          store<i32>(FIELD_START + cell, <i32>(value - base));
          store<i32>(FIELD_END + cell, <i32>(p - base));
          if (--missing == 0) break;
        }
      }
      if (p >= end) break;
      if (load<u8>(p) != 0x2c) {
        p = skipSpace(p);
        if (p >= end) break;
        if (load<u8>(p) != 0x2c) return row;
      }
      p++;
      if (load<u8>(p) != 0x22) p = skipSpace(p);
      if (p >= end) return row;
    }
  }
  return rows;
}

/** The address of the closing quote of a name that has no escapes; 0 where it is none. */
@inline
function nameEnd(from: usize): usize {
  const end = stringEnd(from);
  if (end == 0) return 0;
  for (let p = from; p < end; p++) if (load<u8>(p) == 0x5c) return 0;
  return end;
}

/**
 * FORM and VALUE of the values of the first of the FIELD columns.
 * @returns how many are left UNREAD
 */
export function readNumbers(base: usize, rows: i32): i32 {
  let unread = 0;
  for (let row = 0; row < rows; row++) {
    const t = load<u8>(FIELD_TYPE + <usize>row);
    if (t != NUMBER) {
      store<u8>(FORM + <usize>row, t <= NULL ? NO_NUMBER : NOT_A_NUMBER);
      continue;
    }
    const at = <usize>row << 2;
    const read = readNumber(base + <usize>load<i32>(FIELD_START + at), base + <usize>load<i32>(FIELD_END + at));
    store<u8>(FORM + <usize>row, read);
    if (read == UNREAD) unread++;
    else store<f64>(VALUE + (<usize>row << 3), number);
  }
  return unread;
}
