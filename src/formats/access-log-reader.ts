import { Buffer } from 'node:buffer';
import { isNumber } from '../json/number.ts';
import { KERNEL_FIELDS } from '../kernel/columns.ts';
import { kernel } from '../kernel/kernel.ts';
import { addressOf, takeBack } from '../kernel/staging.ts';
import { CLF_LENGTH, readClf } from '../time/clf.ts';
import { monthAt } from '../time/month.ts';
import { BlockReader } from './block-reader.ts';
import { copyBytes, copyText, escapePairs, escapeText, LONGEST_ESCAPE } from './escape-text.ts';
import type { RecordBatch } from './format.ts';
import type { ReaderOptions } from './location-reader.ts';
import type { ScannedBlock } from './scanned-block.ts';
import { memberOfTime } from './time-member.ts';

const SPACE = 0x20;
const QUOTE = 0x22;
const DASH = 0x2d;
const SLASH = 0x2f;
const OPEN = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE = 0x5d;

/** `\"` and `\\` mean the byte behind the backslash; another backslash is just that. */
const PAIRS = escapePairs('"\\');

/** 1: the byte ends a quoted field, or is escaped in JSON. */
const SPECIAL = new Uint8Array(256).fill(1, 0, SPACE);
SPECIAL[QUOTE] = 1;
SPECIAL[BACKSLASH] = 1;

const COMMON = ['host', 'ident', 'user', 'time', 'method', 'path', 'protocol', 'request', 'status', 'bytes'];
const COMBINED = [...COMMON, 'referer', 'agent'];
/** The longest line gets this many bytes besides its own: names, quotes, nulls. */
const EXTRA = 256;
const prefixOf = (name: string): Buffer => Buffer.from(`${name === 'host' ? '' : ','}"${name}":`);
const PREFIXES = COMBINED.map(prefixOf);

const [HOST, IDENT, USER, TIME, METHOD, PATH, PROTOCOL, REQUEST, STATUS, BYTES, REFERER, AGENT] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
] as const;

const NULL = Buffer.from('null');

/**
 * The access logs of Apache and nginx, in the Common Log Format or the "combined" one (with referer and
 * agent), as Apache's mod_log_config documents them.
 */
export class AccessLogReader extends BlockReader {
  readonly #combined: boolean;
  /** The member that the event time is taken from; TIME: the log's own. */
  readonly #timeMember: number;
  /** How many members operators want, and for each of the log's its number among them; -1: it is not wanted. */
  readonly #fields: number;
  readonly #fieldOf: Int8Array;
  /** Of the line being read: spans of the fields in the line, by member; start -1: null. */
  readonly #start = new Int32Array(COMBINED.length);
  readonly #end = new Int32Array(COMBINED.length);
  /** 1: nothing in the field needs an escape; of the quoted field that was found last, as `#quotedPlain`. */
  readonly #plain = new Uint8Array(COMBINED.length);
  #quotedPlain = false;
  /** The time in the line, epoch ms. */
  #instant = Number.NaN;
  /** Index behind the members written so far, and span of the time member's value. */
  #out = 0;
  #timeStart = 0;
  #timeEnd = 0;

  constructor(combined: boolean, options: ReaderOptions) {
    super(options);
    this.#combined = combined;
    const wanted = (options.members ?? []).slice(0, KERNEL_FIELDS);
    this.#fields = wanted.length;
    this.#fieldOf = Int8Array.from(COMBINED, (name) => wanted.indexOf(name));
    const members = combined ? COMBINED : COMMON;
    const name = memberOfTime(options.time, combined ? 'combined' : 'common', members);
    this.#timeMember = name === undefined ? TIME : members.indexOf(name);
  }

  /** The kernel reads lines without backslashes whose request has three parts; they are most. */
  protected override scanBlock(batch: RecordBatch, from: number, cut: number, room: number): ScannedBlock {
    // Members are longer than their line by the names; where that is not enough, the rest comes in another call.
    batch.reserve((cut - from) * 2 + EXTRA * 2);
    const base = addressOf(batch.bytes);
    const { call, bytes, accessLogFields } = kernel();
    bytes.set(this.#fieldOf, accessLogFields);
    const rows = call.scanAccessLog(
      base,
      base + from,
      base + cut,
      room,
      this.maxLine,
      this.#combined,
      this.#timeMember,
      this.#fields,
      base + batch.used,
      base + batch.bytes.length,
    );
    const used = call.accessLogOut.value - base;
    takeBack(batch.bytes, batch.used, used);
    batch.used = used;
    return {
      rows,
      lines: rows,
      end: call.accessLogEnd.value - base,
      beyondAscii: call.accessLogBeyondAscii.value !== 0,
      fields: this.#fields,
      declared: false,
    };
  }

  protected override finishBlock(batch: RecordBatch, first: number): void {
    batch.time.set(kernel().columns.time.subarray(0, batch.rows - first), first);
  }

  protected override readLine(batch: RecordBatch, start: number, end: number): void {
    if (!this.#scan(batch.bytes, start, end)) return;
    batch.reserve(LONGEST_ESCAPE * (end - start) + EXTRA);
    const b = batch.bytes;
    const from = batch.used;
    this.#out = from;
    this.#timeStart = this.#timeEnd = 0;
    this.#writeText(b, HOST);
    this.#writeText(b, IDENT);
    this.#writeText(b, USER);
    this.#writeTime(b);
    this.#writeText(b, METHOD);
    this.#writeText(b, PATH);
    this.#writeText(b, PROTOCOL);
    if (this.#start[REQUEST]! >= 0) this.#writeText(b, REQUEST);
    this.#writeNumber(b, STATUS);
    this.#writeNumber(b, BYTES);
    if (this.#combined) {
      this.#writeText(b, REFERER);
      this.#writeText(b, AGENT);
    }
    batch.used = this.#out;
    const time = this.#timeMember === TIME ? this.#instant : Number.NaN;
    batch.addRecord(from, this.#out, this.line, time, this.#timeStart, this.#timeEnd, start, end);
  }

  /** Finds the fields of the line and checks what stands between them; false: it was refused. */
  #scan(b: Buffer, start: number, end: number): boolean {
    let i = this.#word(b, start, end, HOST);
    if (i < 0) return this.#wrong(b, start, end, start, 'the host is missing');
    const ident = i + 1;
    i = this.#word(b, ident, end, IDENT);
    if (i < 0) return this.#wrong(b, start, end, ident, 'the ident is missing');
    // A user's name may have spaces.
    const user = i + 1;
    i = user;
    while (i + 1 < end && !(b[i] === SPACE && b[i + 1] === OPEN)) i++;
    if (i + 1 >= end || i === user)
      return this.#wrong(b, start, end, user, 'the user and [time] are missing');
    this.#set(b, USER, user, i, false);

    const time = i + 2;
    i = time + CLF_LENGTH;
    this.#instant = i < end && b[i] === CLOSE ? readClf(b, time, i) : Number.NaN;
    if (Number.isNaN(this.#instant)) {
      return this.#wrong(b, start, end, time, 'the time is not like [17/May/2015:10:05:03 +0000]');
    }
    this.#start[TIME] = time;
    if (b[i + 1] !== SPACE || b[i + 2] !== QUOTE || i + 2 >= end) {
      return this.#wrong(b, start, end, i + 1, 'the request is missing');
    }
    const request = i + 3;
    i = this.#closingQuote(b, request, end);
    if (i >= end) return this.#wrong(b, start, end, request - 1, 'the quote of the request is not closed');
    this.#splitRequest(b, request, i);

    if (i + 1 >= end || b[i + 1] !== SPACE) return this.#wrong(b, start, end, i + 1, 'the status is missing');
    const status = i + 2;
    i = this.#word(b, status, end, STATUS);
    if (i < 0) return this.#wrong(b, start, end, status, 'the status and bytes are missing');
    const bytes = i + 1;
    i = bytes;
    while (i < end && b[i] !== SPACE) i++;
    if (i === bytes) return this.#wrong(b, start, end, bytes, 'the bytes are missing');
    this.#set(b, BYTES, bytes, i, false);
    if (this.#combined) return this.#scanCombined(b, start, end, i);
    return i === end || this.#wrong(b, start, end, i, 'something follows the bytes');
  }

  /** ` "referer" "agent"` at `from`; the last quote may be missing. */
  #scanCombined(b: Buffer, start: number, end: number, from: number): boolean {
    let i = from;
    if (i + 1 >= end || b[i + 1] !== QUOTE) return this.#wrong(b, start, end, i, 'the referer is missing');
    const referer = i + 2;
    i = this.#closingQuote(b, referer, end);
    if (i >= end) return this.#wrong(b, start, end, referer - 1, 'the quote of the referer is not closed');
    this.#set(b, REFERER, referer, i, this.#quotedPlain);
    if (i + 2 >= end || b[i + 1] !== SPACE || b[i + 2] !== QUOTE) {
      return this.#wrong(b, start, end, i + 1, 'the agent is missing');
    }
    const agent = i + 3;
    i = this.#closingQuote(b, agent, end);
    this.#set(b, AGENT, agent, i, this.#quotedPlain);
    return i + 1 >= end || this.#wrong(b, start, end, i + 1, 'something follows the agent');
  }

  /** Takes the bytes up to the next space, which must be there. */
  #word(b: Buffer, from: number, end: number, member: number): number {
    let i = from;
    while (i < end && b[i] !== SPACE) i++;
    if (i === from || i >= end) return -1;
    this.#set(b, member, from, i, false);
    return i;
  }

  #set(b: Buffer, member: number, from: number, to: number, plain: boolean): void {
    this.#start[member] = to - from === 1 && b[from] === DASH ? -1 : from;
    this.#end[member] = to;
    this.#plain[member] = plain ? 1 : 0;
  }

  /** The index of the next quote that no backslash stands before, or `end`. */
  #closingQuote(b: Buffer, from: number, end: number): number {
    let i = from;
    this.#quotedPlain = true;
    for (;;) {
      while (i < end && SPECIAL[b[i]!] === 0) i++;
      if (i >= end) return end;
      if (b[i] === QUOTE) return i;
      this.#quotedPlain = false;
      i += b[i] === BACKSLASH ? 2 : 1;
    }
  }

  /** `GET /a b HTTP/1.1` is method, path and protocol; anything else (but `-`) is kept whole in `request`. */
  #splitRequest(b: Buffer, from: number, to: number): void {
    const plain = this.#quotedPlain;
    this.#start[METHOD] = this.#start[PATH] = this.#start[PROTOCOL] = this.#start[REQUEST] = -1;
    let first = from;
    while (first < to && b[first] !== SPACE) first++;
    let last = to - 1;
    while (last > first && b[last] !== SPACE) last--;
    if (first === from || last <= first + 1 || !isProtocol(b, last + 1, to)) {
      this.#set(b, REQUEST, from, to, plain);
      return;
    }
    this.#set(b, METHOD, from, first, plain);
    this.#set(b, PATH, first + 1, last, plain);
    this.#set(b, PROTOCOL, last + 1, to, plain);
  }

  #wrong(b: Buffer, start: number, end: number, at: number, reason: string): boolean {
    this.refuse(b, start, end, at, reason);
    return false;
  }

  #begin(b: Buffer, member: number): number {
    const prefix = PREFIXES[member]!;
    return copyBytes(b, this.#out, prefix, 0, prefix.length);
  }

  #finish(member: number, value: number, out: number): void {
    if (member === this.#timeMember) {
      this.#timeStart = value;
      this.#timeEnd = out;
    }
    this.#out = out;
  }

  #writeText(b: Buffer, member: number): void {
    const value = this.#begin(b, member);
    const from = this.#start[member]!;
    let out = value;
    if (from < 0) out = copyBytes(b, out, NULL, 0, 4);
    else {
      b[out++] = QUOTE;
      const end = this.#end[member]!;
      out = this.#plain[member] === 1 ? copyText(b, out, from, end) : escapeText(b, out, from, end, PAIRS);
      b[out++] = QUOTE;
    }
    this.#finish(member, value, out);
  }

  #writeNumber(b: Buffer, member: number): void {
    const from = this.#start[member]!;
    const end = this.#end[member]!;
    if (from < 0 || !isNumber(b, from, end)) {
      this.#writeText(b, member);
      return;
    }
    const value = this.#begin(b, member);
    this.#finish(member, value, copyBytes(b, value, b, from, end));
  }

  /** `17/May/2015:10:05:03 +0000` as `"2015-05-17T10:05:03+00:00"`. */
  #writeTime(b: Buffer): void {
    const value = this.#begin(b, TIME);
    const from = this.#start[TIME]!;
    const month = monthAt(b, from + 3);
    let out = value;
    b[out++] = QUOTE;
    out = copyBytes(b, out, b, from + 7, from + 11);
    b[out++] = DASH;
    b[out++] = 0x30 + (month > 9 ? 1 : 0);
    b[out++] = 0x30 + (month % 10);
    b[out++] = DASH;
    out = copyBytes(b, out, b, from, from + 2);
    b[out++] = 0x54;
    out = copyBytes(b, out, b, from + 12, from + 20);
    out = copyBytes(b, out, b, from + 21, from + 24);
    b[out++] = 0x3a;
    out = copyBytes(b, out, b, from + 24, from + 26);
    b[out++] = QUOTE;
    this.#finish(TIME, value, out);
  }
}

/** Whether b[from, to) begins with `HTTP/`. */
const isProtocol = (b: Buffer, from: number, to: number): boolean =>
  to - from > 5 &&
  b[from] === 0x48 &&
  b[from + 1] === 0x54 &&
  b[from + 2] === 0x54 &&
  b[from + 3] === 0x50 &&
  b[from + 4] === SLASH;
