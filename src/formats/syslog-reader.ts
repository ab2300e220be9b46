import { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';
import { isNumber } from '../json/number.ts';
import { TYPE_INTEGER, TYPE_STRING } from '../stream/schema.ts';
import { DAY_MS, INSTANT_LENGTH, instantOrNaN, writeInstant } from '../time/instant.ts';
import { writeOffset } from '../time/log-stamp.ts';
import { NearestYear } from '../time/nearest-year.ts';
import { fixedZone } from '../time/zone.ts';
import { typesOfText } from './declared-names.ts';
import { copyBytes, copyText, escapeText, LONGEST_ESCAPE, NO_PAIRS } from './escape-text.ts';
import type { RecordBatch } from './format.ts';
import { LineReader, type ReaderOptions } from './location-reader.ts';
import type { StampOptions } from './stamp-options.ts';
import {
  APP_NAME,
  HOSTNAME,
  LOG_STAMP,
  MESSAGE,
  MSG_ID,
  PROC_ID,
  RFC3339,
  SyslogFields,
} from './syslog-fields.ts';
import { FACILITIES, SEVERITIES } from './syslog-priority.ts';
import { memberOfTime } from './time-member.ts';

const QUOTE = 0x22;
const NULL = Buffer.from('null');

const MEMBERS = [
  'time',
  'facility',
  'severity',
  'hostname',
  'app_name',
  'proc_id',
  'msg_id',
  'structured_data',
  'message',
] as const;
type Member = (typeof MEMBERS)[number];
/** What stands before each member's value. */
const PREFIXES = Object.fromEntries(
  MEMBERS.map((name, k) => [name, Buffer.from(`${k > 0 ? ',' : ''}"${name}":`)]),
) as Record<Member, Buffer>;
/** The longest line gets this many bytes besides its own: names, quotes, nulls, facility and severity, a time. */
const EXTRA = 256;

const spelled = (words: readonly string[]): Buffer[] => words.map((word) => Buffer.from(`"${word}"`));
const FACILITY_VALUES = spelled(FACILITIES);
const SEVERITY_VALUES = spelled(SEVERITIES);

/**
 * Syslog messages, a line each: RFC 5424, and what RFC 3164 describes, as it is sent and as it stands in files,
 * told apart line by line.
 */
export class SyslogReader extends LineReader {
  readonly #fields = new SyslogFields();
  readonly #stamps: StampOptions;
  readonly #location: string | undefined;
  /** It is declared that a proc_id is a text, also where it is spelled as a number. */
  readonly #namedProcess: boolean;
  /** The member that the event time is taken from. */
  readonly #timeMember: Member;
  /** Index behind the members written so far, and span of the time member's value. */
  #out = 0;
  #timeStart = 0;
  #timeEnd = 0;
  /** The line's own time, epoch ms. */
  #instant = Number.NaN;

  constructor(options: ReaderOptions) {
    super(options);
    this.#location = options.location;
    const process = typesOfText(options.schema?.members.get('proc_id'));
    this.#namedProcess = (process & TYPE_STRING) !== 0 && (process & TYPE_INTEGER) === 0;
    const name = memberOfTime(options.time, 'syslog', MEMBERS) as Member | undefined;
    this.#timeMember = name ?? 'time';
    const { zone, years, needed } = options.stamps ?? {
      zone: fixedZone('UTC')!,
      years: new NearestYear(undefined),
      needed: true,
    };
    this.#stamps = { zone, years, needed: needed && this.#timeMember === 'time' };
  }

  /** @throws TidemarkError `failed` for a time without a year where nothing tells one */
  protected override readLine(batch: RecordBatch, start: number, end: number): void {
    const fields = this.#fields;
    if (!fields.scan(batch.bytes, start, end)) {
      this.refuse(batch.bytes, start, end, fields.at, fields.reason);
      return;
    }
    batch.reserve(LONGEST_ESCAPE * (end - start) + EXTRA);
    const b = batch.bytes;
    const from = batch.used;
    this.#out = from;
    this.#instant = Number.NaN;
    if (!this.#writeTime(b)) {
      this.refuse(b, start, end, fields.stampStart, 'there is no such day');
      return;
    }
    const { priority } = fields;
    this.#writeWord(b, 'facility', priority < 0 ? NULL : FACILITY_VALUES[priority >> 3]!);
    this.#writeWord(b, 'severity', priority < 0 ? NULL : SEVERITY_VALUES[priority & 7]!);
    this.#writeText(b, 'hostname', HOSTNAME);
    this.#writeText(b, 'app_name', APP_NAME);
    this.#writeText(b, 'proc_id', PROC_ID);
    this.#writeText(b, 'msg_id', MSG_ID);
    this.#writeData(b);
    this.#writeText(b, 'message', MESSAGE);
    batch.used = this.#out;
    const time = this.#timeMember === 'time' ? this.#instant : Number.NaN;
    batch.addRecord(from, this.#out, this.line, time, this.#timeStart, this.#timeEnd, start, end);
  }

  /** Writes a member's name; where its value begins. */
  #begin(b: Buffer, member: Member): number {
    const prefix = PREFIXES[member];
    return copyBytes(b, this.#out, prefix, 0, prefix.length);
  }

  #finish(member: Member, value: number, out: number): void {
    if (member === this.#timeMember) {
      this.#timeStart = value;
      this.#timeEnd = out;
    }
    this.#out = out;
  }

  #writeWord(b: Buffer, member: Member, word: Buffer): void {
    const value = this.#begin(b, member);
    this.#finish(member, value, copyBytes(b, value, word, 0, word.length));
  }

  #writeText(b: Buffer, member: Member, field: number): void {
    const from = this.#fields.start[field]!;
    const to = this.#fields.end[field]!;
    if (from < 0) {
      this.#writeWord(b, member, NULL);
      return;
    }
    const value = this.#begin(b, member);
    let out = value;
    if (field === PROC_ID && !this.#namedProcess && isNumber(b, from, to)) out = copyText(b, out, from, to);
    else {
      b[out++] = QUOTE;
      out = escapeText(b, out, from, to, NO_PAIRS);
      b[out++] = QUOTE;
    }
    this.#finish(member, value, out);
  }

  #writeData(b: Buffer): void {
    const { data, dataStart, dataEnd } = this.#fields;
    if (dataEnd === dataStart) {
      this.#writeWord(b, 'structured_data', NULL);
      return;
    }
    const value = this.#begin(b, 'structured_data');
    this.#finish('structured_data', value, data.write(b, value, dataStart, dataEnd));
  }

  /** Writes the time; false: its date is none. */
  #writeTime(b: Buffer): boolean {
    const fields = this.#fields;
    const { stampKind, stampStart, stampEnd, stamp } = fields;
    const value = this.#begin(b, 'time');
    let out = value;
    if (stampKind !== RFC3339 && stampKind !== LOG_STAMP) {
      this.#finish('time', value, copyBytes(b, value, NULL, 0, 4));
      return true;
    }
    b[out++] = QUOTE;
    if (stampKind === RFC3339) {
      this.#instant = fields.instant;
      const year = (b[stampStart]! - 0x30) * 1000 + (b[stampStart + 1]! - 0x30) * 100;
      const years = (b[stampStart + 2]! - 0x30) * 10 + (b[stampStart + 3]! - 0x30);
      this.#stamps.years.saw(this.#instant, year + years);
      out = copyText(b, out, stampStart, stampEnd);
    } else if (stamp.year < 0 && !this.#stamps.years.known) {
      if (this.#stamps.needed) throw this.#noYear(b.toString('latin1', stampStart, stampEnd));
      out = copyText(b, out, stampStart, stampEnd);
    } else {
      out = this.#writeStamp(b, out);
      if (out < 0) return false;
    }
    b[out++] = QUOTE;
    this.#finish('time', value, out);
    return true;
  }

  /** Writes the time that stands for people as RFC 3339 with the zone's offset; -1: its date is none. */
  #writeStamp(b: Buffer, at: number): number {
    const { stamp } = this.#fields;
    const { zone, years } = this.#stamps;
    const { year, month, day, ms } = stamp;
    const local = year < 0 ? years.place(month, day, ms) : years.take(year, month, day, ms);
    if (Number.isNaN(local)) return -1;
    const instant = instantOrNaN(stamp.utc ? local : zone.toInstant(local));
    if (Number.isNaN(instant) || (stamp.leap && Math.floor(instant / 1000) % (DAY_MS / 1000) !== 0))
      return -1;
    this.#instant = instant;
    // Where a zone was not whole minutes from UTC, RFC 3339 has no spelling for it.
    const offset = (local - instant) % 60_000 === 0 ? local - instant : 0;
    writeInstant(b, at, instant + offset);
    let out = at + INSTANT_LENGTH - '.000Z'.length;
    if (stamp.fractionEnd > stamp.fractionStart) {
      out = copyBytes(b, out, b, stamp.fractionStart, stamp.fractionEnd);
      b[at + INSTANT_LENGTH - '.000Z'.length] = 0x2e;
    }
    return writeOffset(b, out, offset);
  }

  #noYear(stamp: string): TidemarkError {
    return new TidemarkError('failed', `the time ${stamp} has no year`, {
      line: this.line,
      ...(this.#location === undefined ? {} : { where: this.#location }),
      hint: '--year 2026 says in which year the first line was written; the others follow it through New Year',
    });
  }
}
