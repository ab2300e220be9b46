import { Buffer } from 'node:buffer';
import { type EpochUnit, readEpoch } from './epoch.ts';
import { instantText } from './instant.ts';

/** Longest part of a value that is shown, in characters, and that is looked at, in bytes. */
const SHOWN = 60;
const READ = 256;
/** A count that comes to a time from 1980 to 2100 in one unit does so in no other. */
const PLAUSIBLE_FROM = Date.UTC(1980, 0, 1);
const PLAUSIBLE_TO = Date.UTC(2100, 0, 1);
const EPOCH_UNITS: readonly EpochUnit[] = ['s', 'ms', 'us', 'ns'];

const DATE = String.raw`\d{4}-\d\d-\d\d`;
const TIME = String.raw`\d\d:\d\d:\d\d`;
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const WEEKDAY = '(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat)';
/** Spellings of a time that are common in data, and the format that reads them; the first that fits is named. */
const SPELLINGS: readonly (readonly [spelling: RegExp, format: string])[] = (
  [
    [`${DATE}T${TIME}`, '%Y-%m-%dT%H:%M:%S'],
    [`${DATE} ${TIME}`, '%Y-%m-%d %H:%M:%S'],
    [`${DATE}T${TIME}\\.\\d{1,9}`, '%Y-%m-%dT%H:%M:%S.%f'],
    [`${DATE} ${TIME}\\.\\d{1,9}`, '%Y-%m-%d %H:%M:%S.%f'],
    [`${DATE} ${TIME},\\d{1,9}`, '%Y-%m-%d %H:%M:%S,%f'],
    [`${DATE}T${TIME}[+-]\\d\\d(?:\\d\\d)?`, '%Y-%m-%dT%H:%M:%S%z'],
    [`${DATE} ${TIME}[+-]\\d\\d(?:\\d\\d)?`, '%Y-%m-%d %H:%M:%S%z'],
    [`${DATE}T${TIME}\\.\\d{1,9}[+-]\\d\\d(?:\\d\\d)?`, '%Y-%m-%dT%H:%M:%S.%f%z'],
    [`${DATE} ${TIME}\\.\\d{1,9}[+-]\\d\\d(?:\\d\\d)?`, '%Y-%m-%d %H:%M:%S.%f%z'],
    [`${DATE} ${TIME} [+-]\\d\\d:?\\d\\d`, '%Y-%m-%d %H:%M:%S %z'],
    [`${DATE} ${TIME} (?:UTC|GMT)`, '%Y-%m-%d %H:%M:%S %Z'],
    [`${DATE}T\\d\\d:\\d\\d`, '%Y-%m-%dT%H:%M'],
    [`${DATE} \\d\\d:\\d\\d`, '%Y-%m-%d %H:%M'],
    [`${DATE}T\\d\\d:\\d\\d(?:Z|[+-]\\d\\d:\\d\\d)`, '%Y-%m-%dT%H:%M%z'],
    [DATE, '%Y-%m-%d'],
    [`\\d{4}/\\d\\d/\\d\\d ${TIME}`, '%Y/%m/%d %H:%M:%S'],
    [`\\d{4}/\\d\\d/\\d\\d`, '%Y/%m/%d'],
    [`\\d{8}T\\d{6}Z`, '%Y%m%dT%H%M%S%z'],
    [`${WEEKDAY}, \\d{1,2} ${MONTH} \\d{4} ${TIME} [+-]\\d{4}`, '%a, %d %b %Y %H:%M:%S %z'],
    [`${WEEKDAY}, \\d{1,2} ${MONTH} \\d{4} ${TIME} GMT`, '%a, %d %b %Y %H:%M:%S %Z'],
    [`${WEEKDAY} ${MONTH} {1,2}\\d{1,2} ${TIME} \\d{4}`, '%a %b %e %H:%M:%S %Y'],
    [`\\d\\d/${MONTH}/\\d{4}:${TIME} [+-]\\d{4}`, 'clf'],
  ] as const
).map(([spelling, format]) => [new RegExp(`^${spelling}$`), format]);

/**
 * Why a value (JSON, at `[start, end)`) could not be read as a time, and the option that reads what it looks like:
 * one line, to be told behind the member's name. `format`: the one that it was read by, absent the default.
 */
export function explainTime(b: Uint8Array, start: number, end: number, format = 'rfc3339'): string {
  const length = Math.min(end - start, READ);
  const value = Buffer.from(b.buffer, b.byteOffset + start, length).toString('utf8');
  if (value === '') return 'there is no value to take the time from';
  // Not within a pair of surrogates.
  const shown = value.length > SHOWN ? `${value.slice(0, SHOWN).replace(/[\ud800-\udbff]$/, '')}…` : value;
  const text = value.startsWith('"') ? textOf(value) : value;
  const isNumber = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text);
  if (!value.startsWith('"') && !isNumber) return `${shown} is no time`;
  if (format !== 'rfc3339') return `${shown} is no time of the format ${format}`;
  if (isNumber) return `${shown} is a number: --time-format ${epochFormat(text)}`;
  const fitting = SPELLINGS.find(([spelling]) => spelling.test(text))?.[1];
  if (fitting === 'clf') return `${shown} is a time of web server logs: --time-format clf`;
  if (fitting !== undefined) {
    const local = !/%z/i.test(fitting);
    return local
      ? `${shown} has no offset from UTC: --time-format '${fitting}', with --timezone unless it is UTC`
      : `${shown} is no RFC 3339 time: --time-format '${fitting}'`;
  }
  return /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text)
    ? `${shown} is no date or time that there is in the years 0000 to 9999`
    : `${shown} is no RFC 3339 time as 2015-05-17T10:05:03Z: --time-format names another format`;
}

/** The text of a JSON string; where that is broken, what stands between its quotes. */
function textOf(value: string): string {
  try {
    return String(JSON.parse(value));
  } catch {
    return value.slice(1, -1);
  }
}

function epochFormat(number: string): string {
  const bytes = Buffer.from(number);
  for (const unit of EPOCH_UNITS) {
    const ms = readEpoch(bytes, 0, bytes.length, unit);
    if (ms >= PLAUSIBLE_FROM && ms < PLAUSIBLE_TO) return `epoch-${unit} makes it ${instantText(ms)}`;
  }
  return 'epoch-s, epoch-ms, epoch-us or epoch-ns';
}
