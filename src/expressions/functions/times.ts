import { Buffer } from 'node:buffer';
import { TidemarkError, usageError } from '../../errors.ts';
import { parseSignedDuration } from '../../time/duration.ts';
import { readInstant } from '../../time/instant.ts';
import { compileInstantFormat } from '../../time/strftime.ts';
import { parseTimeFormat, type TimeReader } from '../../time/time-format.ts';
import { type FunctionCall, type FunctionDefinition, FunctionFailure } from '../function.ts';
import { quoted, valueText } from '../json-value.ts';
import type { NumberValue } from '../number-value.ts';
import { DURATION_TYPE, INTEGER_TYPE, NUMBER_TYPE, STRING_TYPE, TIMESTAMP } from '../type.ts';
import { Duration, Timestamp, type Value } from '../value.ts';
import { loadForZone, zoneOfLiteral } from '../zones.ts';

const SECOND = 1000;
const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', SECOND],
  ['m', 60 * SECOND],
  ['h', 3600 * SECOND],
  ['d', 86_400 * SECOND],
  ['w', 604_800 * SECOND],
]);

const notWritten = (what: string, example: string): TidemarkError =>
  usageError(`the ${what} has to be written in the expression, as a text`, `as in ${example}`);

export const timestampOfText: FunctionDefinition = {
  name: 'timestamp',
  form: 'call',
  usage: 'timestamp(TEXT)',
  summary: 'read a time of RFC 3339',
  example: ['timestamp("2026-03-14 11:00:02+01:00")', '"2026-03-14T10:00:02.000Z"'],
  parameters: [STRING_TYPE],
  result: TIMESTAMP,
  prepare([text]) {
    if (typeof text !== 'string') return this.call;
    const time = rfc3339(text);
    if (Number.isNaN(time))
      throw usageError(`${quoted(text)} is no time of RFC 3339`, 'a time is 2026-03-14T10:00:02Z');
    const timestamp = new Timestamp(time);
    return () => timestamp;
  },
  call(text: string) {
    const time = rfc3339(text);
    if (!Number.isNaN(time)) return new Timestamp(time);
    throw new FunctionFailure(`${quoted(text)} is no time of RFC 3339`);
  },
};

function rfc3339(text: string): number {
  const bytes = Buffer.from(text);
  return readInstant(bytes, 0, bytes.length);
}

export const timestampOfTimestamp: FunctionDefinition = {
  name: 'timestamp',
  form: 'call',
  usage: 'timestamp(T)',
  summary: 'leave a time as it is',
  example: ['timestamp(timestamp("2026-03-14T10:00:02Z"))', '"2026-03-14T10:00:02.000Z"'],
  parameters: [TIMESTAMP],
  result: TIMESTAMP,
  call: (time: Timestamp) => time,
};

const WITH_FORMAT = 'timestamp(at, "%d.%m.%Y %H:%M:%S", "Europe/Berlin")';

/** Reads a text or a number by a format that is known before the first event. */
function readerOf(literals: readonly (Value | undefined)[]): FunctionCall {
  const [, format, zone] = literals;
  if (typeof format !== 'string') throw notWritten('time format', WITH_FORMAT);
  if (literals.length > 2 && typeof zone !== 'string') throw notWritten('time zone', WITH_FORMAT);
  if (typeof zone === 'string') zoneOfLiteral(zone);
  // Of a zone that is loaded it is no promise.
  const reader = parseTimeFormat(format, typeof zone === 'string' ? zone : undefined) as TimeReader;
  return (value) => {
    const json = Buffer.from(valueText(value!));
    const time = reader.read(json, 0, json.length);
    if (!Number.isNaN(time)) return new Timestamp(time);
    const shown = typeof value === 'string' ? quoted(value) : json.toString();
    throw new FunctionFailure(`${shown} is no time of the format ${format}`);
  };
}

export const timestampByFormat: FunctionDefinition = {
  name: 'timestamp',
  form: 'call',
  usage: 'timestamp(TEXT, FORMAT[, ZONE])',
  summary: 'read a time by a format of --time-format (tm-time(7)), local times in ZONE',
  example: ['timestamp("14.03.2026 11:00", "%d.%m.%Y %H:%M", "Europe/Berlin")', '"2026-03-14T10:00:00.000Z"'],
  parameters: [STRING_TYPE, STRING_TYPE, STRING_TYPE],
  optional: 1,
  result: TIMESTAMP,
  load: (literals) => loadForZone(literals, 2),
  prepare: readerOf,
  call: (...values: Value[]) => readerOf(values)(...values),
};

export const timestampOfNumber: FunctionDefinition = {
  name: 'timestamp',
  form: 'call',
  usage: 'timestamp(X, FORMAT)',
  summary: 'read a number as a time: epoch-s, epoch-ms, epoch-us, epoch-ns say what it counts',
  example: ['timestamp(1773482402, "epoch-s")', '"2026-03-14T10:00:02.000Z"'],
  parameters: [NUMBER_TYPE, STRING_TYPE],
  result: TIMESTAMP,
  prepare: readerOf,
  call: (...values: Value[]) => readerOf(values)(...values),
};

export const epochSeconds: FunctionDefinition = {
  name: 'epoch_s',
  form: 'both',
  usage: 'epoch_s(T)',
  summary: 'count the whole seconds since 1970-01-01T00:00:00Z, rounded down',
  example: ['epoch_s(timestamp("2026-03-14T10:00:02.5Z"))', '1773482402'],
  parameters: [TIMESTAMP],
  result: INTEGER_TYPE,
  call: ({ time }: Timestamp) => Math.floor(time / SECOND),
};

export const epochMilliseconds: FunctionDefinition = {
  name: 'epoch_ms',
  form: 'both',
  usage: 'epoch_ms(T)',
  summary: 'count the milliseconds since 1970-01-01T00:00:00Z',
  example: ['epoch_ms(timestamp("2026-03-14T10:00:02.5Z"))', '1773482402500'],
  parameters: [TIMESTAMP],
  result: INTEGER_TYPE,
  sql: 'epoch_ms',
  call: ({ time }: Timestamp) => time,
};

export const format: FunctionDefinition = {
  name: 'format',
  form: 'both',
  usage: 'time.format(FORMAT[, ZONE])',
  summary: 'write a time with the directives of strftime, as clocks in ZONE show it',
  example: [
    'timestamp("2026-03-14T10:00:02Z").format("%d.%m. %H:%M %z", "Europe/Berlin")',
    '"14.03. 11:00 +0100"',
  ],
  parameters: [TIMESTAMP, STRING_TYPE, STRING_TYPE],
  optional: 1,
  result: STRING_TYPE,
  load: (literals) => loadForZone(literals, 2),
  prepare: writerOf,
  call: (...values: Value[]) => writerOf(values)(...values),
};

function writerOf(literals: readonly (Value | undefined)[]): FunctionCall {
  const example = 'time.format("%Y-%m-%d", "Europe/Berlin")';
  const [, written, zone] = literals;
  if (typeof written !== 'string') throw notWritten('format', example);
  if (literals.length > 2 && typeof zone !== 'string') throw notWritten('time zone', example);
  const compiled = compileInstantFormat(written, typeof zone === 'string' ? zoneOfLiteral(zone) : undefined);
  return (time) => compiled.format((time as Timestamp).time);
}

export const durationOfText: FunctionDefinition = {
  name: 'duration',
  form: 'call',
  usage: 'duration(TEXT)',
  summary: 'read a duration: 1h30m, 500ms, -5m, PT1H30M',
  example: ['duration("1h30m")', '"PT1H30M"'],
  parameters: [STRING_TYPE],
  result: DURATION_TYPE,
  prepare([text]) {
    if (typeof text !== 'string') return this.call;
    const duration = new Duration(parseSignedDuration(text));
    return () => duration;
  },
  call(text: string) {
    try {
      return new Duration(parseSignedDuration(text));
    } catch (error) {
      if (error instanceof TidemarkError) throw new FunctionFailure(`${quoted(text)} is no duration`);
      throw error;
    }
  },
};

export const durationOfNumber: FunctionDefinition = {
  name: 'duration',
  form: 'call',
  usage: 'duration(X, UNIT)',
  summary: 'make a duration of so many ms, s, m, h, d or w; fractions of milliseconds are rounded',
  example: ['duration(0.25, "s")', '"PT0.25S"'],
  parameters: [NUMBER_TYPE, STRING_TYPE],
  result: DURATION_TYPE,
  prepare([, unit]) {
    if (typeof unit === 'string' && !UNITS.has(unit))
      throw usageError(`unknown unit of durations: ${unit}`, `the units are ${[...UNITS.keys()].join(' ')}`);
    return this.call;
  },
  call(x: NumberValue, unit: string) {
    const size = UNITS.get(unit);
    if (size === undefined) throw new FunctionFailure(`unknown unit of durations: ${quoted(unit)}`);
    const length = Math.round(Number(x) * size) + 0;
    if (!Number.isSafeInteger(length)) throw new FunctionFailure('the duration is too long');
    return new Duration(length);
  },
};

export const durationOfDuration: FunctionDefinition = {
  name: 'duration',
  form: 'call',
  usage: 'duration(D)',
  summary: 'leave a duration as it is',
  example: ['duration(duration("5m"))', '"PT5M"'],
  parameters: [DURATION_TYPE],
  result: DURATION_TYPE,
  call: (duration: Duration) => duration,
};
