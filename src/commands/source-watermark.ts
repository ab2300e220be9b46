import type { ModulePlace } from '../connectors/source-module.ts';
import { functionsPlace, type UserFunctions } from '../connectors/user-module.ts';
import { usageError } from '../errors.ts';
import type { Path } from '../json/path.ts';
import type { WatermarkKind } from '../operators/event-time.ts';
import type { DefaultedOption, Given, OptionSpec } from './spec.ts';
import { DURATION, option, optionOrDefault, SIZE } from './values.ts';

/** Where event times come from; undefined: from the format. */
export type SourceTime = Path | 'arrival' | 'none' | undefined;

/** What makes the watermark of a source. */
export type WatermarkChoice =
  | { readonly kind: Exclude<WatermarkKind, 'module'> }
  | { readonly kind: 'module'; readonly place: ModulePlace }
  | { readonly kind: 'module'; readonly functions: UserFunctions };

const WORDS = ['delay', 'wall', 'manual'] as const;

export const WATERMARK: OptionSpec<WatermarkChoice> = {
  name: 'watermark',
  value: { placeholder: 'STRATEGY', parse: parseWatermark },
  help: 'what makes the watermark: delay, wall, manual, or a module',
  default: 'delay',
  details:
    'delay: the highest event time minus --delay. wall: the clock minus --delay (0s), also while nothing comes; an event that is older is late. manual: records of ndjson whose first member is "@watermark", {"@watermark":"2026-03-14T12:00:00Z"}; one that is lower than those before is passed over, and to --limit they count as events. ./FILE.mjs: a module whose default export makes an estimator for each location, with observe(time) and watermark(); tm-functions(7).',
};

const delay: OptionSpec<number> = {
  name: 'delay',
  value: DURATION,
  help: 'how much older than the newest an event may be and still count',
  details:
    'The watermark is the highest event time seen minus this. Without it a bounded input is complete only at its end: nothing is late, and no window fires before. --follow wants it, or a --watermark.',
};

const watermarkEvery: DefaultedOption<number> = {
  name: 'watermark-every',
  value: SIZE,
  help: 'write the watermark each time it has advanced by this',
  default: '1s',
};

const maxAhead: OptionSpec<number> = {
  name: 'max-ahead',
  value: DURATION,
  help: 'let no event move the watermark that is later than the clock by more than this',
  details:
    'One event with the time of next year would make all others late. Such events are passed on, counted and told. The clock is that of the last tick; where no ticks are written, that of the start of the run.',
};

const idle: OptionSpec<number> = {
  name: 'idle',
  value: SIZE,
  help: 'say that the input is idle when it has had no event for this long',
  details:
    'A line {"@idle":true}, which the next event revokes: who merges streams does not wait for this one meanwhile. With --state and several locations, one that has had nothing for so long does not hold back the watermark at the end of a run.',
};

const tickEvery: OptionSpec<number | 'off'> = {
  name: 'tick-every',
  value: { placeholder: 'DURATION', parse: (text) => (text === 'off' ? text : SIZE.parse(text)) },
  help: 'write the processing time into the stream this often; off: never',
  default: '1s where the input has no end, else off',
  details:
    'A line {"@tick":"…"} with what the clock says, also while the input is quiet: by ticks windows fire that wait for processing time. None goes back: while a clock that was set back catches up, there is none. With --state the next run repeats what was written behind the last commit.',
};

/** All options that say how the stream tells of time. */
export const WATERMARK_OPTIONS: readonly OptionSpec[] = [
  delay,
  WATERMARK,
  watermarkEvery,
  maxAhead,
  idle,
  tickEvery,
];

/** How the stream tells of time. */
export interface WatermarkOptions {
  readonly watermark: WatermarkChoice;
  /** ms; undefined: event times make no watermark before the end. */
  readonly delay: number | undefined;
  readonly watermarkEvery: number;
  /** ms; undefined: every event moves the watermark. */
  readonly maxAhead: number | undefined;
  /** ms; undefined: the input is never said to be idle. */
  readonly idle: number | undefined;
  /** Processing time between two ticks, ms; `off`: none are written; undefined: as the input wants it. */
  readonly tickEvery: number | 'off' | undefined;
}

/** What watermarks have to do with. */
export interface WatermarkNeighbours {
  readonly origin: SourceTime;
  /** Of the locations that are named. */
  readonly formats: readonly string[];
  readonly follow: boolean;
  /** With `--state`. */
  readonly kept: boolean;
}

/** @throws TidemarkError `usage` */
export function watermarkOf(
  given: Given,
  { origin, formats, follow, kept }: WatermarkNeighbours,
): WatermarkOptions {
  const choice: WatermarkChoice = option(given, WATERMARK) ?? { kind: 'delay' };
  const { kind } = choice;
  const lag = option(given, delay) ?? (kind === 'wall' || (origin === 'arrival' && follow) ? 0 : undefined);
  const isMade = lag !== undefined || kind !== 'delay';
  if (follow && !isMade) {
    throw usageError(
      '--follow needs --delay: without an end, only a watermark completes windows',
      'say how much late events may lag behind: --delay 30s',
    );
  }
  if (kept && !isMade && origin !== 'none') {
    throw usageError(
      '--state needs --delay: the end of the input is no end then, and only a watermark completes windows',
      'say how much late events may lag behind: --delay 30s',
    );
  }
  if (origin === 'none' && lag !== undefined && kind === 'delay')
    throw usageError('--time none has no watermark to delay', 'leave --delay out');
  if (origin === 'none' && kind !== 'delay')
    throw usageError('--time none has no watermark', 'leave --watermark out');
  if (kind !== 'delay') refuseBeside(given, kind, origin, formats);
  if (
    option(given, maxAhead) !== undefined &&
    (kind === 'wall' || kind === 'manual' || lag === undefined) &&
    kind !== 'module'
  )
    throw usageError(
      '--max-ahead is for a watermark that follows from event times',
      lag === undefined && kind === 'delay' ? 'say how late events may come: --delay 30s' : 'leave it out',
    );
  const isStream = formats.includes('stream');
  for (const { name } of [WATERMARK, maxAhead, idle, tickEvery])
    if (isStream && given.options.has(name))
      throw usageError(`a stored stream tells of time itself: --${name} is for records`, 'leave it out');
  return {
    watermark: choice,
    delay: lag,
    watermarkEvery: optionOrDefault(given, watermarkEvery),
    maxAhead: option(given, maxAhead),
    idle: option(given, idle),
    tickEvery: option(given, tickEvery),
  };
}

/** What goes with the highest event time only. */
function refuseBeside(
  given: Given,
  kind: Exclude<WatermarkKind, 'delay'>,
  origin: SourceTime,
  formats: readonly string[],
): void {
  const what = kind === 'module' ? 'a module' : kind;
  if (option(given, delay) !== undefined && kind !== 'wall')
    throw usageError(`--delay is for --watermark delay and wall, not for ${what}`, 'leave it out');
  if (given.options.has('sorted'))
    throw usageError(`--sorted goes by --delay, and not by --watermark ${what}`, 'leave it out');
  if (kind === 'wall' && option(given, idle) !== undefined)
    throw usageError(
      '--watermark wall advances also while nothing comes: nobody waits for it',
      'leave --idle out',
    );
  if (kind !== 'manual') return;
  if (option(given, watermarkEvery) !== undefined || given.options.has('watermark-every'))
    throw usageError('--watermark manual writes each watermark that comes', 'leave --watermark-every out');
  const other = formats.find((format) => format !== 'ndjson' && format !== 'generate');
  if (other !== undefined)
    throw usageError(
      `--watermark manual is for ndjson, not for ${other}`,
      'wall and modules go with all formats',
    );
  if (origin === 'arrival')
    throw usageError('--time arrival is the time of the clock, and so is its watermark', '--watermark wall');
  const beside = ['from', 'to', 'schema'].find((name) => given.options.has(name));
  if (beside !== undefined)
    throw usageError(
      `--${beside} is for records, and --watermark manual has others between them`,
      `tm filter is for what --from and --to leave out, tm map for the rest`,
    );
}

function parseWatermark(text: string): WatermarkChoice {
  const word = WORDS.find((known) => known === text);
  if (word !== undefined) return { kind: word };
  if (/\.[mc]?js(\?|$)/.test(text)) return { kind: 'module', place: functionsPlace(text) };
  throw usageError(`'${text}' is not one of ${WORDS.join(', ')}, and no module`, './estimator.mjs');
}

/** Whether windows fire before the end. */
export const hasWatermark = ({ watermark: { kind }, delay: lag }: WatermarkOptions): boolean =>
  lag !== undefined || kind !== 'delay';

/** Whether the clock moves on the stream beside its ticks. */
export const followsClock = ({
  watermark: { kind },
  maxAhead: most,
  idle: after,
}: WatermarkOptions): boolean => kind === 'wall' || most !== undefined || after !== undefined;
