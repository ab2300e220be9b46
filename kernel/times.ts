/** Event times of records, and the watermarks between them. */

import {
  END,
  EVENT,
  KIND,
  LINE,
  OUT_END,
  OUT_LINE,
  OUT_START,
  OUT_TIME,
  START,
  TIME,
  TIME_END,
  TIME_START,
  WATERMARK,
} from './columns';
import { readInstant } from './instant';

/** How a time is spelled. The others are left to JavaScript. */
const RFC3339: i32 = 0;
const EPOCH_S: i32 = 1;
const EPOCH_MS: i32 = 2;
const EPOCH_US: i32 = 3;

/** The last millisecond of the year 9999. */
const LAST: f64 = 253402300799999;

/**
 * Reads the JSON values [TIME_START, TIME_END), relative to `base`, into TIME as epoch milliseconds; NaN where it is not the plain
 * spelling of the format (a string in UTC, digits alone).
 * @returns how many are NaN
 */
export function readTimes(base: usize, rows: i32, format: i32): i32 {
  let unread = 0;
  for (let row = 0; row < rows; row++) {
    const at = (<usize>row) << 2;
    const start = base + <usize>load<i32>(TIME_START + at);
    const length = load<i32>(TIME_END + at) - load<i32>(TIME_START + at);
    let time: f64 = NaN;
    if (format == RFC3339) {
      if (length > 21 && load<u8>(start) == 0x22) time = readInstant(start + 1, length - 2);
    } else time = readDigits(start, length, format);
    if (time != time) unread++;
    store<f64>(TIME + ((<usize>row) << 3), time);
  }
  return unread;
}

function readDigits(start: usize, length: i32, format: i32): f64 {
  // Nanoseconds have 19 digits from 2001 on; as many fit into 64 bits.
  if (length == 0 || length > 19) return NaN;
  let value: u64 = 0;
  for (let p = start; p < start + <usize>length; p++) {
    const c = load<u8>(p) - 48;
    if (c > 9) return NaN;
    value = value * 10 + <u64>c;
  }
  if (format == EPOCH_S) {
    if (length > 12) return NaN;
    value *= 1000;
  } else if (format == EPOCH_US) value /= 1000;
  else if (format != EPOCH_MS) value /= 1000000;
  const ms = <f64>value;
  return ms <= LAST ? ms : NaN;
}

/** The highest time and the watermark behind the rows that `stamp` saw last. */
export let highestTime: f64 = 0;
export let lastWatermark: f64 = 0;
/** How many of them were later than any that may move the watermark. */
export let rowsAhead: i32 = 0;

/**
 * Puts the rows (TIME, START, END, LINE) as events into KIND and the OUT columns, with a watermark behind each whose time lifts
 * it by `every` or more: the highest time minus `delay`. What is later than `latest` moves nothing, and is counted.
 * @returns rows
 */
export function stamp(
  rows: i32,
  delay: f64,
  every: f64,
  first: f64,
  latest: f64,
  highest: f64,
  watermark: f64,
): i32 {
  let ahead = 0;
  let out: usize = 0;
  let top = highest;
  let mark = watermark;
  for (let row = 0; row < rows; row++) {
    const at = (<usize>row) << 2;
    const time = load<f64>(TIME + ((<usize>row) << 3));
    const line = load<f64>(LINE + ((<usize>row) << 3));
    store<u8>(KIND + out, EVENT);
    store<f64>(OUT_TIME + (out << 3), time);
    store<i32>(OUT_START + (out << 2), load<i32>(START + at));
    store<i32>(OUT_END + (out << 2), load<i32>(END + at));
    store<f64>(OUT_LINE + (out << 3), line);
    out++;
    if (time <= top) continue;
    if (time > latest) {
      ahead++;
      continue;
    }
    top = time;
    const next = time - delay;
    if (next < mark + every || next < first) continue;
    mark = next;
    store<u8>(KIND + out, WATERMARK);
    store<f64>(OUT_TIME + (out << 3), next);
    store<i32>(OUT_START + (out << 2), 0);
    store<i32>(OUT_END + (out << 2), 0);
    store<f64>(OUT_LINE + (out << 3), line);
    out++;
  }
  highestTime = top;
  lastWatermark = mark;
  rowsAhead = ahead;
  return <i32>out;
}
