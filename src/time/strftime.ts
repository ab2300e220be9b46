import { usageError } from '../errors.ts';
import { type CivilDate, civilFromDays, daysFromCivil } from './civil.ts';
import { DAY_MS } from './instant.ts';
import { MONTHS, WEEKDAYS } from './month.ts';
import type { Zone } from './zone.ts';

/** Writes an instant (epoch ms) as a text. */
export interface InstantFormat {
  format(instant: number): string;
  /** Milliseconds that the text does not tell apart: an hour for `%H`. Instants between two multiples of it give one text. */
  readonly unit: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

interface Directive {
  readonly unit: number;
  /** `local`: what clocks show, in milliseconds, as if it were UTC; `offset`: how far that is ahead of UTC. */
  write(local: number, date: CivilDate, offset: number): string;
}

const digits = (value: number, count: number): string => String(value).padStart(count, '0');
const partOf = (instant: number, size: number, unit: number): number =>
  Math.floor((instant - Math.floor(instant / size) * size) / unit);
const hourOf = (instant: number): number => partOf(instant, DAY_MS, HOUR);
const weekday = (instant: number): number => (((Math.floor(instant / DAY_MS) + 4) % 7) + 7) % 7;
const capital = (name: string): string => name[0]!.toUpperCase() + name.slice(1);

const day = (write: Directive['write']): Directive => ({ unit: DAY_MS, write });
const fraction = (count: number): Directive => ({
  unit: 1,
  write: (instant) => digits(partOf(instant, SECOND, 1), 3).padEnd(count, '0'),
});

/** `+0200`; minutes are floored, as zones had offsets of seconds once. */
function offsetText(offset: number): string {
  const minutes = Math.floor(Math.abs(offset) / MINUTE);
  return `${offset < 0 ? '-' : '+'}${digits(Math.floor(minutes / 60), 2)}${digits(minutes % 60, 2)}`;
}

/** What strptime.ts reads, as strftime(3) writes it in the C locale. */
const DIRECTIVES: Readonly<Record<string, Directive>> = {
  Y: day((_, { year }) => digits(year, 4)),
  y: day((_, { year }) => digits(year % 100, 2)),
  m: day((_, { month }) => digits(month, 2)),
  b: day((_, { month }) => capital(MONTHS[month - 1]!).slice(0, 3)),
  B: day((_, { month }) => capital(MONTHS[month - 1]!)),
  d: day((_, date) => digits(date.day, 2)),
  e: day((_, date) => String(date.day).padStart(2)),
  j: day((instant, { year }) => digits(Math.floor(instant / DAY_MS) - daysFromCivil(year, 1, 1) + 1, 3)),
  a: day((instant) => capital(WEEKDAYS[weekday(instant)]!).slice(0, 3)),
  A: day((instant) => capital(WEEKDAYS[weekday(instant)]!)),
  H: { unit: HOUR, write: (instant) => digits(hourOf(instant), 2) },
  I: { unit: HOUR, write: (instant) => digits(((hourOf(instant) + 11) % 12) + 1, 2) },
  p: { unit: HOUR, write: (instant) => (hourOf(instant) < 12 ? 'AM' : 'PM') },
  M: { unit: MINUTE, write: (instant) => digits(partOf(instant, HOUR, MINUTE), 2) },
  S: { unit: SECOND, write: (instant) => digits(partOf(instant, MINUTE, SECOND), 2) },
  s: { unit: SECOND, write: (local, _, offset) => String(Math.floor((local - offset) / SECOND)) },
  L: fraction(3),
  '3N': fraction(3),
  f: fraction(6),
  '6N': fraction(6),
  '9N': fraction(9),
  z: day((_, __, offset) => offsetText(offset)),
  Z: day(() => 'UTC'),
};
const SHORTHANDS: Readonly<Record<string, string>> = {
  T: '%H:%M:%S',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  R: '%H:%M',
  h: '%b',
};
const KNOWN = '%Y %y %m %b %B %d %e %j %a %A %H %I %p %M %S %s %L %f %3N %6N %9N %z %Z %F %T %R %D %h %%';

/**
 * Compiles a format of strftime's directives.
 * @param zone whose clocks are read; absent: UTC
 * @throws TidemarkError `usage` for an unknown directive, and for the name of a zone that is not UTC
 */
export function compileInstantFormat(text: string, zone?: Zone): InstantFormat {
  const parts: (string | Directive)[] = [];
  addParts(text, text, parts);
  const unit = Math.min(DAY_MS, ...parts.map((part) => (typeof part === 'string' ? DAY_MS : part.unit)));
  if (zone !== undefined && zone.name !== 'UTC' && parts.includes(DIRECTIVES.Z!))
    throw usageError(
      `%Z is not known for ${zone.name}: time zones have no names that all agree on`,
      'use %z',
    );
  const date: CivilDate = { year: 0, month: 0, day: 0 };
  return {
    unit,
    format(instant) {
      const offset = zone === undefined ? 0 : zone.offsetAt(instant);
      const local = instant + offset;
      civilFromDays(Math.floor(local / DAY_MS), date);
      return parts
        .map((part) => (typeof part === 'string' ? part : part.write(local, date, offset)))
        .join('');
    },
  };
}

function addParts(text: string, whole: string, parts: (string | Directive)[]): void {
  for (const [part, letter] of text.matchAll(/%(\d?.?)|[^%]+/gsu)) {
    if (letter === undefined) parts.push(part);
    else if (letter === '%') parts.push('%');
    else if (SHORTHANDS[letter] !== undefined) addParts(SHORTHANDS[letter], whole, parts);
    else if (DIRECTIVES[letter] !== undefined) parts.push(DIRECTIVES[letter]);
    else throw usageError(`unknown directive ${part} in the time format ${whole}`, `known are ${KNOWN}`);
  }
}
