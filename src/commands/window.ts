import { type TidemarkError, toldAt, usageError } from '../errors.ts';
import { didYouMean, nearestWord } from '../expressions/suggestion.ts';
import { Window } from '../operators/window.ts';
import { type CalendarUnit, WEEKDAYS, type Weekday } from '../stream/marker.ts';
import { formatDuration } from '../time/duration.ts';
import { loadZone } from '../time/zone.ts';
import type { Assigner } from '../windows/assigner.ts';
import { calendarAssigner } from '../windows/calendar-assigner.ts';
import { cumulatingWindows } from '../windows/cumulating.ts';
import { fixedWindows } from '../windows/fixed.ts';
import { globalWindow } from '../windows/global.ts';
import { sessionWindows } from '../windows/session.ts';
import { slidingWindows } from '../windows/sliding.ts';
import { WINDOW_FOREIGN } from './foreign-options.ts';
import type { CommandSpec, DefaultedOption, Given, OptionSpec, Syntax } from './spec.ts';
import { choice, option, optionOrDefault, SIZE, TEXT } from './values.ts';
import { FIRING, firingOf } from './window-firing.ts';
import { windowsMeant } from './window-kinds.ts';
import { calendarOffset, calendarShift, offset, shiftOf } from './window-offset.ts';

const UNITS: readonly CalendarUnit[] = ['hour', 'day', 'week', 'month', 'quarter', 'year'];

const every: OptionSpec<number> = {
  name: 'every',
  value: SIZE,
  help: 'start a window this often; at most SIZE',
};

const step: OptionSpec<number> = {
  name: 'every',
  value: SIZE,
  help: 'end a window this often; SIZE is a multiple of it',
};

const weekStart: DefaultedOption<Weekday> = {
  name: 'week-start',
  value: choice('DAY', WEEKDAYS),
  help: 'the day that weeks begin with: monday, sunday',
  default: 'monday',
};

const timezone: DefaultedOption<string> = {
  name: 'timezone',
  value: { ...TEXT, placeholder: 'ZONE' },
  help: 'zone whose calendar counts: Europe/Berlin, +02:00',
  default: 'UTC',
};

const argument = (name: string, help: string) => [{ name, help, required: true, variadic: false }] as const;

const fixed: Syntax = {
  name: 'fixed',
  summary: 'windows of one size, end to end',
  description: ['An event is in one window. Windows are aligned to 1970-01-01T00:00:00Z plus the offset.'],
  arguments: argument('SIZE', 'length of a window: 10s, 5m, 1h30m'),
  options: [offset],
  examples: [
    {
      title: 'count requests per status and 5 minutes',
      command:
        'tm source access.log --format combined | tm window fixed 5m | tm combine --by status n=count | tm sink',
    },
    {
      title: 'results at every 50 requests, and once more for each that was late',
      command:
        "tm source access.log --format combined --delay 5s | tm window fixed 5m --early 'count 50' --lateness 10m --mode accumulate | tm combine n=count | tm sink",
    },
  ],
};

const sliding: Syntax = {
  name: 'sliding',
  summary: 'windows of one size that overlap',
  description: [
    'An event is in every window that holds its time: SIZE divided by the distance between starts. The stream carries one label for all of them, and combine adds an event to one slice of time only.',
  ],
  arguments: argument('SIZE', 'length of a window'),
  options: [every, offset],
  examples: [
    {
      title: 'the last 10 minutes, every minute',
      command:
        'tm source access.log --format combined | tm window sliding 10m --every 1m | tm combine n=count | tm sink',
    },
  ],
};

const cumulate: Syntax = {
  name: 'cumulate',
  summary: 'windows that start together and grow up to SIZE',
  description: [
    'With SIZE 1d and --every 1h: the first hour of the day, its first two hours, and so on up to the whole day; then the next day begins. An event is in all that end behind it. Days are aligned to 1970-01-01T00:00:00Z plus the offset.',
  ],
  arguments: argument('SIZE', 'length of the longest window'),
  options: [step, offset],
  examples: [
    {
      title: 'requests of the day so far, every hour',
      command:
        'tm source access.log --format combined | tm window cumulate 1d --every 1h | tm combine n=count | tm sink',
    },
  ],
};

const session: Syntax = {
  name: 'session',
  summary: 'windows of activity, which end when a key has been quiet for GAP',
  description: [
    'Sessions are per key: combine and dedup merge those that overlap. Two events at exactly GAP apart are in two sessions.',
  ],
  arguments: argument('GAP', 'quiet time that ends a session'),
  options: [],
  examples: [
    {
      title: 'visits by host',
      command:
        'tm source access.log --format combined | tm window session 30m | tm combine --by host requests=count | tm sink',
    },
  ],
};

const calendar: Syntax = {
  name: 'calendar',
  summary: 'hours, days, weeks, months, quarters or years of a calendar',
  description: [
    'Days of 23 and 25 hours are as long as they are. An offset is of local time: with --offset 6h a day begins when clocks show 06:00 for the first time, and where they skip it, when they are put forward; with --offset 15m hours begin a quarter past.',
  ],
  arguments: argument('UNIT', UNITS.join(', ')),
  options: [timezone, weekStart, calendarOffset],
  examples: [
    {
      title: 'bytes per day in Berlin',
      command:
        "tm source access.log --format combined | tm window calendar day --timezone Europe/Berlin | tm combine 'volume = sum(bytes)' | tm sink",
    },
    {
      title: 'weeks from Sunday, days of which end at six in the morning',
      command:
        'tm source access.log --format combined | tm window calendar week --week-start sunday --offset 6h --timezone America/New_York | tm combine n=count | tm sink',
    },
  ],
};

const global: Syntax = {
  name: 'global',
  summary: 'one window that holds all time',
  description: ['It closes when the stream is complete. Events that no window has stamped are in it.'],
  arguments: [],
  options: [],
  examples: [
    {
      title: 'totals of a whole file',
      command:
        'tm source access.log --format combined | tm window global | tm combine --by status n=count | tm sink',
    },
  ],
};

export const windowCommand: CommandSpec = {
  name: 'window',
  summary: 'stamp each event with its windows',
  input: 'stream',
  output: 'stream',
  description: [
    'Reads a stream and writes it with the window of each event in @w. Grouping commands behind it (combine, dedup) work window by window. A window that was there before is replaced, and so is what was said of when it fires.',
    'A window gives its results once, when the watermark has passed its end, and is closed then. --early, --late and --lateness, or --trigger, let it fire more than once: each result is a pane then, told apart by @pane. A trigger that can be finished while its window is open loses what comes behind that, and is refused; `… or-finally …` says that it is meant. tm-time(7) tells the language, and what a pane is.',
  ],
  arguments: [],
  options: FIRING,
  kinds: [fixed, sliding, cumulate, session, calendar, global],
  foreignOptions: WINDOW_FOREIGN,
  lineMeant: windowsMeant,
  examples: [fixed.examples[0]!, sliding.examples[0]!],
  build(given) {
    const assigner = assignerOf(given);
    const firing = firingOf(given);
    return {
      role: 'operator',
      sides: new Map(),
      create: async (context) => new Window(await assigner, context, firing),
    };
  },
};

/** @throws TidemarkError `usage` */
export function assignerOf(given: Given): Assigner | Promise<Assigner> {
  switch (given.kind) {
    case 'fixed': {
      const size = sizeOf(given, 'SIZE');
      return fixedWindows(size, shiftOf(given, size, 'the size of the windows'));
    }
    case 'sliding': {
      const size = sizeOf(given, 'SIZE');
      const distance = option(given, every);
      if (distance === undefined)
        throw usageError('sliding windows need --every: how far apart they start', '--every 1m');
      if (distance > size)
        throw usageError(
          '--every is longer than the windows: events between them would be in none',
          `give ${formatDuration(size)} or less`,
        );
      return slidingWindows(size, distance, shiftOf(given, distance, '--every'));
    }
    case 'cumulate': {
      const size = sizeOf(given, 'SIZE');
      const distance = option(given, step);
      if (distance === undefined)
        throw usageError('cumulating windows need --every: how far apart they end', '--every 1h');
      if (size % distance !== 0)
        throw usageError(
          `${formatDuration(size)} is no multiple of --every ${formatDuration(distance)}: the longest window would end between two`,
          divisorHint(size, distance),
        );
      return cumulatingWindows(size, distance, shiftOf(given, size, 'the longest window'));
    }
    case 'session':
      return sessionWindows(sizeOf(given, 'GAP'));
    case 'calendar': {
      const unit = UNITS.find((word) => word === given.arguments[0]);
      if (unit === undefined) throw noUnit(given.arguments[0]!);
      return calendarWindows(unit, given);
    }
    default:
      return globalWindow();
  }
}

/** @throws TidemarkError `usage` for an unknown zone, at once */
function calendarWindows(unit: CalendarUnit, given: Given): Assigner | Promise<Assigner> {
  const name = optionOrDefault(given, timezone);
  const first = optionOrDefault(given, weekStart);
  if (unit !== 'week' && first !== 'monday')
    throw usageError(
      `--week-start is of weeks, and the windows are of the calendar's ${unit}s`,
      'leave it out, or write tm window calendar week',
    );
  const shift = calendarShift(given, unit);
  const zone = loadZone(name);
  return zone instanceof Promise
    ? zone.then((loaded) => calendarAssigner(unit, name, loaded, shift, first))
    : calendarAssigner(unit, name, zone, shift, first);
}

/** What to give for an `--every` that does not go into the size: the longest that does and is shorter, ms. */
function divisorHint(size: number, distance: number): string {
  if (distance >= size) return `give ${formatDuration(size)} or less`;
  const least = Math.ceil(size / distance);
  // Of a size as 1d7ms it may be 1ms, which nobody means, and which would be looked for long.
  for (let parts = least; parts < least + MOST_TRIED; parts++)
    if (size % parts === 0) return `as --every ${formatDuration(size / parts)}`;
  return `give one of which ${formatDuration(size)} is a multiple`;
}

const MOST_TRIED = 1000;

/** @param name of the argument, for messages */
function sizeOf(given: Given, name: 'SIZE' | 'GAP'): number {
  const text = given.arguments[0] ?? '';
  return toldAt(`${name} '${text}'`, () => SIZE.parse(text));
}

function noUnit(word: string): TidemarkError {
  const meant = windowsMeant(['calendar', word]);
  return usageError(
    `UNIT '${word}' is not one of ${UNITS.join(', ')}${didYouMean(nearestWord(word, UNITS))}`,
    meant === undefined ? 'as in tm window calendar day' : `write tm window ${meant}`,
  );
}
