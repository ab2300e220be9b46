import { monthAt } from './month.ts';

const SPACE = 0x20;
const PLUS = 0x2b;
const COMMA = 0x2c;
const DASH = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;

/** Years that a log can be of; any other four digits behind a time are something else. */
const FIRST_YEAR = 1970;
const LAST_YEAR = 2099;

/** `UTC` and `GMT` as numbers of their three letters. */
const UTC = 0x555443;
const GMT = 0x474d54;

/**
 * A time as logs write it for people: `Oct 11 22:14:15` (RFC 3164, section 4.1.2), with a fraction, with a year
 * in front of the clock or behind it, followed by `UTC` or `GMT`; or `2024-10-11 22:14:15`. Holds the parts of
 * the last one that was read.
 */
export class LogStamp {
  /** 1970 to 2099, or -1 where it has none. */
  year = -1;
  /** 1–12 */
  month = 0;
  /** 1–31, not looked at further. */
  day = 0;
  /** Since the day's beginning; a leap second is the first of the next minute. */
  ms = 0;
  leap = false;
  /** Span of the fraction's digits, with the point before them; 0, 0: none. */
  fractionStart = 0;
  fractionEnd = 0;
  /** It says that it is UTC; else it is local time. */
  utc = false;

  /** Reads the time that begins at `start`; the index behind it, or -1 where there is none. */
  read(b: Uint8Array, start: number, end: number): number {
    this.year = -1;
    this.utc = false;
    this.fractionStart = this.fractionEnd = 0;
    if (end - start < 14) return -1;
    const isDate = b[start]! >= ZERO && b[start]! <= 0x39;
    let i = isDate ? this.#date(b, start) : this.#monthAndDay(b, start, end);
    if (i < 0) return -1;
    i = this.#clock(b, i, end);
    if (i < 0 || isDate) return i;
    if (this.year < 0) {
      const year = this.#yearAt(b, i + 1, end);
      if (year > 0 && b[i] === SPACE) {
        this.year = year;
        i += 5;
      }
    }
    if (i + 4 <= end && b[i] === SPACE && (i + 4 === end || b[i + 4] === SPACE || b[i + 4] === COLON)) {
      const letters = (b[i + 1]! << 16) | (b[i + 2]! << 8) | b[i + 3]!;
      if (letters === UTC || letters === GMT) {
        this.utc = true;
        i += 4;
      }
    }
    return i;
  }

  /** `2024-10-11`, and a blank or a T. */
  #date(b: Uint8Array, start: number): number {
    const century = two(b, start);
    const years = two(b, start + 2);
    this.month = two(b, start + 5);
    this.day = two(b, start + 8);
    if ((century | years | this.month | this.day) < 0) return -1;
    if (b[start + 4] !== DASH || b[start + 7] !== DASH) return -1;
    if (b[start + 10] !== SPACE && b[start + 10] !== 0x54) return -1;
    this.year = century * 100 + years;
    return this.year < FIRST_YEAR || this.year > LAST_YEAR || this.month < 1 || this.month > 12
      ? -1
      : start + 11;
  }

  /** `Oct 11 `, `Oct  1 `, `Oct 1 `, and a year where there is one. */
  #monthAndDay(b: Uint8Array, start: number, end: number): number {
    this.month = monthAt(b, start);
    if (this.month === 0 || b[start + 3] !== SPACE) return -1;
    let i = start + 4;
    if (b[i] === SPACE) i++;
    const tens = b[i]! - ZERO;
    if (tens < 0 || tens > 9) return -1;
    const ones = b[i + 1]! - ZERO;
    this.day = ones >= 0 && ones <= 9 ? tens * 10 + ones : tens;
    i += ones >= 0 && ones <= 9 ? 2 : 1;
    if (b[i] !== SPACE || this.day === 0 || this.day > 31) return -1;
    const year = this.#yearAt(b, i + 1, end);
    if (year < 0) return i + 1;
    this.year = year;
    return i + 6;
  }

  /** Four digits that are a year, and a blank or colon behind them; -1: there is none. */
  #yearAt(b: Uint8Array, at: number, end: number): number {
    if (at + 4 > end || (at + 4 < end && b[at + 4] !== SPACE && b[at + 4] !== COLON)) return -1;
    const century = two(b, at);
    const years = two(b, at + 2);
    const year = century * 100 + years;
    return (century | years) < 0 || year < FIRST_YEAR || year > LAST_YEAR ? -1 : year;
  }

  /** `22:14:15`, and a fraction behind a point or a comma. */
  #clock(b: Uint8Array, at: number, end: number): number {
    if (at + 8 > end || b[at + 2] !== COLON || b[at + 5] !== COLON) return -1;
    const hour = two(b, at);
    const minute = two(b, at + 3);
    const second = two(b, at + 6);
    if ((hour | minute | second) < 0 || hour > 23 || minute > 59 || second > 60) return -1;
    this.ms = ((hour * 60 + minute) * 60 + second) * 1000;
    this.leap = second === 60;
    let i = at + 8;
    if (i + 1 < end && (b[i] === DOT || b[i] === COMMA) && b[i + 1]! >= ZERO && b[i + 1]! <= 0x39) {
      this.fractionStart = i++;
      for (let weight = 100; i < end && b[i]! >= ZERO && b[i]! <= 0x39; i++) {
        this.ms += weight * (b[i]! - ZERO);
        weight = weight > 1 ? weight / 10 : 0;
      }
      this.fractionEnd = i;
    }
    return i;
  }
}

/** The number of two digits at `at`, or -1. */
function two(b: Uint8Array, at: number): number {
  const tens = b[at]! - ZERO;
  const ones = b[at + 1]! - ZERO;
  return (tens | ones | (9 - tens) | (9 - ones)) < 0 ? -1 : tens * 10 + ones;
}

/**
 * Writes how far local time is ahead of UTC, `+02:00`, at `b[at]`.
 * @param offset ms, whole minutes
 */
export function writeOffset(b: Uint8Array, at: number, offset: number): number {
  const minutes = Math.abs(offset) / 60_000;
  const hours = Math.floor(minutes / 60);
  let out = at;
  b[out++] = offset < 0 ? DASH : PLUS;
  out = writeTwo(b, out, hours);
  b[out++] = COLON;
  return writeTwo(b, out, minutes - hours * 60);
}

function writeTwo(b: Uint8Array, at: number, value: number): number {
  b[at] = ZERO + Math.floor(value / 10);
  b[at + 1] = ZERO + (value % 10);
  return at + 2;
}
