import { isoDuration } from '../time/duration.ts';
import type { Firing } from './firing.ts';
import { firingJson, parseFiring } from './firing-json.ts';
import { badHeader, durationOf, isRecord, wordOf } from './header-members.ts';
import type { CalendarUnit, Header, StateReference, Weekday, Windowing } from './marker.ts';
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

/** The header with other windows, and how they fire; undefined: once, when they are complete. */
export function withWindowing(
  { firing: _, ...header }: Header,
  windowing: Windowing,
  firing: Firing | undefined,
): Header {
  return { ...header, windowing, ...(firing === undefined ? {} : { firing }) };
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
    windowing: {
      ...windowingJson(header.windowing),
      ...(header.firing === undefined ? {} : firingJson(header.firing)),
    },
    ...(header.panes === undefined ? {} : { panes: header.panes }),
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
      return {
        kind: 'calendar',
        unit: windowing.unit,
        timezone: windowing.timezone,
        ...(windowing.offset === undefined ? {} : { offset: isoDuration(windowing.offset) }),
        ...(windowing.weekStart === undefined ? {} : { weekStart: windowing.weekStart }),
      };
  }
}

/**
 * Reads the value of `@stream`. Members that this version does not know are kept in `other`.
 * @throws TidemarkError `failed` when it is no header, or one of a later version
 */
export function parseHeader(text: string): Header {
  const value: unknown = JSON.parse(text);
  if (!isRecord(value)) throw badHeader('its value is no object');
  const { version, commands, bounded, watermark, ticks, windowing, panes, branch, schema, state, ...other } =
    value;
  if (version !== 1) throw badHeader(`version ${JSON.stringify(version)} is not known here (1 is)`);
  return {
    version: 1,
    commands: Array.isArray(commands) ? commands.map(String) : [],
    bounded: bounded !== false,
    watermark: parseWatermark(watermark),
    ...(ticks === undefined ? {} : { ticks: durationOf(ticks) }),
    windowing: parseWindowing(windowing),
    ...withFiring(windowing),
    ...(panes === undefined ? {} : { panes: wordOf(panes, 'panes', ['each-once', 'replacing']) }),
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
        ...(value.offset === undefined ? {} : { offset: durationOf(value.offset) }),
        ...(value.weekStart === undefined ? {} : { weekStart: String(value.weekStart) as Weekday }),
      };
    default:
      throw badHeader(`windowing ${JSON.stringify(value.kind)} is not known here`);
  }
}

function withFiring(windowing: unknown): Pick<Header, 'firing'> {
  const firing = isRecord(windowing) ? parseFiring(windowing) : undefined;
  return firing === undefined ? {} : { firing };
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
