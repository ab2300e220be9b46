import { daysFromCivil, daysInMonth, isLeapYear } from './civil.ts';
import { DAY_MS, instantOrNaN } from './instant.ts';
import { monthAt, monthNameEnd, weekdayNameEnd } from './month.ts';
import { LITERAL, SPACE, type TimePattern } from './time-pattern.ts';
import type { Zone } from './zone.ts';

/** Milliseconds of a fraction's first, second and third digit. */
const FRACTION_WEIGHTS = [100, 10, 1] as const;

/**
 * Reads times by a compiled format. Directives are those of POSIX strptime, with %f (fraction of a second, 1 to 9
 * digits), %L (3 digits), %3N %6N %9N, %s (seconds since the epoch), %z (`+0200`, `+02:00`, `+02`, `Z`) and %Z
 * (only `UTC`, `GMT` and `Z`). Names are English, short or long, in any case; a weekday has to be one and is not
 * looked at further. Leading zeros may be missing; %y is 1969 to 2068; white space in the format matches at least
 * one character of white space, %n and %t also none. Fractions are floored to ms. A leap second is read as in
 * RFC 3339 (instant.ts).
 *
 * Without %z, %Z and %s a time is local time of `zone`: where clocks show it twice, it is the earlier instant;
 * where they skip it, it is as late after the change as it would have been without (Temporal's `compatible`).
 */
export class TimePatternReader {
  readonly #pattern: TimePattern;
  readonly #zone: Zone;
  /** Where the next step matches; valid within one `read`, as all that follow. */
  #at = 0;
  #year = 1970;
  #month = 1;
  #day = 1;
  /** 0: not given. */
  #dayOfYear = 0;
  #hour = 0;
  #afternoon = 0;
  #minute = 0;
  #second = 0;
  #millisecond = 0;
  /** Not 0: there are digits behind the milliseconds, for which a time before the epoch is floored. */
  #finer = 0;
  /** NaN: not given. */
  #epochSecond = Number.NaN;
  /** -1 where the epoch's seconds have a minus. */
  #sign = 1;
  /** Ms east of UTC. */
  #offset = 0;

  constructor(pattern: TimePattern, zone: Zone) {
    this.#pattern = pattern;
    this.#zone = zone;
  }

  /** The instant (epoch ms) of the text that fills `[start, end)`; NaN where it does not match, or is no time. */
  readText(b: Uint8Array, start: number, end: number): number {
    const { kinds, values } = this.#pattern;
    this.#at = start;
    this.#clear();
    for (let i = 0; i < kinds.length; i++) {
      if (!this.#match(b, end, kinds[i]!, values[i]!)) return Number.NaN;
    }
    return this.#at === end ? instantOrNaN(this.#instant()) : Number.NaN;
  }

  #clear(): void {
    this.#dayOfYear = this.#hour = this.#afternoon = this.#minute = this.#second = 0;
    this.#millisecond = this.#finer = this.#offset = 0;
    this.#epochSecond = Number.NaN;
    this.#sign = 1;
  }

  /** Matches one step at `#at`, moves behind it and keeps its value; false where it does not match. */
  #match(b: Uint8Array, end: number, kind: number, value: number): boolean {
    switch (kind) {
      case LITERAL:
        return this.#at < end && b[this.#at++] === value;
      case SPACE:
        return this.#skipSpace(b, end) > 0;
      case 0x74: // %t
        return this.#skipSpace(b, end) >= 0;
      case 0x59: // %Y
        this.#year = this.#number(b, end, 4, 4);
        return this.#year >= 0;
      case 0x79: // %y
        this.#year = this.#number(b, end, 2, 2);
        if (this.#year < 0) return false;
        this.#year += this.#year < 69 ? 2000 : 1900;
        return true;
      case 0x6d: // %m
        this.#month = this.#number(b, end, 1, 2);
        return this.#month >= 1 && this.#month <= 12;
      case 0x62: // %b
        return this.#monthName(b, end);
      case 0x65: // %e
        if (this.#at < end && b[this.#at] === 0x20) this.#at++;
        this.#day = this.#number(b, end, 1, 2);
        return this.#day >= 1;
      case 0x64: // %d
        this.#day = this.#number(b, end, 1, 2);
        return this.#day >= 1;
      case 0x6a: // %j
        this.#dayOfYear = this.#number(b, end, 1, 3);
        return this.#dayOfYear >= 1;
      case 0x48: // %H
        this.#hour = this.#number(b, end, 1, 2);
        return this.#hour >= 0 && this.#hour <= 23;
      case 0x49: // %I
        this.#hour = this.#number(b, end, 1, 2);
        if (this.#hour < 1 || this.#hour > 12) return false;
        this.#hour %= 12;
        return true;
      case 0x70: // %p
        return this.#halfOfDay(b, end);
      case 0x4d: // %M
        this.#minute = this.#number(b, end, 1, 2);
        return this.#minute >= 0 && this.#minute <= 59;
      case 0x53: // %S
        this.#second = this.#number(b, end, 1, 2);
        return this.#second >= 0 && this.#second <= 60;
      case 0x66: // %f
        return this.#fraction(b, end, 1, 9);
      case 0x4c: // %L
        return this.#fraction(b, end, 3, 3);
      case 0x4e: // %3N %6N %9N
        return this.#fraction(b, end, value, value);
      case 0x73: // %s
        if (this.#at < end && b[this.#at] === 0x2d) {
          this.#sign = -1;
          this.#at++;
        }
        this.#epochSecond = this.#number(b, end, 1, 12);
        return this.#epochSecond >= 0;
      case 0x7a: // %z
        return this.#readOffset(b, end);
      case 0x5a: // %Z
        return this.#zoneName(b, end);
      default: // %a
        this.#at = weekdayNameEnd(b, this.#at, end);
        return this.#at >= 0;
    }
  }

  /** A number of `least` to `most` digits, as many as there are; -1 where there are fewer. */
  #number(b: Uint8Array, end: number, least: number, most: number): number {
    const start = this.#at;
    const stop = Math.min(end, start + most);
    let value = 0;
    let i = start;
    for (; i < stop; i++) {
      const digit = b[i]! - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    this.#at = i;
    return i - start < least ? -1 : value;
  }

  #fraction(b: Uint8Array, end: number, least: number, most: number): boolean {
    const start = this.#at;
    if (this.#number(b, end, least, most) < 0) return false;
    for (let i = start; i < this.#at; i++) {
      const digit = b[i]! - 0x30;
      const weight = FRACTION_WEIGHTS[i - start];
      if (weight === undefined) this.#finer |= digit;
      else this.#millisecond += digit * weight;
    }
    return true;
  }

  /** How many characters of white space were skipped. */
  #skipSpace(b: Uint8Array, end: number): number {
    const start = this.#at;
    while (this.#at < end && (b[this.#at] === 0x20 || (b[this.#at]! >= 0x09 && b[this.#at]! <= 0x0d)))
      this.#at++;
    return this.#at - start;
  }

  #monthName(b: Uint8Array, end: number): boolean {
    const behind = monthNameEnd(b, this.#at, end);
    if (behind < 0) return false;
    this.#month = monthAt(b, this.#at);
    this.#at = behind;
    return true;
  }

  #halfOfDay(b: Uint8Array, end: number): boolean {
    if (this.#at + 2 > end || (b[this.#at + 1]! | 0x20) !== 0x6d) return false;
    const letter = b[this.#at]! | 0x20;
    this.#afternoon = letter === 0x70 ? 12 : 0;
    this.#at += 2;
    return letter === 0x70 || letter === 0x61;
  }

  #readOffset(b: Uint8Array, end: number): boolean {
    if (this.#at >= end) return false;
    const first = b[this.#at++]!;
    if ((first | 0x20) === 0x7a) return true;
    if (first !== 0x2b && first !== 0x2d) return false;
    const hours = this.#number(b, end, 2, 2);
    if (hours < 0 || hours > 23) return false;
    const behindHours = this.#at;
    if (this.#at < end && b[this.#at] === 0x3a) this.#at++;
    let minutes = this.#number(b, end, 2, 2);
    if (minutes < 0) {
      // Hours alone, as PostgreSQL writes them: what follows is for the next step.
      this.#at = behindHours;
      minutes = 0;
    }
    this.#offset = (first === 0x2d ? -1 : 1) * (hours * 60 + minutes) * 60_000;
    return minutes <= 59;
  }

  #zoneName(b: Uint8Array, end: number): boolean {
    const at = this.#at;
    const letters =
      at + 3 > end ? 0 : ((b[at]! | 0x20) << 16) | ((b[at + 1]! | 0x20) << 8) | (b[at + 2]! | 0x20);
    if (letters === 0x757463 || letters === 0x676d74) this.#at += 3;
    else if (at < end && (b[at]! | 0x20) === 0x7a) this.#at++;
    else return false;
    return true;
  }

  #instant(): number {
    const fraction = this.#millisecond;
    if (!Number.isNaN(this.#epochSecond)) {
      const ms = this.#epochSecond * 1000 + fraction;
      if (this.#sign > 0) return ms;
      return ms === 0 && this.#finer === 0 ? 0 : -ms - (this.#finer === 0 ? 0 : 1);
    }
    let days: number;
    if (this.#dayOfYear > 0) {
      if (this.#dayOfYear > (isLeapYear(this.#year) ? 366 : 365)) return Number.NaN;
      days = daysFromCivil(this.#year, 1, this.#dayOfYear);
    } else {
      if (this.#day > daysInMonth(this.#year, this.#month)) return Number.NaN;
      days = daysFromCivil(this.#year, this.#month, this.#day);
    }
    const seconds = ((this.#hour + this.#afternoon) * 60 + this.#minute) * 60 + this.#second;
    const local = days * DAY_MS + seconds * 1000;
    const whole = this.#pattern.hasOffset ? local - this.#offset : this.#zone.toInstant(local);
    if (this.#second === 60 && whole % DAY_MS !== 0) return Number.NaN;
    return whole + fraction;
  }
}
