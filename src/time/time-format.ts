import { Buffer } from 'node:buffer';
import { type TidemarkError, usageError } from '../errors.ts';
import { hasEscape, unescape } from '../json/string.ts';
import { readClf } from './clf.ts';
import { type EpochUnit, readEpoch } from './epoch.ts';
import { readInstant } from './instant.ts';
import { TimePatternReader } from './strptime.ts';
import { compileTimePattern, type TimePattern } from './time-pattern.ts';
import { loadZone, type Zone } from './zone.ts';

export { explainTime } from './explain-time.ts';

/** The names of time formats; every other one is a pattern of strptime's directives. */
export const TIME_FORMATS = ['rfc3339', 'epoch-s', 'epoch-ms', 'epoch-us', 'epoch-ns', 'clf'] as const;
/** What a time is without `--time-format`. A number is none then: whether it counts seconds nobody can know. */
export const DEFAULT_TIME_FORMAT = 'rfc3339';

/** Reads the event time from a member's value. */
export interface TimeReader {
  /** `[start, end)` is a JSON value: a string with its quotes, or a number. Epoch milliseconds, or NaN. */
  read(b: Buffer, start: number, end: number): number;
}

/**
 * The reader of a time format: `rfc3339`, `epoch-s`, `epoch-ms`, `epoch-us`, `epoch-ns`, `clf`, or a pattern as
 * `%Y-%m-%d %H:%M:%S` (strptime.ts). `timezone` is the zone of times that do not say how far they are from UTC;
 * absent: UTC. A promise where a zone of the IANA database has to be loaded. Throws, and does not reject with, a
 * TidemarkError (usage).
 */
export function parseTimeFormat(text: string, timezone?: string): TimeReader | Promise<TimeReader> {
  if (!text.includes('%')) {
    const reader = namedReader(text);
    if (timezone !== undefined) throw uselessZone(text);
    return reader;
  }
  const pattern = compileTimePattern(text);
  if (pattern.hasOffset && timezone !== undefined) throw uselessZone(text);
  const zone = loadZone(timezone ?? 'UTC');
  return zone instanceof Promise
    ? zone.then((loaded) => patternReader(pattern, loaded))
    : patternReader(pattern, zone);
}

type ReadText = (b: Uint8Array, start: number, end: number) => number;

/** Takes a value's text out of its JSON, for a format of texts. */
class ValueReader implements TimeReader {
  readonly #readText: ReadText;
  readonly #readsNumbers: boolean;

  constructor(readText: ReadText, readsNumbers: boolean) {
    this.#readText = readText;
    this.#readsNumbers = readsNumbers;
  }

  read(b: Buffer, start: number, end: number): number {
    if (end - start < 1) return Number.NaN;
    const first = b[start]!;
    if (first !== 0x22) {
      const number = first === 0x2d || (first >= 0x30 && first <= 0x39);
      return number && this.#readsNumbers ? this.#readText(b, start, end) : Number.NaN;
    }
    const ms = this.#readText(b, start + 1, end - 1);
    // No format has a backslash of its own that could have matched, so only a failure asks for escapes.
    if (!Number.isNaN(ms) || !hasEscape(b, start + 1, end - 1)) return ms;
    const text = Buffer.from(unescape(b, start + 1, end - 1));
    return this.#readText(text, 0, text.length);
  }
}

const epochReader = (unit: EpochUnit): TimeReader =>
  new ValueReader((b, start, end) => readEpoch(b, start, end, unit), true);

function patternReader(pattern: TimePattern, zone: Zone): TimeReader {
  const reader = new TimePatternReader(pattern, zone);
  return new ValueReader((b, start, end) => reader.readText(b, start, end), true);
}

function namedReader(name: string): TimeReader {
  switch (name) {
    case 'rfc3339':
      return new ValueReader(readInstant, false);
    case 'clf':
      return new ValueReader(readClf, false);
    case 'epoch-s':
    case 'epoch-ms':
    case 'epoch-us':
    case 'epoch-ns':
      return epochReader(name.slice('epoch-'.length) as EpochUnit);
    default:
      throw usageError(
        name === '' ? 'a time format is missing' : `unknown time format ${name}`,
        `use ${TIME_FORMATS.join(', ')}, or directives as in '%Y-%m-%d %H:%M:%S'`,
      );
  }
}

const uselessZone = (format: string): TidemarkError =>
  usageError(
    `a time zone has no use here: times of the format ${format} say how far they are from UTC`,
    `leave it out, or give a format of local time as '%Y-%m-%d %H:%M:%S'`,
  );
