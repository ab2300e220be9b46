import { daysFromCivil, daysInMonth, isLeapYear } from './civil.ts';
import { DAY_MS, instantOrNaN } from './instant.ts';
import { monthAt, monthNameEnd, weekdayNameEnd } from './month.ts';
import { FIELD, FIELD_COUNT, KIND, type PatternStep, type TimePattern } from './time-pattern.ts';
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
  /** The parts of the time read last. A part that the format has is written by each `read`, no other is ever. */
  readonly #fields = new Float64Array(FIELD_COUNT);
  readonly #hasEpoch: boolean;
  readonly #hasDayOfYear: boolean;
  readonly #hasCentury: boolean;

  constructor(pattern: TimePattern, zone: Zone) {
    this.#pattern = pattern;
    this.#zone = zone;
    this.#hasEpoch = pattern.letters.has('s');
    this.#hasDayOfYear = pattern.letters.has('j');
    this.#hasCentury = pattern.letters.has('Y');
  }

  /** The instant (epoch ms) of the text that fills `[start, end)`; NaN where it does not match, or is no time. */
  readText(b: Uint8Array, start: number, end: number): number {
    const { steps } = this.#pattern;
    const fields = this.#fields;
    let at = start;
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]!;
      if (step.kind === KIND.literal) {
        if (at === end || b[at] !== step.low) return Number.NaN;
        at++;
      } else if (step.kind === KIND.number) {
        const first = at;
        const stop = Math.min(end, at + step.most);
        let value = 0;
        for (; at < stop; at++) {
          const digit = b[at]! - 0x30;
          if (digit < 0 || digit > 9) break;
          value = value * 10 + digit;
        }
        if (at - first < step.least || value < step.low || value > step.high) return Number.NaN;
        fields[step.field] = value;
      } else {
        at = matchOther(step, b, at, end, fields);
        if (at < 0) return Number.NaN;
      }
    }
    return at === end ? instantOrNaN(this.#instant()) : Number.NaN;
  }

  #instant(): number {
    const fields = this.#fields;
    const millisecond = fields[FIELD.millisecond]!;
    if (this.#hasEpoch) {
      const ms = fields[FIELD.epochSecond]! * 1000 + millisecond;
      if (fields[FIELD.sign]! > 0) return ms;
      // Floored, as all times are: a fraction that is not read moves a time before the epoch back.
      const before = ms + (fields[FIELD.finer] === 0 ? 0 : 1);
      return before === 0 ? 0 : -before;
    }
    const years = fields[FIELD.yearOfCentury]!;
    const year = this.#hasCentury ? fields[FIELD.year]! : years + (years < 69 ? 2000 : 1900);
    let days: number;
    if (this.#hasDayOfYear) {
      const dayOfYear = fields[FIELD.dayOfYear]!;
      if (dayOfYear > (isLeapYear(year) ? 366 : 365)) return Number.NaN;
      days = daysFromCivil(year, 1, dayOfYear);
    } else {
      const month = fields[FIELD.month]!;
      const day = fields[FIELD.day]!;
      if (day > daysInMonth(year, month)) return Number.NaN;
      days = daysFromCivil(year, month, day);
    }
    // A format has hours of 24, or those of 12 with their half of the day, or none.
    const hour = fields[FIELD.hour]! + (fields[FIELD.hourOfHalf]! % 12) + fields[FIELD.afternoon]!;
    const second = fields[FIELD.second]!;
    const local = days * DAY_MS + ((hour * 60 + fields[FIELD.minute]!) * 60 + second) * 1000;
    const whole = this.#pattern.hasOffset ? local - fields[FIELD.offset]! : this.#zone.toInstant(local);
    if (second === 60 && whole % DAY_MS !== 0) return Number.NaN;
    return whole + millisecond;
  }
}

/** Matches a step that is neither a literal nor a number at `at`; behind it, or -1 where it does not match. */
function matchOther(step: PatternStep, b: Uint8Array, at: number, end: number, fields: Float64Array): number {
  switch (step.kind) {
    case KIND.space: {
      const behind = spaceEnd(b, at, end);
      return behind - at < step.least ? -1 : behind;
    }
    case KIND.fraction:
      return matchFraction(step, b, at, end, fields);
    case KIND.monthName: {
      const behind = monthNameEnd(b, at, end);
      if (behind >= 0) fields[FIELD.month] = monthAt(b, at);
      return behind;
    }
    case KIND.weekdayName:
      return weekdayNameEnd(b, at, end);
    case KIND.halfOfDay: {
      const letter = at + 2 <= end && (b[at + 1]! | 0x20) === 0x6d ? b[at]! | 0x20 : 0;
      fields[FIELD.afternoon] = letter === 0x70 ? 12 : 0;
      return letter === 0x61 || letter === 0x70 ? at + 2 : -1;
    }
    case KIND.offset:
      return matchOffset(b, at, end, fields);
    case KIND.zoneName:
      return zoneNameEnd(b, at, end);
    default: {
      const negative = at < end && b[at] === 0x2d;
      fields[FIELD.sign] = negative ? -1 : 1;
      return negative ? at + 1 : at;
    }
  }
}

function spaceEnd(b: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && (b[i] === 0x20 || (b[i]! >= 0x09 && b[i]! <= 0x0d))) i++;
  return i;
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

function matchFraction(
  step: PatternStep,
  b: Uint8Array,
  at: number,
  end: number,
  fields: Float64Array,
): number {
  const stop = Math.min(end, at + step.most);
  let millisecond = 0;
  let finer = 0;
  let i = at;
  for (; i < stop && isDigit(b[i]!); i++) {
    const digit = b[i]! - 0x30;
    const weight = FRACTION_WEIGHTS[i - at];
    if (weight === undefined) finer |= digit;
    else millisecond += digit * weight;
  }
  fields[FIELD.millisecond] = millisecond;
  fields[FIELD.finer] = finer;
  return i - at < step.least ? -1 : i;
}

function matchOffset(b: Uint8Array, at: number, end: number, fields: Float64Array): number {
  fields[FIELD.offset] = 0;
  if (at >= end) return -1;
  const first = b[at]!;
  if ((first | 0x20) === 0x7a) return at + 1;
  if ((first !== 0x2b && first !== 0x2d) || at + 3 > end) return -1;
  if (!isDigit(b[at + 1]!) || !isDigit(b[at + 2]!)) return -1;
  const hours = (b[at + 1]! - 0x30) * 10 + b[at + 2]! - 0x30;
  const minutesAt = at + 3 < end && b[at + 3] === 0x3a ? at + 4 : at + 3;
  // Hours may stand alone, as PostgreSQL writes them: what follows is for the next step.
  const hasMinutes = minutesAt + 2 <= end && isDigit(b[minutesAt]!) && isDigit(b[minutesAt + 1]!);
  const minutes = hasMinutes ? (b[minutesAt]! - 0x30) * 10 + b[minutesAt + 1]! - 0x30 : 0;
  if (hours > 23 || minutes > 59) return -1;
  fields[FIELD.offset] = (first === 0x2d ? -1 : 1) * (hours * 60 + minutes) * 60_000;
  return hasMinutes ? minutesAt + 2 : at + 3;
}

/** Behind `UTC`, `GMT` or `Z`, in any case; -1 where there is none. */
function zoneNameEnd(b: Uint8Array, at: number, end: number): number {
  const letters =
    at + 3 > end ? 0 : ((b[at]! | 0x20) << 16) | ((b[at + 1]! | 0x20) << 8) | (b[at + 2]! | 0x20);
  if (letters === 0x757463 || letters === 0x676d74) return at + 3;
  return at < end && (b[at]! | 0x20) === 0x7a ? at + 1 : -1;
}
