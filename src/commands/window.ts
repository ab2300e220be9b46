import { usageError } from '../errors.ts';
import { Window } from '../operators/window.ts';
import type { CalendarUnit } from '../stream/marker.ts';
import { loadZone } from '../time/zone.ts';
import type { Assigner } from '../windows/assigner.ts';
import { calendarAssigner } from '../windows/calendar-assigner.ts';
import { fixedWindows } from '../windows/fixed.ts';
import { globalWindow } from '../windows/global.ts';
import { sessionWindows } from '../windows/session.ts';
import { slidingWindows } from '../windows/sliding.ts';
import type { CommandSpec, DefaultedOption, Given, OptionSpec, Syntax } from './spec.ts';
import { OFFSET, option, optionOrDefault, SIZE, TEXT } from './values.ts';
import { FIRING, firingOf } from './window-firing.ts';

const UNITS: readonly CalendarUnit[] = ['hour', 'day', 'week', 'month', 'quarter', 'year'];

const offset: DefaultedOption<number> = {
  name: 'offset',
  value: OFFSET,
  help: 'move the bounds of all windows by this',
  default: '0s',
};

const every: OptionSpec<number> = {
  name: 'every',
  value: SIZE,
  help: 'start a window this often; at most SIZE',
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
  description: ['Days of 23 and 25 hours are as long as they are. Weeks begin on Monday.'],
  arguments: argument('UNIT', UNITS.join(', ')),
  options: [timezone],
  examples: [
    {
      title: 'bytes per day in Berlin',
      command:
        "tm source access.log --format combined | tm window calendar day --timezone Europe/Berlin | tm combine 'volume = sum(bytes)' | tm sink",
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
  kinds: [fixed, sliding, session, calendar, global],
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
  const shift = optionOrDefault(given, offset);
  switch (given.kind) {
    case 'fixed':
      return fixedWindows(sizeOf(given), shift);
    case 'sliding': {
      const size = sizeOf(given);
      const step = option(given, every);
      if (step === undefined)
        throw usageError('sliding windows need --every: how far apart they start', '--every 1m');
      if (step > size)
        throw usageError('--every is longer than the windows: events between them would be in none');
      return slidingWindows(size, step, shift);
    }
    case 'session':
      return sessionWindows(sizeOf(given));
    case 'calendar': {
      const unit = UNITS.find((word) => word === given.arguments[0]);
      if (unit === undefined) throw usageError(`'${given.arguments[0]}' is not one of ${UNITS.join(', ')}`);
      return calendarWindows(unit, optionOrDefault(given, timezone));
    }
    default:
      return globalWindow();
  }
}

/** @throws TidemarkError `usage` for an unknown zone, at once */
function calendarWindows(unit: CalendarUnit, timezone: string): Assigner | Promise<Assigner> {
  const zone = loadZone(timezone);
  return zone instanceof Promise
    ? zone.then((loaded) => calendarAssigner(unit, timezone, loaded))
    : calendarAssigner(unit, timezone, zone);
}

const sizeOf = (given: Given): number => SIZE.parse(given.arguments[0] ?? '');
