import { TidemarkError, usageError } from '../errors.ts';
import { type InstantReader, instantReader } from '../time/instant-argument.ts';
import type { TimeReader } from '../time/time-format.ts';
import type { Given, OptionSpec } from './spec.ts';
import { flag, option, TEXT } from './values.ts';

/** Which events are wanted: those of `[from, to)`, epoch ms, which may be infinite. */
export interface TimeLimits {
  readonly from: number;
  readonly to: number;
}

export const FROM: OptionSpec<string> = {
  name: 'from',
  value: { ...TEXT, placeholder: 'TIME' },
  help: 'leave out events before TIME: 2015-05-17T10:05:00Z, 2015-05-17',
  details:
    'TIME is RFC 3339, a date or a local time in --timezone, or a time as --time-format reads it: with epoch-s a number of seconds. Watermarks and --limit are as if the events left out were not there.',
};

export const TO: OptionSpec<string> = {
  name: 'to',
  value: { ...TEXT, placeholder: 'TIME' },
  help: 'leave out events from TIME on',
};

export const SORTED: OptionSpec = {
  name: 'sorted',
  help: 'records are in the order of their times: --from and --to read only what they need',
  details:
    'No record of a location is older than one before it by more than --delay, which is nothing where it is not given. A file is then searched by halving for --from (not csv, where a line end may stand inside a field, and no compressed file; syslog is not sorted in this sense, for a year that it does not tell follows from the lines before), and everything is read no further than --to plus --delay. What is passed over is not looked at: a record in it that cannot be read is not told. Where a record that was read is out of this order it is an error. Messages count the lines from the byte at which reading began.',
};

/** What a range does not go with. */
interface RangeNeighbours {
  readonly origin: unknown;
  readonly formats: readonly string[];
  readonly follow: boolean;
}

/** What --from and --to say cannot be done with what else was given. */
export function refuseRange(given: Given, { origin, formats, follow }: RangeNeighbours): void {
  const upTo = option(given, TO);
  if (option(given, FROM) === undefined && upTo === undefined) {
    if (flag(given, SORTED)) {
      throw usageError(
        '--sorted is for --from and --to: it lets them read only what they need',
        'leave it out, or say from when: --from 2015-05-17',
      );
    }
    return;
  }
  if (origin === 'arrival' || origin === 'none')
    throw usageError(`--from and --to need a time in the records, not --time ${origin}`);
  if (formats.includes('stream'))
    throw usageError('a stored stream is passed on as it is, without --from and --to', 'leave them out');
  if (formats.includes('syslog') && flag(given, SORTED)) {
    throw usageError(
      'syslog is read from its first line on: a year that it does not tell follows from the lines before',
      'leave --sorted out',
    );
  }
  if (upTo !== undefined && follow && !flag(given, SORTED)) {
    throw usageError(
      'with --follow, --to is no end: an older record may come at any time',
      'say that the records are in the order of their times, up to --delay: --sorted',
    );
  }
}

/** Undefined: all events are wanted. A promise where a zone has to be loaded. */
export function rangeOf(
  given: Given,
  timeFormatName: string,
  reader: TimeReader,
  zone: string | undefined,
): TimeLimits | undefined | Promise<TimeLimits> {
  const first = option(given, FROM);
  const end = option(given, TO);
  if (first === undefined && end === undefined) return undefined;
  const limits = (read: InstantReader): TimeLimits => {
    const range = {
      from: instantOf('--from', first, read) ?? Number.NEGATIVE_INFINITY,
      to: instantOf('--to', end, read) ?? Number.POSITIVE_INFINITY,
    };
    if (range.from >= range.to) throw usageError('--from is not before --to: there is nothing between them');
    return range;
  };
  const read = instantReader(timeFormatName, reader, zone);
  return read instanceof Promise ? read.then(limits) : limits(read);
}

function instantOf(name: string, text: string | undefined, read: InstantReader): number | undefined {
  if (text === undefined) return undefined;
  try {
    return read(text);
  } catch (error) {
    if (error instanceof TidemarkError) throw usageError(`${name}: ${error.message}`, error.hint);
    throw error;
  }
}

/** Locations are read one after the other: behind one without an end the next would never be read. */
export function refuseUnreachable(
  splits: readonly { readonly name: string; readonly endless?: boolean }[],
): void {
  const endless = splits.findIndex((split) => split.endless);
  const behind = splits[endless + 1];
  if (endless < 0 || behind === undefined) return;
  throw usageError(
    `${splits[endless]!.name} has no end, so ${behind.name} behind it would never be read`,
    'name it last, or read each by a command of its own',
  );
}

/** Behind --to an older record may still come, for ever. */
export function refuseEndlessSearch(
  endless: string | undefined,
  { range, sorted }: { readonly range: TimeLimits | undefined; readonly sorted: boolean },
): void {
  if (endless === undefined || range === undefined || range.to === Number.POSITIVE_INFINITY || sorted) return;
  throw usageError(
    `${endless} has no end, and --to is none: an older record may come at any time`,
    'say that the records are in the order of their times, up to --delay: --sorted',
  );
}
