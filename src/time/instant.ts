import { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';
import { type CivilDate, civilFromDays, daysFromCivil, daysInMonth } from './civil.ts';

/** Characters of an instant as it is written: `2015-05-17T10:05:03.000Z`. */
export const INSTANT_LENGTH = 24;
/** 0000-01-01T00:00:00.000Z in epoch milliseconds: the first instant that can be written. */
export const MIN_INSTANT = -62_167_219_200_000;
/** 9999-12-31T23:59:59.999Z in epoch milliseconds: the last instant that can be written. */
export const MAX_INSTANT = 253_402_300_799_999;
export const DAY_MS = 86_400_000;

const DASH = 0x2d;
const COLON = 0x3a;
const DOT = 0x2e;
const PLUS = 0x2b;
const ZERO = 0x30;

/**
 * The last date that was read, so that the dates of sorted data are computed once: the bytes of its year, those
 * of its month and day, and its first millisecond. One date, never freed.
 */
let readYear = -1;
let readMonthDay = -1;
let readDayStart = Number.NaN;

/** The last day that was written: its number (days from the epoch) and its 11 characters with the `T`. Never freed. */
let writtenDay = Number.NaN;
const writtenDate = new Uint8Array(11);
const date: CivilDate = { year: 0, month: 0, day: 0 };

const scratch = Buffer.alloc(INSTANT_LENGTH);

/** The instant, or NaN where it is none that can be written: not a number, or outside of the years 0000–9999. */
export const instantOrNaN = (ms: number): number =>
  ms >= MIN_INSTANT && ms <= MAX_INSTANT ? ms : Number.NaN;

/**
 * Reads an RFC 3339 date-time at `[start, end)`, without quotes: any offset, any number of fraction digits
 * (floored to ms), lower-case `t` and `z`, a space for the `T` (section 5.6). A leap second, 23:59:60 UTC, is
 * the first second of the next day, as in POSIX. Returns epoch milliseconds, or NaN where it is no such time or
 * outside of the years 0000–9999.
 */
export function readInstant(b: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length < 20) return Number.NaN;
  const dayStart = readDate(b, start);
  const separator = b[start + 10]! | 0x20;
  if (separator !== 0x74 && b[start + 10] !== 0x20) return Number.NaN;
  const h1 = b[start + 11]! - ZERO;
  const h2 = b[start + 12]! - ZERO;
  const m1 = b[start + 14]! - ZERO;
  const m2 = b[start + 15]! - ZERO;
  const s1 = b[start + 17]! - ZERO;
  const s2 = b[start + 18]! - ZERO;
  if ((h1 | h2 | m1 | m2 | s1 | s2 | (9 - h1) | (9 - h2) | (5 - m1) | (9 - m2) | (9 - s2)) < 0)
    return Number.NaN;
  if (b[start + 13] !== COLON || b[start + 16] !== COLON) return Number.NaN;
  const hour = h1 * 10 + h2;
  const second = s1 * 10 + s2;
  if (hour > 23 || second > 60) return Number.NaN;
  const whole = dayStart + ((hour * 60 + m1 * 10 + m2) * 60 + second) * 1000;
  if (length === INSTANT_LENGTH && b[start + 23] === 0x5a && b[start + 19] === DOT && second < 60) {
    const f1 = b[start + 20]! - ZERO;
    const f2 = b[start + 21]! - ZERO;
    const f3 = b[start + 22]! - ZERO;
    if ((f1 | f2 | f3 | (9 - f1) | (9 - f2) | (9 - f3)) < 0) return Number.NaN;
    return whole + f1 * 100 + f2 * 10 + f3;
  }
  return readRest(b, start + 19, end, whole, second === 60);
}

/** What follows the seconds: fraction and offset. */
function readRest(b: Uint8Array, at: number, end: number, whole: number, leap: boolean): number {
  let i = at;
  let fraction = 0;
  if (b[i] === DOT) {
    let digits = 0;
    for (i++; i < end; i++, digits++) {
      const digit = b[i]! - ZERO;
      if (digit < 0 || digit > 9) break;
      if (digits < 3) fraction += digits === 0 ? digit * 100 : digits === 1 ? digit * 10 : digit;
    }
    if (digits === 0) return Number.NaN;
  }
  let offset = 0;
  if (i + 1 === end) {
    if ((b[i]! | 0x20) !== 0x7a) return Number.NaN;
  } else {
    offset = readOffset(b, i, end);
  }
  const second = whole - offset;
  // RFC 3339, section 5.6: second 60 is a leap second, and these are inserted at the end of a UTC day.
  if (leap && second % DAY_MS !== 0) return Number.NaN;
  return instantOrNaN(second + fraction);
}

/** Reads `+hh:mm` or `-hh:mm`, which fills `[at, end)`; milliseconds east of UTC, or NaN. */
function readOffset(b: Uint8Array, at: number, end: number): number {
  if (end - at !== 6 || b[at + 3] !== COLON) return Number.NaN;
  const sign = b[at] === PLUS ? 1 : b[at] === DASH ? -1 : Number.NaN;
  const h1 = b[at + 1]! - ZERO;
  const h2 = b[at + 2]! - ZERO;
  const m1 = b[at + 4]! - ZERO;
  const m2 = b[at + 5]! - ZERO;
  if ((h1 | h2 | m1 | m2 | (9 - h1) | (9 - h2) | (5 - m1) | (9 - m2)) < 0) return Number.NaN;
  if (h1 * 10 + h2 > 23) return Number.NaN;
  return sign * ((h1 * 10 + h2) * 60 + m1 * 10 + m2) * 60_000;
}

/** Reads `2015-05-17` at `at`, ten bytes that are there; the day's first millisecond in UTC, or NaN. */
function readDate(b: Uint8Array, at: number): number {
  if (b[at + 4] !== DASH || b[at + 7] !== DASH) return Number.NaN;
  const yearBytes = (b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!;
  const monthDayBytes = (b[at + 5]! << 24) | (b[at + 6]! << 16) | (b[at + 8]! << 8) | b[at + 9]!;
  if (yearBytes === readYear && monthDayBytes === readMonthDay) return readDayStart;
  const y1 = b[at]! - ZERO;
  const y2 = b[at + 1]! - ZERO;
  const y3 = b[at + 2]! - ZERO;
  const y4 = b[at + 3]! - ZERO;
  const m1 = b[at + 5]! - ZERO;
  const m2 = b[at + 6]! - ZERO;
  const d1 = b[at + 8]! - ZERO;
  const d2 = b[at + 9]! - ZERO;
  if ((y1 | y2 | y3 | y4 | m1 | m2 | d1 | d2) < 0) return Number.NaN;
  if (y1 > 9 || y2 > 9 || y3 > 9 || y4 > 9 || m1 > 9 || m2 > 9 || d1 > 9 || d2 > 9) return Number.NaN;
  const year = y1 * 1000 + y2 * 100 + y3 * 10 + y4;
  const month = m1 * 10 + m2;
  const day = d1 * 10 + d2;
  if (day < 1 || day > daysInMonth(year, month)) return Number.NaN;
  readYear = yearBytes;
  readMonthDay = monthDayBytes;
  readDayStart = daysFromCivil(year, month, day) * DAY_MS;
  return readDayStart;
}

/**
 * Writes epoch milliseconds as the 24 characters `2015-05-17T10:05:03.000Z` at `b[at]`; there is room for them.
 * Throws a TidemarkError (failed) outside of the years 0000–9999.
 */
export function writeInstant(b: Uint8Array, at: number, ms: number): void {
  const day = Math.floor(ms / DAY_MS);
  if (day !== writtenDay) cacheDay(day, ms);
  // Byte by byte: for eleven bytes `set` costs more than it saves.
  for (let i = 0; i < 11; i++) b[at + i] = writtenDate[i]!;
  const rest = (ms - day * DAY_MS) | 0;
  const seconds = (rest / 1000) | 0;
  const millis = rest - seconds * 1000;
  const minutes = (seconds / 60) | 0;
  const second = seconds - minutes * 60;
  const hour = (minutes / 60) | 0;
  const minute = minutes - hour * 60;
  writeTwo(b, at + 11, hour);
  b[at + 13] = COLON;
  writeTwo(b, at + 14, minute);
  b[at + 16] = COLON;
  writeTwo(b, at + 17, second);
  b[at + 19] = DOT;
  const hundreds = (millis / 100) | 0;
  b[at + 20] = ZERO + hundreds;
  writeTwo(b, at + 21, millis - hundreds * 100);
  b[at + 23] = 0x5a;
}

/** As `writeInstant`, as text. */
export function instantText(ms: number): string {
  writeInstant(scratch, 0, ms);
  return scratch.toString('latin1');
}

function writeTwo(b: Uint8Array, at: number, value: number): void {
  const tens = (value / 10) | 0;
  b[at] = ZERO + tens;
  b[at + 1] = ZERO + value - tens * 10;
}

function cacheDay(day: number, ms: number): void {
  if (!(ms >= MIN_INSTANT && ms < MAX_INSTANT + 1)) {
    throw new TidemarkError('failed', `a time of ${ms} ms is outside of the years 0000 to 9999`);
  }
  civilFromDays(day, date);
  const century = Math.floor(date.year / 100);
  writeTwo(writtenDate, 0, century);
  writeTwo(writtenDate, 2, date.year - century * 100);
  writtenDate[4] = DASH;
  writeTwo(writtenDate, 5, date.month);
  writtenDate[7] = DASH;
  writeTwo(writtenDate, 8, date.day);
  writtenDate[10] = 0x54;
  writtenDay = day;
}
