/** Rows of a batch as lines of a stream: metadata spliced in before the members, which are copied as they are. */

import {
  END,
  EVENT,
  KIND,
  PANE_END,
  SCRATCH,
  START,
  TICK,
  TIME,
  WATERMARK,
  WINDOW_COUNT,
  WINDOW_END,
  WINDOW_EVERY,
  WINDOW_START,
} from './columns';
import { writeInstant } from './instant';

/** Address behind what `printRows` or `printRecords` wrote. */
export let printEnd: usize = 0;

/** Bytes of an event beside its members, at most. */
const METADATA_LIMIT: usize = 256;

/** The label printed last with its name, `,"@w":"…"`, and the windows that it stands for. */
const LABEL: usize = memory.data(192);
let labelLength: i32 = 0;
let labelStart: f64 = NaN;
let labelEnd: f64 = NaN;
let labelEvery: f64 = NaN;
let labelCount: i32 = 0;

/**
 * What stands before and behind the first start in a label of many windows, or of a session that has not been
 * merged: `R60/` and `/PT1H/PT1M`. JavaScript fills it in for the first row that has it (`setAffixes` of src/stream/printer.ts).
 */
export const AFFIXES: usize = SCRATCH + 0x4000;
let prefixLength: i32 = 0;
let suffixLength: i32 = 0;
let affixSize: f64 = NaN;
let affixEvery: f64 = NaN;
let affixCount: i32 = 0;

/** Says that AFFIXES holds the prefix, and right behind it the suffix, of such labels. */
export function setAffixes(size: f64, every: f64, count: i32, prefix: i32, suffix: i32): void {
  affixSize = size;
  affixEvery = every;
  affixCount = count;
  prefixLength = prefix;
  suffixLength = suffix;
}

/** `{"@t":"` and `,"@w":"`. */
const EVENT_START: u64 = 0x00223a227440227b;
const LABEL_START: u64 = 0x00223a227740222c;
const WATERMARK_START: usize = memory.data<u8>([
  0x7b, 0x22, 0x40, 0x77, 0x61, 0x74, 0x65, 0x72, 0x6d, 0x61, 0x72, 0x6b, 0x22, 0x3a, 0x22, 0,
]);
const TICK_START: u64 = 0x226b63697440227b;

/**
 * Prints rows [from, rows) to [out, limit). Spans are relative to `base`. Stops before a row that has no room, has a pane, or a label whose AFFIXES are not there.
 * @returns the row at which it stopped
 */
export function printRows(base: usize, from: i32, rows: i32, out: usize, limit: usize): i32 {
  let o = out;
  let row = from;
  for (; row < rows; row++) {
    const kind = load<u8>(KIND + <usize>row);
    const at = <usize>row << 2;
    if (kind != EVENT) {
      if (kind != WATERMARK && kind != TICK) continue;
      if (o + METADATA_LIMIT > limit) break;
      o = printTime(o, kind, load<f64>(TIME + (<usize>row << 3)));
      continue;
    }
    const start = base + <usize>load<i32>(START + at);
    const length = <usize>(load<i32>(END + at) - load<i32>(START + at));
    if (o + METADATA_LIMIT + length > limit || load<i32>(PANE_END + at) > 0) break;
    const count = load<i32>(WINDOW_COUNT + at);
    if (count != 0 && !isLabel(row, count) && !setLabel(row, count)) break;
    store<u64>(o, EVENT_START);
    writeInstant(o + 7, load<f64>(TIME + (<usize>row << 3)));
    store<u8>(o, 0x22, 31);
    o += 32;
    if (count != 0) {
      for (let k: usize = 0; k < <usize>labelLength; k += 16) v128.store(o + k, v128.load(LABEL + k));
      o += <usize>labelLength;
    }
    if (length > 0) {
      store<u8>(o++, 0x2c);
      for (let k: usize = 0; k < length; k += 16) v128.store(o + k, v128.load(start + k));
      o += length;
    }
    store<u16>(o, 0x0a7d);
    o += 2;
  }
  printEnd = o;
  return row;
}

function printTime(out: usize, kind: u8, time: f64): usize {
  let o = out;
  if (kind == WATERMARK) {
    v128.store(o, v128.load(WATERMARK_START));
    o += 15;
  } else {
    store<u64>(o, TICK_START);
    store<u16>(o, 0x223a, 8);
    o += 10;
  }
  if (time == Infinity) {
    store<u16>(o, 0x6e65);
    store<u8>(o, 0x64, 2);
    o += 3;
  } else {
    writeInstant(o, time);
    o += 24;
  }
  store<u32>(o, 0x000a7d22);
  return o + 3;
}

@inline
function isLabel(row: i32, count: i32): bool {
  const at = <usize>row << 3;
  return count == labelCount && load<f64>(WINDOW_START + at) == labelStart
    && load<f64>(WINDOW_END + at) == labelEnd && (count < 2 || load<f64>(WINDOW_EVERY + at) == labelEvery);
}

/** Writes the label of a row into LABEL; false where its affixes are not there. */
function setLabel(row: i32, count: i32): bool {
  const at = <usize>row << 3;
  const start = load<f64>(WINDOW_START + at);
  const end = load<f64>(WINDOW_END + at);
  const every = load<f64>(WINDOW_EVERY + at);
  if (count != 1 && (affixCount != count || affixSize != end - start || (count > 1 && affixEvery != every)))
    return false;
  store<u64>(LABEL, LABEL_START);
  let o = LABEL + 7;
  if (count != 1) {
    memory.copy(o, AFFIXES, <usize>prefixLength);
    o += <usize>prefixLength;
  }
  writeInstant(o, start);
  o += 24;
  if (count == 1) {
    store<u8>(o++, 0x2f);
    writeInstant(o, end);
    o += 24;
  } else {
    memory.copy(o, AFFIXES + <usize>prefixLength, <usize>suffixLength);
    o += <usize>suffixLength;
  }
  store<u8>(o++, 0x22);
  labelLength = <i32>(o - LABEL);
  labelStart = start;
  labelEnd = end;
  labelEvery = every;
  labelCount = count;
  return true;
}

/** `"window_start":"…","window_end":"…"`, 81 bytes, of the window that was written last. */
const WINDOW: usize = memory.data(96);
const WINDOW_START_AT: usize = 16;
const WINDOW_END_AT: usize = 56;
const WINDOW_BYTES: usize = 81;
let windowStart: f64 = NaN;
let windowEnd: f64 = NaN;

/** `window_start` and `window_end` with their quotes and colons. */
const START_NAME: usize = memory.data<u8>([
  0x22, 0x77, 0x69, 0x6e, 0x64, 0x6f, 0x77, 0x5f, 0x73, 0x74, 0x61, 0x72, 0x74, 0x22, 0x3a, 0x22,
]);
const END_NAME: usize = memory.data<u8>([
  0x22, 0x2c, 0x22, 0x77, 0x69, 0x6e, 0x64, 0x6f, 0x77, 0x5f, 0x65, 0x6e, 0x64, 0x22, 0x3a, 0x22,
]);

/**
 * Prints the events of rows [from, rows) to [out, limit), of which 16 bytes behind the limit may be written over: an object a line,
 * of the members as they are, behind the bounds of its window where `windows`. Stops before a row that has no room, a
 * pane, or many windows.
 * @returns the row at which it stopped
 */
export function printRecords(base: usize, from: i32, rows: i32, out: usize, limit: usize, windows: bool): i32 {
  let o = out;
  let row = from;
  for (; row < rows; row++) {
    if (load<u8>(KIND + <usize>row) != EVENT) continue;
    const at = <usize>row << 2;
    const start = base + <usize>load<i32>(START + at);
    const length = <usize>(load<i32>(END + at) - load<i32>(START + at));
    if (o + METADATA_LIMIT + length > limit) break;
    store<u8>(o++, 0x7b);
    if (windows) {
      const count = load<i32>(WINDOW_COUNT + at);
      if (count > 1 || load<i32>(PANE_END + at) > 0) {
        o--;
        break;
      }
      if (count != 0) {
        // A session that has not been merged begins with its event.
        const column = count == 1 ? WINDOW_START : TIME;
        setWindow(load<f64>(column + (<usize>row << 3)), load<f64>(WINDOW_END + (<usize>row << 3)));
        for (let k: usize = 0; k < WINDOW_BYTES; k += 16) v128.store(o + k, v128.load(WINDOW + k));
        o += WINDOW_BYTES;
        if (length > 0) store<u8>(o++, 0x2c);
      }
    }
    for (let k: usize = 0; k < length; k += 16) v128.store(o + k, v128.load(start + k));
    o += length;
    store<u16>(o, 0x0a7d);
    o += 2;
  }
  printEnd = o;
  return row;
}

function setWindow(start: f64, end: f64): void {
  if (start == windowStart && end == windowEnd) return;
  windowStart = start;
  windowEnd = end;
  v128.store(WINDOW, v128.load(START_NAME));
  writeInstant(WINDOW + WINDOW_START_AT, start);
  v128.store(WINDOW + WINDOW_START_AT + 24, v128.load(END_NAME));
  writeInstant(WINDOW + WINDOW_END_AT, end);
  store<u8>(WINDOW + WINDOW_END_AT + 24, 0x22);
}
