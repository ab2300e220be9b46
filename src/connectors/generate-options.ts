import { Buffer } from 'node:buffer';
import { usageError } from '../errors.ts';
import { parseDuration } from '../time/duration.ts';
import { readInstant } from '../time/instant.ts';

/** What `generate:` was asked for. Durations and instants are in milliseconds. */
export interface GenerateOptions {
  /** How many events; Infinity: no end. */
  readonly count: number;
  readonly seed: number;
  /** Events per second of the clock; 0: as fast as they are taken. */
  readonly rate: number;
  /** How many different hosts, and how many different paths. */
  readonly keys: number;
  /** How far events are displaced into the past at most, but for the late ones. */
  readonly disorder: number;
  /** The share of events that are later than `disorder`. */
  readonly late: number;
  /** Epoch milliseconds of the first event, before displacement. */
  readonly start: number;
  /** Mean time from one event to the next; NaN: what `rate` makes it, exactly. */
  readonly step: number;
}

/** Different addresses that 10.0.0.0/8 has. */
const MAX_KEYS = 2 ** 24;

const DEFAULTS = {
  count: 10_000,
  seed: 1,
  rate: 0,
  keys: 100,
  disorder: 0,
  late: 0,
  start: 1_767_225_600_000, // 2026-01-01T00:00:00.000Z
  step: 100,
};
type Name = keyof typeof DEFAULTS;

const READERS: Readonly<Record<Name, (text: string) => number>> = {
  count: (text) => (text === 'inf' ? Number.POSITIVE_INFINITY : integer(text, 0, Number.MAX_SAFE_INTEGER)),
  seed: (text) => integer(text, 0, Number.MAX_SAFE_INTEGER),
  rate: (text) => decimal(text, 0.001, 1e9),
  keys: (text) => integer(text, 1, MAX_KEYS),
  disorder: parseDuration,
  late: (text) => decimal(text, 0, 1),
  start: instant,
  step: parseDuration,
};

const LOCATION = 'generate:';

/** Whether a location, or the name of its split, asks for generated traffic. */
export const isGenerate = (location: string): boolean => location.startsWith(LOCATION);

/** Reads `generate:count=1000,seed=7,…`. Throws a TidemarkError (usage) that names the parameter. */
export function parseGenerate(location: string): GenerateOptions {
  const given = new Map<Name, number>();
  for (const part of location.slice(LOCATION.length).split(',')) {
    if (part === '' && location === LOCATION) break;
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    if (!isName(name)) {
      throw usageError(
        `generate: has no parameter '${name}'`,
        `there are ${Object.keys(DEFAULTS).join(', ')}`,
      );
    }
    if (equals < 0) throw usageError(`generate: parameter ${name} needs a value`, `write ${name}=…`);
    if (given.has(name)) throw usageError(`generate: parameter ${name} is given twice`);
    given.set(name, read(name, part.slice(equals + 1)));
  }
  const step = given.get('step') ?? (given.has('rate') ? Number.NaN : DEFAULTS.step);
  return { ...DEFAULTS, ...Object.fromEntries(given), step };
}

const isName = (text: string): text is Name => Object.hasOwn(DEFAULTS, text);

function read(name: Name, text: string): number {
  try {
    return READERS[name](text);
  } catch (error) {
    if (error instanceof Error) throw usageError(`generate: parameter ${name}: ${error.message}`);
    throw error;
  }
}

function integer(text: string, least: number, most: number): number {
  const value = /^\d+(?:e\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw usageError(`'${text}' is no integer from ${least} to ${most}`);
}

function decimal(text: string, least: number, most: number): number {
  const value = /^\d*\.?\d+(?:e\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw usageError(`'${text}' is no number from ${least} to ${most}`);
}

function instant(text: string): number {
  const bytes = Buffer.from(text);
  const ms = readInstant(bytes, 0, bytes.length);
  if (Number.isNaN(ms)) throw usageError(`'${text}' is no instant such as 2026-01-01T00:00:00Z`);
  return ms;
}
