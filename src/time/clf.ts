import { daysFromCivil, daysInMonth } from './civil.ts';
import { DAY_MS, instantOrNaN } from './instant.ts';
import { monthAt } from './month.ts';

/** Characters of a time as web servers log it: `17/May/2015:10:05:03 +0000`. */
export const CLF_LENGTH = 26;

/** The last date that was read, as the bytes of `17/M`, `ay/2` and `015`, and its first millisecond. Never freed. */
let readDay = 0;
let readMonth = 0;
let readYear = 0;
let readDayStart = Number.NaN;

/**
 * Reads `17/May/2015:10:05:03 +0000`, which fills `[start, end)`, without brackets or quotes: the time of the
 * Common Log Format (Apache HTTP Server, mod_log_config, `%t`). Epoch milliseconds; NaN where it is none.
 */
export function readClf(b: Uint8Array, start: number, end: number): number {
  if (end - start !== CLF_LENGTH) return Number.NaN;
  if (b[start + 11] !== 0x3a || b[start + 14] !== 0x3a || b[start + 17] !== 0x3a || b[start + 20] !== 0x20) {
    return Number.NaN;
  }
  const hour = two(b, start + 12);
  const minute = two(b, start + 15);
  const second = two(b, start + 18);
  const offsetHour = two(b, start + 22);
  const offsetMinute = two(b, start + 24);
  if ((hour | minute | second | offsetHour | offsetMinute) < 0) return Number.NaN;
  if (hour > 23 || minute > 59 || second > 60 || offsetHour > 23 || offsetMinute > 59) return Number.NaN;
  const sign = b[start + 21] === 0x2b ? 1 : b[start + 21] === 0x2d ? -1 : Number.NaN;
  const offset = sign * (offsetHour * 60 + offsetMinute) * 60_000;
  const ms = dateAt(b, start) + ((hour * 60 + minute) * 60 + second) * 1000 - offset;
  // A leap second ends a UTC day; as in an RFC 3339 time it is the first second of the next.
  if (second === 60 && ms % DAY_MS !== 0) return Number.NaN;
  return instantOrNaN(ms);
}

/** Reads `17/May/2015` at `at`, eleven bytes that are there; the day's first millisecond in UTC, or NaN. */
function dateAt(b: Uint8Array, at: number): number {
  const dayBytes = (b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!;
  const monthBytes = (b[at + 4]! << 24) | (b[at + 5]! << 16) | (b[at + 6]! << 8) | b[at + 7]!;
  const yearBytes = (b[at + 8]! << 16) | (b[at + 9]! << 8) | b[at + 10]!;
  if (dayBytes === readDay && monthBytes === readMonth && yearBytes === readYear) return readDayStart;
  if (b[at + 2] !== 0x2f || b[at + 6] !== 0x2f) return Number.NaN;
  const day = two(b, at);
  const month = monthAt(b, at + 3);
  const century = two(b, at + 7);
  const yearOfCentury = two(b, at + 9);
  if ((century | yearOfCentury) < 0) return Number.NaN;
  const year = century * 100 + yearOfCentury;
  if (day < 1 || day > daysInMonth(year, month)) return Number.NaN;
  readDay = dayBytes;
  readMonth = monthBytes;
  readYear = yearBytes;
  readDayStart = daysFromCivil(year, month, day) * DAY_MS;
  return readDayStart;
}

/** The number of two digits at `at`, or -1. */
function two(b: Uint8Array, at: number): number {
  const tens = b[at]! - 0x30;
  const ones = b[at + 1]! - 0x30;
  return (tens | ones | (9 - tens) | (9 - ones)) < 0 ? -1 : tens * 10 + ones;
}
