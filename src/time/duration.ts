import { Buffer } from 'node:buffer';
import { type TidemarkError, usageError } from '../errors.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/** Milliseconds of each unit. A day is 24 hours: days of a time zone are windows of a calendar. */
const UNITS: Readonly<Record<string, number>> = { w: WEEK, d: DAY, h: HOUR, m: MINUTE, s: SECOND, ms: 1 };
const WRITTEN_UNITS = ['d', 'h', 'm', 's', 'ms'] as const;

const EXAMPLES = '500ms, 30s, 5m, 1h30m, 2d, PT1H';
/** Longest part of a fraction that can come to whole milliseconds of a week, in digits without trailing zeros. */
const MAX_FRACTION_DIGITS = 10;

/**
 * Reads a duration of zero or more: `500ms`, `30s`, `1h30m`, `1.5s`, `PT1H`, `P1W`, `0`. Units are ms s m h d w,
 * the larger before the smaller; `d` is 24 hours. Returns milliseconds; throws a TidemarkError (usage).
 */
export function parseDuration(text: string): number {
  const ms = parseSignedDuration(text);
  if (ms < 0 || text.startsWith('-')) throw usageError(`a duration cannot be negative: ${text}`);
  return ms;
}

/** As `parseDuration`, with a sign before it where one is wanted: `-5m`, `+1h`, `-PT1H`. */
export function parseSignedDuration(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  const body = text.startsWith('-') || text.startsWith('+') ? text.slice(1) : text;
  const ms = body.startsWith('P') ? parseIso(body, text) : parseUnits(body, text);
  // -0 would be a second spelling of 0.
  return ms === 0 ? 0 : sign * ms;
}

function parseIso(body: string, text: string): number {
  const bytes = Buffer.from(body);
  const ms = readIsoDuration(bytes, 0, bytes.length);
  if (!Number.isNaN(ms)) return ms;
  const dates = body.split('T')[0]!;
  if (/\d[YM]/.test(dates)) throw noFixedLength(text);
  throw noDuration(text, `an ISO 8601 duration looks like PT1H30M, P1D or P1DT12H`);
}

function parseUnits(body: string, text: string): number {
  if (/^0+$/.test(body)) return 0;
  if (body === '') throw usageError('a duration is missing', `write one with its unit: ${EXAMPLES}`);
  if (/^[\d_,]*\.?\d+$/.test(body)) {
    throw usageError(`a duration needs a unit: 30s, 5m, 1h30m (not ${text})`);
  }
  const part = /(\d+)(?:\.(\d+))?(ms|[smhdw](?![a-z]))/y;
  let total = 0;
  let smallest = Number.POSITIVE_INFINITY;
  while (part.lastIndex < body.length) {
    const at = part.lastIndex;
    const found = part.exec(body);
    if (found === null) throw noPart(body.slice(at), text);
    const unit = UNITS[found[3]!]!;
    if (unit >= smallest) {
      throw usageError(`units of a duration go from large to small, each once: ${text}`, 'as in 1h30m');
    }
    smallest = unit;
    total += Number(found[1]) * unit + fractionOf(found[2] ?? '', unit);
  }
  if (Number.isNaN(total)) {
    throw usageError(`${text} is not a whole number of milliseconds`, 'the smallest unit is ms');
  }
  if (!Number.isSafeInteger(total)) throw usageError(`a duration is too long: ${text}`);
  return total;
}

/** The fraction digits of so many `unit`s in milliseconds, exactly; NaN where that is no whole number of them. */
function fractionOf(digits: string, unit: number): number {
  const significant = digits.replace(/0+$/, '');
  return significant.length > MAX_FRACTION_DIGITS
    ? Number.NaN
    : exactFraction(Number(significant), significant.length, unit);
}

/** numerator / 10^digits × unit without rounding: reduced first, so that all stays a small integer. */
function exactFraction(numerator: number, digits: number, unit: number): number {
  let above = numerator;
  let below = 10 ** digits;
  while (below % 2 === 0 && above % 2 === 0 && below > 1) {
    above /= 2;
    below /= 2;
  }
  while (below % 5 === 0 && above % 5 === 0 && below > 1) {
    above /= 5;
    below /= 5;
  }
  return unit % below === 0 ? above * (unit / below) : Number.NaN;
}

const noDuration = (text: string, hint: string): TidemarkError => usageError(`no duration: ${text}`, hint);

const noFixedLength = (text: string): TidemarkError =>
  usageError(
    `months and years have no fixed length: ${text}`,
    'use `window calendar month` or `window calendar year`, or give days: 30d',
  );

/** Why the rest of a duration, from a part on that is none, cannot be read. */
function noPart(rest: string, text: string): TidemarkError {
  const unit = /^[\d.]+\s*([\p{L}]+)/u.exec(rest)?.[1] ?? '';
  if (/^(mo|mon|month|months|y|yr|yrs|year|years|q|quarter|quarters|Y)$/.test(unit))
    return noFixedLength(text);
  const short = /^(milli|msec)/i.test(unit)
    ? 'ms'
    : /^(sec|min|hour|hr|day|week|wk|s$|m$|h$|d$|w$)/i.exec(unit)?.[0]?.[0]?.toLowerCase();
  if (short !== undefined) {
    const fixed = text.replace(new RegExp(`\\s*${unit}`), short).replaceAll(' ', '');
    return noDuration(text, `write ${fixed}: the units are ms s m h d w`);
  }
  if (/\s/.test(text)) return noDuration(text, `write it without spaces: ${text.replace(/\s+/g, '')}`);
  return noDuration(text, `the units are ms s m h d w: ${EXAMPLES}`);
}

/** A duration for people, in units from days to milliseconds: `1h30m`, `50s`, `1s500ms`; `parseSignedDuration` reads it. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  let rest = Math.floor(ms);
  let text = '';
  for (const unit of WRITTEN_UNITS) {
    const size = UNITS[unit]!;
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === '' ? '0s' : text;
}

/**
 * Integer milliseconds as an ISO 8601 duration of days to seconds: `PT1H30M`, `P1DT12H`, `PT0.5S`, `PT0S`. With a
 * `-` before it where it is negative (ISO 8601-2). `readIsoDuration` gives the same number back.
 */
export function isoDuration(ms: number): string {
  if (ms < 0) return `-${isoDuration(-ms)}`;
  const days = Math.floor(ms / DAY);
  const hours = Math.floor((ms - days * DAY) / HOUR);
  const minutes = Math.floor((ms % HOUR) / MINUTE);
  const millis = ms % MINUTE;
  const seconds = Math.floor(millis / SECOND);
  const fraction = String(millis % SECOND)
    .padStart(3, '0')
    .replace(/0+$/, '');
  const date = days > 0 ? `${days}D` : '';
  const time =
    (hours > 0 ? `${hours}H` : '') +
    (minutes > 0 ? `${minutes}M` : '') +
    (millis > 0 ? `${seconds}${fraction === '' ? '' : `.${fraction}`}S` : '');
  if (date === '' && time === '') return 'PT0S';
  return time === '' ? `P${date}` : `P${date}T${time}`;
}

/**
 * Reads an ISO 8601 duration of weeks, days, hours, minutes and seconds at `[start, end)`; its last part may have
 * a fraction. Returns milliseconds, or NaN where it is none, has months or years, or is no whole number of ms.
 */
export function readIsoDuration(b: Uint8Array, start: number, end: number): number {
  const negative = b[start] === 0x2d;
  let i = negative ? start + 1 : start;
  if (i >= end || b[i] !== 0x50) return Number.NaN;
  i++;
  let total = 0;
  let inTime = false;
  let broken = false; // a part had a fraction: it has to be the last
  let smallest = Number.POSITIVE_INFINITY;
  let parts = 0;
  while (i < end) {
    if (b[i] === 0x54) {
      if (inTime || i + 1 === end) return Number.NaN;
      inTime = true;
      i++;
    }
    if (broken) return Number.NaN;
    const first = i;
    let value = 0;
    for (; i < end && isDigit(b[i]!); i++) value = value * 10 + (b[i]! - 0x30);
    if (i === first) return Number.NaN;
    let numerator = 0;
    let digits = 0;
    if (i < end && (b[i] === 0x2e || b[i] === 0x2c)) {
      const dot = i;
      let zeros = 0;
      for (i++; i < end && isDigit(b[i]!); i++) {
        if (b[i] === 0x30) zeros++;
        else {
          digits += zeros + 1;
          if (digits > MAX_FRACTION_DIGITS) return Number.NaN;
          numerator = numerator * 10 ** (zeros + 1) + (b[i]! - 0x30);
          zeros = 0;
        }
      }
      if (i === dot + 1) return Number.NaN;
      broken = true;
    }
    const unit = i < end ? isoUnit(b[i]!, inTime) : 0;
    if (unit === 0 || unit >= smallest) return Number.NaN;
    smallest = unit;
    total += value * unit + exactFraction(numerator, digits, unit);
    parts++;
    i++;
  }
  if (parts === 0 || !Number.isSafeInteger(total)) return Number.NaN;
  return negative && total !== 0 ? -total : total;
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** Milliseconds of the unit of that letter, 0 where there is none of a fixed length. */
function isoUnit(letter: number, inTime: boolean): number {
  if (!inTime) return letter === 0x44 ? DAY : letter === 0x57 ? WEEK : 0;
  return letter === 0x48 ? HOUR : letter === 0x4d ? MINUTE : letter === 0x53 ? SECOND : 0;
}
