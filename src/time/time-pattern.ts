import { Buffer } from 'node:buffer';
import { usageError } from '../errors.ts';

/** What a step matches. */
export const KIND = {
  /** The byte `low`. */
  literal: 0,
  /** A number of `least` to `most` digits from `low` to `high`, which is kept in `field`. */
  number: 1,
  /** `least` or more characters of white space. */
  space: 2,
  /** `least` to `most` digits of a fraction of a second. */
  fraction: 3,
  monthName: 4,
  weekdayName: 5,
  halfOfDay: 6,
  offset: 7,
  zoneName: 8,
  /** A minus, or nothing. */
  sign: 9,
} as const;

/** The parts of a time, as indexes of the array that a reader keeps them in. */
export const FIELD = {
  year: 0,
  yearOfCentury: 1,
  month: 2,
  day: 3,
  dayOfYear: 4,
  hour: 5,
  hourOfHalf: 6,
  /** 12 in the afternoon, else 0. */
  afternoon: 7,
  minute: 8,
  second: 9,
  millisecond: 10,
  /** Not 0 where the fraction has digits behind the milliseconds that are not 0. */
  finer: 11,
  epochSecond: 12,
  /** 1, or -1 where a minus stands before the seconds of the epoch. */
  sign: 13,
  /** Ms east of UTC. */
  offset: 14,
} as const;
export const FIELD_COUNT = 15;

export interface PatternStep {
  readonly kind: number;
  readonly least: number;
  readonly most: number;
  readonly low: number;
  readonly high: number;
  readonly field: number;
}

/** A time format, compiled: what is to be matched, one step after the other. */
export interface TimePattern {
  readonly text: string;
  readonly steps: readonly PatternStep[];
  /** The letters of its directives, shorthands written out. */
  readonly letters: ReadonlySet<string>;
  /** Whether a text says by itself how far it is from UTC (%z, %Z, %s), so that no zone is needed. */
  readonly hasOffset: boolean;
}

const step = (kind: number, least = 0, most = 0, low = 0, high = 0, field = 0): PatternStep => ({
  kind,
  least,
  most,
  low,
  high,
  field,
});
const number = (field: number, least: number, most: number, low: number, high: number): PatternStep =>
  step(KIND.number, least, most, low, high, field);

const DAY = number(FIELD.day, 1, 2, 1, 31);
/** The steps of each directive that is no shorthand. */
const DIRECTIVES: Readonly<Record<string, readonly PatternStep[]>> = {
  Y: [number(FIELD.year, 4, 4, 0, 9999)],
  y: [number(FIELD.yearOfCentury, 2, 2, 0, 99)],
  m: [number(FIELD.month, 1, 2, 1, 12)],
  b: [step(KIND.monthName)],
  d: [DAY],
  e: [step(KIND.space), DAY],
  j: [number(FIELD.dayOfYear, 1, 3, 1, 366)],
  H: [number(FIELD.hour, 1, 2, 0, 23)],
  I: [number(FIELD.hourOfHalf, 1, 2, 1, 12)],
  p: [step(KIND.halfOfDay)],
  M: [number(FIELD.minute, 1, 2, 0, 59)],
  S: [number(FIELD.second, 1, 2, 0, 60)],
  f: [step(KIND.fraction, 1, 9)],
  L: [step(KIND.fraction, 3, 3)],
  '3N': [step(KIND.fraction, 3, 3)],
  '6N': [step(KIND.fraction, 6, 6)],
  '9N': [step(KIND.fraction, 9, 9)],
  s: [step(KIND.sign), number(FIELD.epochSecond, 1, 12, 0, Number.MAX_SAFE_INTEGER)],
  z: [step(KIND.offset)],
  Z: [step(KIND.zoneName)],
  a: [step(KIND.weekdayName)],
  t: [step(KIND.space)],
  '%': [step(KIND.literal, 0, 0, 0x25)],
};
/** Directives that are written as others. */
const SHORTHANDS: Readonly<Record<string, string>> = {
  T: '%H:%M:%S',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  R: '%H:%M',
  h: '%b',
  B: '%b',
  A: '%a',
  n: '%t',
};
const KNOWN =
  '%Y %y %m %b %B %h %d %e %j %H %I %p %M %S %f %L %3N %6N %9N %s %z %Z %a %A %F %T %R %D %n %t %%';

/**
 * Compiles a time format of strptime's directives (what they match: strptime.ts). Throws a TidemarkError (usage)
 * for an unknown directive, and for a format that does not give a whole date.
 */
export function compileTimePattern(text: string): TimePattern {
  const steps: PatternStep[] = [];
  const letters = new Set<string>();
  addSteps(text, steps, letters);
  checkComplete(text, letters);
  const hasOffset = letters.has('z') || letters.has('Z') || letters.has('s');
  return { text, steps, letters, hasOffset };
}

function addSteps(pattern: string, steps: PatternStep[], letters: Set<string>): void {
  for (const [part, directive] of pattern.matchAll(/%(\d?.?)|\s+|[^%\s]+/gsu)) {
    if (directive === undefined) {
      if (/^\s/.test(part)) steps.push(step(KIND.space, 1));
      else for (const byte of Buffer.from(part)) steps.push(step(KIND.literal, 0, 0, byte));
      continue;
    }
    const shorthand = SHORTHANDS[directive];
    const meant = DIRECTIVES[directive];
    if (shorthand !== undefined) addSteps(shorthand, steps, letters);
    else if (meant === undefined) {
      throw usageError(`unknown directive ${part} in the time format ${pattern}`, `known are ${KNOWN}`);
    } else {
      letters.add(directive);
      steps.push(...meant);
    }
  }
}

/** Refuses patterns that do not say when: without a date, or with half of a clock of 12 hours. */
function checkComplete(pattern: string, letters: ReadonlySet<string>): void {
  const has = (...wanted: string[]): boolean => wanted.some((letter) => letters.has(letter));
  const date = has('Y', 'y') && (has('j') || (has('m', 'b') && has('d', 'e')));
  if (!date && !has('s')) {
    throw usageError(
      `the time format ${pattern} does not give a whole date`,
      'it needs a year, month and day (%Y-%m-%d), %Y and %j, or %s',
    );
  }
  if (has('I') !== has('p') || (has('I') && has('H'))) {
    const broken = has('H') ? '%H with %I or %p' : has('I') ? '%I without %p' : '%p without %I';
    throw usageError(
      `the time format ${pattern} has ${broken}`,
      'use %H for hours of 24, %I and %p for hours of 12',
    );
  }
}
