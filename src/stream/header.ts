import { TidemarkError } from '../errors.ts';
import { isoDuration, readIsoDuration } from '../time/duration.ts';
import type { CalendarUnit, Header, StateReference, Windowing } from './marker.ts';
import type { Schema } from './schema.ts';
import { parseSchema, schemaJson } from './schema-json.ts';

export const GLOBAL_WINDOWING: Windowing = { kind: 'global' };

/** The header of a stream that has none: plain NDJSON with `@t`. */
export const PLAIN_HEADER: Header = {
  version: 1,
  commands: [],
  bounded: true,
  watermark: {},
  windowing: GLOBAL_WINDOWING,
  branch: '',
  other: {},
};

/** The header behind a command that the stream has gone through; its events have the members that they had. */
export const throughCommand = (header: Header, command: string): Header => ({
  ...header,
  commands: [...header.commands, command],
});

/** The header with another schema; undefined: nothing is known. */
export function withSchema({ schema: _, ...header }: Header, schema: Schema | undefined): Header {
  return schema === undefined ? header : { ...header, schema };
}

/** The value of `@stream` as it is written: durations in ISO 8601, what is not known left out. */
export const headerJson = (header: Header): string => JSON.stringify(headerValue(header));

/** The same before it is a text. */
export function headerValue(header: Header): Record<string, unknown> {
  const { strategy, delay, every } = header.watermark;
  return {
    version: header.version,
    commands: header.commands,
    bounded: header.bounded,
    watermark: {
      ...(strategy === undefined ? {} : { strategy }),
      ...(delay === undefined ? {} : { delay: isoDuration(delay) }),
      ...(every === undefined ? {} : { every: isoDuration(every) }),
    },
    ...(header.ticks === undefined ? {} : { ticks: isoDuration(header.ticks) }),
    windowing: windowingJson(header.windowing),
    branch: header.branch,
    ...(header.schema === undefined ? {} : { schema: schemaJson(header.schema) }),
    ...(header.state === undefined ? {} : { state: header.state }),
    ...header.other,
  };
}

function windowingJson(windowing: Windowing): Record<string, unknown> {
  switch (windowing.kind) {
    case 'global':
      return { kind: 'global' };
    case 'fixed':
      return { kind: 'fixed', size: isoDuration(windowing.size), offset: isoDuration(windowing.offset) };
    case 'sliding':
    case 'cumulate':
      return {
        kind: windowing.kind,
        size: isoDuration(windowing.size),
        every: isoDuration(windowing.every),
        offset: isoDuration(windowing.offset),
      };
    case 'session':
      return { kind: 'session', gap: isoDuration(windowing.gap) };
    case 'calendar':
      return { kind: 'calendar', unit: windowing.unit, timezone: windowing.timezone };
  }
}

/**
 * Reads the value of `@stream`. Members that this version does not know are kept in `other`.
 * @throws TidemarkError `failed` when it is no header, or one of a later version
 */
export function parseHeader(text: string): Header {
  const value: unknown = JSON.parse(text);
  if (!isRecord(value)) throw badHeader('its value is no object');
  const { version, commands, bounded, watermark, ticks, windowing, branch, schema, state, ...other } = value;
  if (version !== 1) throw badHeader(`version ${JSON.stringify(version)} is not known here (1 is)`);
  return {
    version: 1,
    commands: Array.isArray(commands) ? commands.map(String) : [],
    bounded: bounded !== false,
    watermark: parseWatermark(watermark),
    ...(ticks === undefined ? {} : { ticks: durationOf(ticks) }),
    windowing: parseWindowing(windowing),
    branch: typeof branch === 'string' ? branch : '',
    ...(schema === undefined ? {} : { schema: parseSchema(schema, 'lenient') }),
    ...(state === undefined ? {} : { state: parseState(state) }),
    other,
  };
}

function parseWatermark(value: unknown): Header['watermark'] {
  if (!isRecord(value)) return {};
  return {
    ...(typeof value.strategy === 'string' ? { strategy: value.strategy } : {}),
    ...(value.delay === undefined ? {} : { delay: durationOf(value.delay) }),
    ...(value.every === undefined ? {} : { every: durationOf(value.every) }),
  };
}

function parseWindowing(value: unknown): Windowing {
  if (value === undefined) return GLOBAL_WINDOWING;
  if (!isRecord(value)) throw badHeader('its windowing is no object');
  switch (value.kind) {
    case 'global':
      return GLOBAL_WINDOWING;
    case 'fixed':
      return { kind: 'fixed', size: durationOf(value.size), offset: durationOf(value.offset) };
    case 'sliding':
    case 'cumulate':
      return {
        kind: value.kind,
        size: durationOf(value.size),
        every: durationOf(value.every),
        offset: durationOf(value.offset),
      };
    case 'session':
      return { kind: 'session', gap: durationOf(value.gap) };
    case 'calendar':
      return {
        kind: 'calendar',
        unit: String(value.unit) as CalendarUnit,
        timezone: String(value.timezone),
      };
    default:
      throw badHeader(`windowing ${JSON.stringify(value.kind)} is not known here`);
  }
}

function parseState(value: unknown): StateReference {
  if (!isRecord(value)) throw badHeader('its state is no object');
  const { directory, id, attempt, epoch, stages } = value;
  if (
    typeof directory !== 'string' ||
    typeof id !== 'string' ||
    !Number.isSafeInteger(attempt) ||
    !Number.isSafeInteger(epoch) ||
    !Array.isArray(stages)
  )
    throw badHeader('its state lacks a member');
  return {
    directory,
    id,
    attempt: attempt as number,
    epoch: epoch as number,
    stages: stages.map(String),
  };
}

function durationOf(value: unknown): number {
  const bytes = Buffer.from(typeof value === 'string' ? value : '');
  const duration = readIsoDuration(bytes, 0, bytes.length);
  if (Number.isNaN(duration)) throw badHeader(`${JSON.stringify(value)} is no duration`);
  return duration;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const badHeader = (why: string): TidemarkError =>
  new TidemarkError('failed', `the @stream line cannot be read: ${why}`, {
    hint: 'all commands of a pipe must be of the same version of tidemark',
  });
