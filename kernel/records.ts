/** NDJSON records: one validating walk over each line, which finds its members and its time. */

import {
  END,
  FIELD_END,
  FIELD_START,
  FIELD_TYPE,
  FORM,
  LINE,
  RAW_END,
  RAW_START,
  START,
  TIME_END,
  TIME_START,
} from './columns';
import { beginDeclared, endDeclared, lookAt } from './declared';
import { clearSeen, seenBeyondAscii, skipSpace, stringEnd, valueEnd } from './json';
import { isMetadataName, nameIndex } from './names';
import { clearShape, expect, expectedLength, expectedMeaning, isExpected } from './shape';
import { ABSENT, typeOf } from './values';

/** Address of the first byte that `scanRecords` did not consume. */
export let recordsEnd: usize = 0;
/** Lines that it consumed: those of its rows, no others. */
export let recordLines: i32 = 0;
/** Whether they held a byte beyond ASCII: JavaScript checks for UTF-8 then. */
export let recordsBeyondAscii: bool = false;

/**
 * Reads the lines of [from, whole), each with its LF, as rows: the members of an object, without braces. The value
 * of the first member that is named like the first of NAMES is its time; those named like the `fields` names
 * behind that go to the FIELD columns, from row 0 on. Stops before a line that it
 * does not take: no object, not valid, blank, longer than `maxLine`, with a metadata name, or an escaped one.
 * Spans are relative to `base`.
 * @param names how many of NAMES are looked for
 * @param declared whether members are held to DECLARED: FORM is 1 then for records that may not fit, else 0
 * @returns rows
 */
export function scanRecords(
  base: usize,
  from: usize,
  whole: usize,
  room: i32,
  maxLine: u32,
  fields: i32,
  names: i32,
  declared: bool,
): i32 {
  let row = 0;
  let line = from;
  clearSeen();
  clearShape();
  while (row < room && line < whole) {
    let p = line;
    if (load<u8>(p) != 0x7b) {
      p = skipSpace(p);
      if (load<u8>(p) != 0x7b) break;
    }
    p++;
    if (load<u8>(p) <= 0x20) p = skipSpace(p);
    const start = p;
    beginDeclared();
    for (let n = 0; n < fields; n++) store<u8>(FIELD_TYPE + ((<usize>n << 13) + <usize>row), ABSENT);
    let timeStart: usize = 0;
    let timeEnd: usize = 0;
    let end: usize = p;
    if (load<u8>(p) != 0x7d) {
      end = 0;
      for (let k = 0; ; k++) {
        let n = 0;
        if (isExpected(p, k)) {
          n = expectedMeaning(k);
          p += expectedLength(k);
        } else {
          const quote = p;
          p = nameEnd(p);
          if (p == 0) break;
          n = nameIndex(quote + 1, <i32>(p - quote) - 2, names);
          if (load<u8>(p) != 0x3a) {
            p = skipSpace(p);
            if (load<u8>(p) != 0x3a) break;
            p++;
          } else expect(quote, <i32>(++p - quote), k, n);
        }
        if (load<u8>(p) <= 0x20) p = skipSpace(p);
        const value = p;
        p = valueEnd(p);
        if (p == 0) break;
        if (declared) lookAt(n, value, p);
        if (n == 0) {
          if (timeEnd == 0) {
            timeStart = value;
            timeEnd = p;
          }
        } else if (n > 0 && n <= fields) putField(n - 1, row, value, p, base);
        const behind = p;
        if (load<u8>(p) <= 0x20) p = skipSpace(p);
        const c = load<u8>(p);
        if (c == 0x2c) {
          p++;
          if (load<u8>(p) <= 0x20) p = skipSpace(p);
          continue;
        }
        if (c == 0x7d) end = behind;
        break;
      }
      if (end == 0) break;
    }
    p++;
    const brace = p;
    if (load<u8>(p) != 0x0a) {
      p = skipSpace(p);
      if (load<u8>(p) != 0x0a) break;
    }
    if (<u32>(p - line) > maxLine) break;
    if (declared) store<u8>(FORM + <usize>row, endDeclared());
    const at = <usize>row << 2;
    store<i32>(START + at, <i32>(start - base));
    store<i32>(END + at, <i32>(end - base));
    store<i32>(LINE + at, row);
    store<i32>(TIME_START + at, timeEnd == 0 ? 0 : <i32>(timeStart - base));
    store<i32>(TIME_END + at, timeEnd == 0 ? 0 : <i32>(timeEnd - base));
    store<i32>(RAW_START + at, <i32>(line - base));
    // Without the line end: white space before it belongs to the record, a CR does not.
    store<i32>(RAW_END + at, <i32>((p > brace && load<u8>(p - 1) == 0x0d ? p - 1 : p) - base));
    row++;
    line = p + 1;
  }
  recordsEnd = line;
  recordLines = row;
  recordsBeyondAscii = seenBeyondAscii();
  return row;
}

/** The address behind a name that is neither escaped nor metadata, from its opening quote; 0 where it is none. */
function nameEnd(quote: usize): usize {
  if (load<u8>(quote) != 0x22) return 0;
  const end = stringEnd(quote + 1);
  if (end == 0) return 0;
  const length = <i32>(end - quote) - 1;
  if (hasBackslash(quote + 1, length)) return 0;
  return load<u8>(quote, 1) == 0x40 && isMetadataName(quote + 1, length) ? 0 : end + 1;
}

@inline
export function putField(n: i32, row: i32, value: usize, end: usize, base: usize): void {
  const type = FIELD_TYPE + ((<usize>n << 13) + <usize>row);
  // Of duplicate names the first counts.
  if (load<u8>(type) != ABSENT) return;
  store<u8>(type, typeOf(load<u8>(value)));
  const cell = (<usize>n << 15) + (<usize>row << 2);
  store<i32>(FIELD_START + cell, <i32>(value - base));
  store<i32>(FIELD_END + cell, <i32>(end - base));
}

/** Names are short: eight bytes at a time. */
@inline
function hasBackslash(name: usize, length: i32): bool {
  for (let k = 0; k < length; k += 8) {
    let word = load<u64>(name + <usize>k) ^ 0x5c5c5c5c5c5c5c5c;
    const left = length - k;
    if (left < 8) word |= <u64>(-1) << (<u64>left << 3);
    if (((word - 0x0101010101010101) & ~word & 0x8080808080808080) != 0) return true;
  }
  return false;
}
