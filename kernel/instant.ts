/** Instants, RFC 3339 in UTC with milliseconds, over bytes. Epoch milliseconds; NaN where it is none. */

const DAY_MS: f64 = 86400000;

/** Days from 1970-01-01 of a date of the proleptic Gregorian calendar (H. Hinnant, chrono-compatible algorithms). */
export function daysFromCivil(year: i32, month: i32, day: i32): i32 {
  const y = month <= 2 ? year - 1 : year;
  const era = (y >= 0 ? y : y - 399) / 400;
  const yearOfEra = y - era * 400;
  const dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
  return era * 146097 + dayOfEra - 719468;
}

export function daysInMonth(year: i32, month: i32): i32 {
  if (month == 2) return (year & 3) == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/** The last date that was read: its ten bytes, and its first millisecond. */
let dateLow: u64 = 0;
let dateHigh: u16 = 0;
let dateStart: f64 = NaN;

@inline
function digit(p: usize): i32 {
  return <i32>load<u8>(p) - 48;
}

/** Negative where `d` is not 0 to 9. */
@inline
function notDigit(d: i32): i32 {
  return d | (9 - d);
}

function readDate(p: usize): bool {
  if (load<u8>(p, 4) != 0x2d || load<u8>(p, 7) != 0x2d) return false;
  const y1 = digit(p);
  const y2 = digit(p + 1);
  const y3 = digit(p + 2);
  const y4 = digit(p + 3);
  const m1 = digit(p + 5);
  const m2 = digit(p + 6);
  const d1 = digit(p + 8);
  const d2 = digit(p + 9);
  if (
    (notDigit(y1) | notDigit(y2) | notDigit(y3) | notDigit(y4) | notDigit(m1) | notDigit(m2) | notDigit(d1)
      | notDigit(d2)) < 0
  ) return false;
  const year = y1 * 1000 + y2 * 100 + y3 * 10 + y4;
  const month = m1 * 10 + m2;
  const day = d1 * 10 + d2;
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return false;
  dateLow = load<u64>(p);
  dateHigh = load<u16>(p, 8);
  dateStart = <f64>daysFromCivil(year, month, day) * DAY_MS;
  return true;
}

/**
 * Reads the instant at `p` when its length is `length` and it is in UTC with `Z` and no digits, or one to nine,
 * behind the seconds; any other spelling, and a leap second, is NaN here: the slow path may know it.
 */
@inline
export function readInstant(p: usize, length: i32): f64 {
  if (length < 20 || length > 30) return NaN;
  if ((load<u64>(p) != dateLow || load<u16>(p, 8) != dateHigh) && !readDate(p)) return NaN;
  const h1 = digit(p + 11);
  const h2 = digit(p + 12);
  const m1 = digit(p + 14);
  const m2 = digit(p + 15);
  const s1 = digit(p + 17);
  const s2 = digit(p + 18);
  if (
    (notDigit(h1) | notDigit(h2) | notDigit(m1) | (5 - m1) | notDigit(m2) | notDigit(s1) | (5 - s1)
      | notDigit(s2)) < 0
  ) return NaN;
  const hour = h1 * 10 + h2;
  if (
    load<u8>(p, 10) != 0x54 || load<u8>(p, 13) != 0x3a || load<u8>(p, 16) != 0x3a || hour > 23
    || load<u8>(p + <usize>length - 1) != 0x5a
  ) return NaN;
  const whole = dateStart + <f64>(((hour * 60 + m1 * 10 + m2) * 60 + s1 * 10 + s2) * 1000);
  if (length == 20) return whole;
  if (load<u8>(p, 19) != 0x2e || length == 21) return NaN;
  let millis = 0;
  let weight = 100;
  for (let i = 20; i < length - 1; i++) {
    const d = digit(p + <usize>i);
    if (notDigit(d) < 0) return NaN;
    millis += d * weight;
    weight /= 10;
  }
  return whole + <f64>millis;
}

/** The last day that was written: its number, and its eleven characters with the `T`. */
let writtenDay: f64 = NaN;
const WRITTEN: usize = memory.data(16);

@inline
function writeTwo(p: usize, value: i32): void {
  const tens = value / 10;
  store<u8>(p, <u8>(48 + tens));
  store<u8>(p, <u8>(48 + value - tens * 10), 1);
}

function setWrittenDay(day: f64): void {
  writtenDay = day;
  const z = <i32>day + 719468;
  const era = (z >= 0 ? z : z - 146096) / 146097;
  const dayOfEra = z - era * 146097;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const shifted = (5 * dayOfYear + 2) / 153;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  writeTwo(WRITTEN, year / 100);
  writeTwo(WRITTEN + 2, year % 100);
  store<u8>(WRITTEN, 0x2d, 4);
  writeTwo(WRITTEN + 5, month);
  store<u8>(WRITTEN, 0x2d, 7);
  writeTwo(WRITTEN + 8, dayOfYear - (153 * shifted + 2) / 5 + 1);
  store<u8>(WRITTEN, 0x54, 10);
}

/** Writes the 24 characters of an instant of the years 0000–9999. */
@inline
export function writeInstant(p: usize, ms: f64): void {
  const day = Math.floor(ms / DAY_MS);
  if (day != writtenDay) setWrittenDay(day);
  v128.store(p, v128.load(WRITTEN));
  const rest = <i32>(ms - day * DAY_MS);
  const seconds = rest / 1000;
  const millis = rest - seconds * 1000;
  const minutes = seconds / 60;
  const hours = minutes / 60;
  writeTwo(p + 11, hours);
  store<u8>(p, 0x3a, 13);
  writeTwo(p + 14, minutes - hours * 60);
  store<u8>(p, 0x3a, 16);
  writeTwo(p + 17, seconds - minutes * 60);
  store<u8>(p, 0x2e, 19);
  const hundreds = millis / 100;
  store<u8>(p, <u8>(48 + hundreds), 20);
  writeTwo(p + 21, millis - hundreds * 100);
  store<u8>(p, 0x5a, 23);
}
