import { usageError } from '../errors.ts';
import { type CivilDate, civilFromDays, daysFromCivil } from './civil.ts';
import { DAY_MS } from './instant.ts';
import { MONTHS, WEEKDAYS } from './month.ts';

/** Writes an instant (epoch ms) as a text, in UTC. */
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
  write(instant: number, date: CivilDate): string;
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
  s: { unit: SECOND, write: (instant) => String(Math.floor(instant / SECOND)) },
  L: fraction(3),
  '3N': fraction(3),
  f: fraction(6),
  '6N': fraction(6),
  '9N': fraction(9),
  z: day(() => '+0000'),
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
 * @throws TidemarkError `usage` for an unknown directive
 */
export function compileInstantFormat(text: string): InstantFormat {
  const parts: (string | Directive)[] = [];
  addParts(text, text, parts);
  const unit = Math.min(DAY_MS, ...parts.map((part) => (typeof part === 'string' ? DAY_MS : part.unit)));
  const date: CivilDate = { year: 0, month: 0, day: 0 };
  return {
    unit,
    format(instant) {
      civilFromDays(Math.floor(instant / DAY_MS), date);
      return parts.map((part) => (typeof part === 'string' ? part : part.write(instant, date))).join('');
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
