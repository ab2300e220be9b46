import { readInstant } from '../time/instant.ts';
import { LogStamp } from '../time/log-stamp.ts';
import { StructuredData } from './structured-data.ts';
import { priorityAt } from './syslog-priority.ts';

const SPACE = 0x20;
const STAR = 0x2a;
const DASH = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const LESS = 0x3c;
const ONE = 0x31;
const OPEN = 0x5b;
const CLOSE = 0x5d;

/** The fields that are text of the line. */
export const HOSTNAME = 0;
export const APP_NAME = 1;
export const PROC_ID = 2;
export const MSG_ID = 3;
export const MESSAGE = 4;
const TEXTS = 5;

/** How the time is written: not at all, as RFC 3339 has it, or as people do (`stamp`). */
const NO_STAMP = 0;
export const RFC3339 = 1;
export const LOG_STAMP = 2;

const TIME_REASON = 'the time is not like 2003-10-11T22:14:15.003Z';
const MISSING = [
  'the hostname is missing',
  'the app name is missing',
  'the process id is missing',
  'the message id is missing',
] as const;

/**
 * Finds the fields of a syslog message: RFC 5424, where a version stands behind the priority, or any of what
 * RFC 3164 describes and files have. Holds those of the line that was scanned last.
 */
export class SyslogFields {
  /** facility × 8 + severity, or -1. */
  priority = -1;
  /** Spans of the text fields; start -1: null. */
  readonly start = new Int32Array(TEXTS);
  readonly end = new Int32Array(TEXTS);
  /** NO_STAMP, RFC3339 or LOG_STAMP; the span of the time, and where it is RFC3339, the instant (epoch ms). */
  stampKind = NO_STAMP;
  stampStart = 0;
  stampEnd = 0;
  instant = Number.NaN;
  readonly stamp = new LogStamp();
  /** The span of the elements; empty: there are none. */
  dataStart = 0;
  dataEnd = 0;
  readonly data = new StructuredData();
  /** When `scan` gave false: the index of what is wrong, and what is. */
  at = 0;
  reason = '';

  scan(b: Uint8Array, start: number, end: number): boolean {
    this.priority = -1;
    this.start.fill(-1);
    this.stampKind = NO_STAMP;
    this.dataStart = this.dataEnd = 0;
    let i = start;
    if (b[i] === LESS) {
      this.priority = priorityAt(b, i + 1, end);
      if (this.priority < 0) return this.#wrong(i, 'the priority is not <0> to <191>');
      i += 3;
      while (b[i - 1] !== 0x3e) i++;
      if (isVersion(b, i, end)) return this.#scanRfc5424(b, i, end);
      while (i < end && b[i] === SPACE) i++;
      i = this.#ciscoPrefixEnd(b, i, end);
    }
    return this.#scanRfc3164(b, i, end);
  }

  #wrong(at: number, reason: string): false {
    this.at = at;
    this.reason = reason;
    return false;
  }

  /** RFC 5424, section 6, from the version on. */
  #scanRfc5424(b: Uint8Array, from: number, end: number): boolean {
    if (b[from] !== ONE || b[from + 1] !== SPACE) return this.#wrong(from, 'the version of syslog is not 1');
    let i = from + 2;
    let word = i;
    i = wordEnd(b, i, end);
    if (i - word !== 1 || b[word] !== DASH) {
      if (!this.#takeRfc3339(b, word, i)) return this.#wrong(word, TIME_REASON);
    }
    for (let field = HOSTNAME; field <= MSG_ID; field++) {
      word = i + 1;
      i = Math.min(wordEnd(b, word, end), end);
      if (i <= word) return this.#wrong(Math.min(word, end), MISSING[field]!);
      this.#take(b, field, word, i);
    }
    const data = i + 1;
    if (data < end && b[data] === DASH) i = data + 1;
    else if (data < end && b[data] === OPEN) {
      i = this.data.scan(b, data, end);
      if (i < 0) return this.#wrong(this.data.at, this.data.reason);
      this.dataStart = data;
      this.dataEnd = i;
    } else return this.#wrong(Math.min(data, end), 'the structured data is missing');
    if (i >= end) return true;
    if (b[i] !== SPACE) return this.#wrong(i, 'a blank is missing behind the structured data');
    i++;
    // MSG-UTF8 begins with a byte order mark.
    if (b[i] === 0xef && b[i + 1] === 0xbb && b[i + 2] === 0xbf) i += 3;
    this.#takeMessage(i, end);
    return true;
  }

  /** What RFC 3164 found in use: a time, a host and a tag, each of which may be missing behind a priority. */
  #scanRfc3164(b: Uint8Array, from: number, end: number): boolean {
    let i = from;
    if (i < end && isDigit(b[i]!)) {
      const word = wordEnd(b, i, end);
      if (this.#takeRfc3339(b, i, word)) return this.#scanHost(b, word, end);
    }
    i = this.stamp.read(b, from, end);
    if (i >= 0 && (i >= end || b[i] === SPACE || b[i] === COLON)) {
      this.stampKind = LOG_STAMP;
      this.stampStart = from;
      this.stampEnd = i;
      return this.#scanHost(b, i, end);
    }
    if (this.priority < 0) return this.#wrong(from, 'neither a priority nor a time begins the line');
    this.#scanTag(b, from, end);
    return true;
  }

  #takeRfc3339(b: Uint8Array, from: number, to: number): boolean {
    this.instant = readInstant(b, from, to);
    if (Number.isNaN(this.instant)) return false;
    this.stampKind = RFC3339;
    this.stampStart = from;
    this.stampEnd = to;
    return true;
  }

  /** What follows a time: a host, unless a colon does or the word is a tag. */
  #scanHost(b: Uint8Array, from: number, end: number): boolean {
    let i = from;
    const colon = i < end && b[i] === COLON;
    if (colon) i++;
    while (i < end && b[i] === SPACE) i++;
    const word = i;
    i = wordEnd(b, i, end);
    const last = b[i - 1];
    const isTag = i > word && (last === COLON || (last === CLOSE && b[word] !== OPEN));
    if (!colon && i > word && !isTag) {
      this.#take(b, HOSTNAME, word, i);
      if (i < end) i++;
      // Cisco's `host : %ASA-6-302013: …`.
      if (i + 1 < end && b[i] === COLON && b[i + 1] === SPACE) i += 2;
      this.#scanTag(b, i, end);
    } else this.#scanTag(b, word, end);
    return true;
  }

  /** `tag: message`, `tag[pid]: message`, or a message alone. */
  #scanTag(b: Uint8Array, from: number, end: number): void {
    let i = from;
    while (i < end && b[i] !== SPACE && b[i] !== OPEN && !(b[i] === COLON && isBlankAt(b, i + 1, end))) i++;
    if (i > from && i < end && b[i] === COLON) {
      this.#take(b, APP_NAME, from, i);
      this.#takeMessage(i + 2, end);
      return;
    }
    if (i > from && i < end && b[i] === OPEN) {
      const id = i + 1;
      let close = id;
      let digits = true;
      for (; close < end && b[close] !== CLOSE && b[close] !== SPACE; close++) {
        if (!isDigit(b[close]!)) digits = false;
      }
      const colon = close + 1 < end && b[close + 1] === COLON;
      if (
        close > id &&
        close < end &&
        b[close] === CLOSE &&
        (colon || (digits && isBlankAt(b, close + 1, end)))
      ) {
        this.#take(b, APP_NAME, from, i);
        this.#take(b, PROC_ID, id, close);
        const behind = close + (colon ? 2 : 1);
        this.#takeMessage(isBlankAt(b, behind, end) ? behind + 1 : behind, end);
        return;
      }
    }
    this.#takeMessage(from, end);
  }

  /** Behind the `237: ` and `*` that Cisco's devices write before the time. */
  #ciscoPrefixEnd(b: Uint8Array, from: number, end: number): number {
    let i = from;
    while (i < end && isDigit(b[i]!)) i++;
    if (i > from && b[i] === COLON && b[i + 1] === SPACE) i += 2;
    else i = from;
    const marked = b[i] === STAR || b[i] === DOT ? i + 1 : i;
    return this.stamp.read(b, marked, end) >= 0 ? marked : from;
  }

  #take(b: Uint8Array, field: number, from: number, to: number): void {
    this.start[field] = to - from === 1 && b[from] === DASH ? -1 : from;
    this.end[field] = to;
  }

  #takeMessage(from: number, end: number): void {
    this.start[MESSAGE] = from < end ? from : -1;
    this.end[MESSAGE] = end;
  }
}

/** Whether a version and the time or dash behind it are at `from`: what begins so is no line of RFC 3164. */
function isVersion(b: Uint8Array, from: number, end: number): boolean {
  let i = from;
  while (i < end && isDigit(b[i]!)) i++;
  if (i === from || i > from + 3 || i >= end || b[i] !== SPACE) return false;
  return i + 1 >= end || b[i + 1] === DASH || isDigit(b[i + 1]!);
}

const isDigit = (c: number): boolean => c >= 0x30 && c <= 0x39;

function wordEnd(b: Uint8Array, from: number, end: number): number {
  let i = from;
  while (i < end && b[i] !== SPACE) i++;
  return i;
}

const isBlankAt = (b: Uint8Array, at: number, end: number): boolean => at >= end || b[at] === SPACE;
