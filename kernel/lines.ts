/** Lines of a stream (tm-stream(5)) that are laid out as we write them. */

import {
  END,
  EVENT,
  KIND,
  LINE,
  START,
  TIME,
  WATERMARK,
  WINDOW_COUNT,
  WINDOW_END,
  WINDOW_EVERY,
  WINDOW_START,
} from './columns';
import { readInstant } from './instant';

/** Address of the first byte that `scanLines` did not consume. */
export let linesEnd: usize = 0;
/** Lines that it consumed, and the watermark behind them. */
export let linesRead: i32 = 0;
export let linesWatermark: f64 = 0;

/** Bytes of a watermark's line. */
const WATERMARK_LENGTH: u32 = 41;

/** `{"@t":"` and `,"@w":"`, seven bytes each, and the mask for them. */
const EVENT_START: u64 = 0x223a227440227b;
const SEVEN: u64 = 0x00ffffffffffffff;
const WINDOW_NAME: u64 = 0x223a227740222c;

/** The label read last, 49 bytes, and its window. At first what no line holds: a line feed. */
const LABEL: usize = memory.data<u8>([
  0x0a, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);
let labelStart: f64 = 0;
let labelEnd: f64 = 0;

/** Set by `lineEnd`: how many `@` stood in what it passed over. */
let atSigns: i32 = 0;

/** The address of the next LF at or behind `from`. */
@inline
function lineEnd(from: usize): usize {
  let p = from;
  let at = 0;
  for (;;) {
    const v = v128.load(p);
    const feed = i8x16.bitmask(i8x16.eq(v, i8x16.splat(0x0a)));
    const found = i8x16.bitmask(i8x16.eq(v, i8x16.splat(0x40)));
    if (feed != 0) {
      atSigns = at + popcnt(found & (feed ^ (feed - 1)));
      return p + <usize>ctz(feed);
    }
    at += popcnt(found);
    p += 16;
  }
  return 0;
}

/** Whether `"@t"`, `"@w"` or `"@pane"` stands in [from, end): metadata that another program has moved, perhaps. */
function hasMetadata(from: usize, end: usize): bool {
  for (let block = from; block < end; block += 16) {
    // An `@` behind a quote.
    let found = i8x16.bitmask(
      v128.and(i8x16.eq(v128.load(block), i8x16.splat(0x40)), i8x16.eq(v128.load(block - 1), i8x16.splat(0x22))),
    );
    for (; found != 0; found &= found - 1) {
      const p = block + <usize>ctz(found);
      if (p >= end) return false;
      const next = load<u16>(p, 1);
      if (next == 0x2277 || next == 0x2274) return true;
      if (load<u32>(p, 1) == 0x656e6170 && load<u8>(p, 5) == 0x22) return true;
    }
  }
  return false;
}

/**
 * Reads the lines of [from, cut), each with its LF, as rows. Stops before a line that is not an event or a watermark as
 * we write them, or longer than `maxLine`. A watermark that is no higher than the last, `watermark` to begin with, is
 * passed over. Spans are relative to `base`; LINE counts from 0 and has four bytes.
 * @param marked whether watermarks may stand among the lines
 * @returns rows
 */
export function scanLines(
  base: usize,
  from: usize,
  cut: usize,
  room: i32,
  watermark: f64,
  marked: bool,
  maxLine: u32,
): i32 {
  let row = 0;
  let line = from;
  let lines = 0;
  let mark = watermark;
  while (row < room && line < cut) {
    if ((load<u64>(line) & SEVEN) != EVENT_START) {
      if (!marked) break;
      const time = watermarkTime(line);
      if (time != time || maxLine < WATERMARK_LENGTH) break;
      if (time > mark) {
        mark = time;
        put(row++, WATERMARK, time, 0, 0, lines);
      }
      lines++;
      line += 42;
      continue;
    }
    const feed = lineEnd(line + 7);
    if (<u32>(feed - line) > maxLine) break;
    const end = load<u8>(feed - 1) == 0x0d ? feed - 1 : feed;
    if (<i32>(end - line) < 33 || load<u8>(end - 1) != 0x7d || load<u8>(line, 31) != 0x22) break;
    const time = readInstant(line + 7, 24);
    if (time != time) break;
    let p = line + 32;
    let windows = 0;
    if (p < end - 1) {
      if ((load<u64>(p) & SEVEN) == WINDOW_NAME) {
        p += 7;
        if (<i32>(end - p) < 28) break;
        if (<i32>(end - p) > 50 && load<u8>(p, 49) == 0x22 && readLabel(p)) {
          windows = 1;
          p += 50;
        } else {
          p = readOtherLabel(p);
          if (p == 0 || p > end - 1) break;
          windows = otherCount;
        }
        // One `@` is the label's.
        if (atSigns > 1 && hasMetadata(p, end)) break;
      } else if (atSigns > 0 && hasMetadata(p, end)) break;
    }
    if (p < end - 1) {
      // What may be metadata is looked at closely by the slow path.
      if (load<u8>(p) != 0x2c || load<u8>(p, 1) != 0x22) break;
      const c = load<u8>(p, 2);
      if (c == 0x40 || c == 0x5c) break;
      p++;
    } else if (p > end - 1) break;
    put(row, EVENT, time, <i32>(p - base), <i32>(end - 1 - base), lines);
    store<i32>(WINDOW_COUNT + (<usize>row << 2), windows);
    if (windows == 1) {
      store<f64>(WINDOW_START + (<usize>row << 3), labelStart);
      store<f64>(WINDOW_END + (<usize>row << 3), labelEnd);
    } else if (windows != 0) {
      store<f64>(WINDOW_START + (<usize>row << 3), otherStart);
      store<f64>(WINDOW_END + (<usize>row << 3), otherEnd);
      store<f64>(WINDOW_EVERY + (<usize>row << 3), otherEvery);
    }
    row++;
    lines++;
    line = feed + 1;
  }
  linesEnd = line;
  linesRead = lines;
  linesWatermark = mark;
  return row;
}

@inline
function put(row: i32, kind: u8, time: f64, start: i32, end: i32, line: i32): void {
  store<u8>(KIND + <usize>row, kind);
  store<f64>(TIME + (<usize>row << 3), time);
  store<i32>(START + (<usize>row << 2), start);
  store<i32>(END + (<usize>row << 2), end);
  store<i32>(LINE + (<usize>row << 2), line);
  if (kind != EVENT) store<i32>(WINDOW_COUNT + (<usize>row << 2), 0);
}

/** The time of `{"@watermark":"<24>"}` and its LF; NaN when the line is none. */
function watermarkTime(line: usize): f64 {
  if (load<u64>(line) != 0x726574617740227b) return NaN;
  if (load<u64>(line, 7) != 0x223a226b72616d72) return NaN;
  if (load<u16>(line, 39) != 0x7d22 || load<u8>(line, 41) != 0x0a) return NaN;
  return readInstant(line + 15, 24);
}

/** Reads `start/end` at `p`, 49 bytes, into `labelStart` and `labelEnd`; false when it is none. */
@inline
function readLabel(p: usize): bool {
  const differs = v128.or(
    v128.or(v128.xor(v128.load(p), v128.load(LABEL)), v128.xor(v128.load(p, 16), v128.load(LABEL, 16))),
    v128.xor(v128.load(p, 32), v128.load(LABEL, 32)),
  );
  if (!v128.any_true(differs) && load<u8>(p, 48) == load<u8>(LABEL, 48)) return true;
  return readNewLabel(p);
}

function readNewLabel(p: usize): bool {
  if (load<u8>(p, 24) != 0x2f) return false;
  const start = readInstant(p, 24);
  const end = readInstant(p + 25, 24);
  if (!(end > start)) return false;
  memory.copy(LABEL, p, 49);
  labelStart = start;
  labelEnd = end;
  return true;
}

/** `windowCount` of a session that has not been merged. */
const UNMERGED: i32 = -1;

/** What `readOtherLabel` read. */
let otherStart: f64 = 0;
let otherEnd: f64 = 0;
let otherEvery: f64 = 0;
let otherCount: i32 = 0;

/** Reads `start/gap`, or `R<n>/start/size/every` or the same with a C, n above 1, at `p`; the address behind the closing quote, or 0 where it is none. */
function readOtherLabel(from: usize): usize {
  let p = from;
  otherCount = UNMERGED;
  otherEvery = 0;
  const cumulates = load<u8>(p) == 0x43;
  if (cumulates || load<u8>(p) == 0x52) {
    otherCount = 0;
    p++;
    const first = p;
    for (; <u8>(load<u8>(p) - 48) < 10; p++) otherCount = otherCount * 10 + <i32>(load<u8>(p) - 48);
    if (p == first || p - first > 8 || otherCount < 2 || load<u8>(p) != 0x2f) return 0;
    p++;
  }
  otherStart = readInstant(p, 24);
  if (otherStart != otherStart || load<u8>(p, 24) != 0x2f) return 0;
  p = durationEnd(p + 25);
  if (p == 0 || !(duration > 0)) return 0;
  otherEnd = otherStart + duration;
  if (otherCount != UNMERGED) {
    if (load<u8>(p) != 0x2f) return 0;
    p = durationEnd(p + 1);
    if (p == 0 || !(duration > 0)) return 0;
    otherEvery = cumulates ? -duration : duration;
  }
  return load<u8>(p) == 0x22 ? p + 1 : 0;
}

/** The longest duration that a double holds exactly, ms. */
const LONGEST: u64 = 9007199254740991;

/** The duration that `durationEnd` read last, ms. */
let duration: f64 = 0;

/**
 * Reads a duration of days, hours, minutes and seconds, these with up to three places: `P1DT1H30M0.5S` (ISO 8601); the
 * address behind it, or 0.
 */
function durationEnd(from: usize): usize {
  if (load<u8>(from) != 0x50) return 0;
  let p = from + 1;
  let total: u64 = 0;
  let last: u64 = u64.MAX_VALUE;
  let inTime = false;
  let parts = 0;
  for (;;) {
    if (!inTime && load<u8>(p) == 0x54) {
      inTime = true;
      p++;
    }
    const first = p;
    let value: u64 = 0;
    for (; <u8>(load<u8>(p) - 48) < 10; p++) value = value * 10 + <u64>(load<u8>(p) - 48);
    if (p == first) break;
    // Parts of so many digits come to less than 2^64 ms.
    if (p - first > 11) return 0;
    let thousandths: u64 = 0;
    let places = 0;
    if (load<u8>(p) == 0x2e) {
      p++;
      for (; <u8>(load<u8>(p) - 48) < 10; p++, places++) thousandths = thousandths * 10 + <u64>(load<u8>(p) - 48);
      if (places == 0 || places > 3) return 0;
      for (; places < 3; places++) thousandths *= 10;
    }
    const unit = unitOf(load<u8>(p++), inTime);
    if (unit == 0 || unit >= last || (places > 0 && unit != 1000)) return 0;
    last = unit;
    total += value * unit + thousandths;
    parts++;
  }
  if (total > LONGEST) return 0;
  duration = <f64>total;
  // A `T` asks for a part behind it.
  return parts == 0 || (inTime && last == 86400000) ? 0 : p;
}

/** Milliseconds of a unit by its letter; 0 where it is none. */
function unitOf(letter: u8, inTime: bool): u64 {
  if (!inTime) return letter == 0x44 ? 86400000 : 0;
  return letter == 0x48 ? 3600000 : letter == 0x4d ? 60000 : letter == 0x53 ? 1000 : 0;
}
