/** Lines of web servers' access logs, Common or combined, as JSON members; see src/formats/access-log-reader.ts. */

import { END, FIELD_TYPE, LINE, RAW_END, RAW_START, START, TIME, TIME_END, TIME_START } from './columns';
import { copy } from './escapes';
import { daysFromCivil, daysInMonth } from './instant';
import { putField } from './records';
import { ABSENT } from './values';

/** Addresses behind the lines consumed, and behind the members written. */
export let accessLogEnd: usize = 0;
export let accessLogOut: usize = 0;
export let accessLogBeyondAscii: bool = false;

/** Bytes besides its own that a line gets at most: names, quotes, nulls; and what is copied too much. */
const EXTRA: usize = 320;
const TIME_MEMBER: i32 = 3;

const MIN_INSTANT: f64 = -62167219200000;
const MAX_INSTANT: f64 = 253402300799999;

/** The address of the first byte from `from` on that is `stop`, a quote, a backslash or a control character. */
@inline
function plainEnd(from: usize, stop: u8): usize {
  let p = from;
  for (;;) {
    const v = v128.load(p);
    noteSeen(v);
    const special = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(v, i8x16.splat(0x22)), i8x16.eq(v, i8x16.splat(0x5c))),
        v128.or(i8x16.lt_u(v, i8x16.splat(0x20)), i8x16.eq(v, i8x16.splat(stop))),
      ),
    );
    if (special != 0) return p + <usize>ctz(special);
    p += 16;
  }
  return 0;
}

let all: v128 = i64x2.splat(0);

@inline
function noteSeen(v: v128): void {
  all = v128.or(all, v);
}

/** Writes `,"name":` from a padded text of `length` bytes. */
@inline
function name(to: usize, text: usize, length: usize): usize {
  v128.store(to, v128.load(text));
  return to + length;
}

const HOST: usize = memory.data<u8>([0x22, 0x68, 0x6f, 0x73, 0x74, 0x22, 0x3a, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const IDENT: usize = memory.data<u8>([0x2c, 0x22, 0x69, 0x64, 0x65, 0x6e, 0x74, 0x22, 0x3a, 0, 0, 0, 0, 0, 0, 0]);
const USER: usize = memory.data<u8>([0x2c, 0x22, 0x75, 0x73, 0x65, 0x72, 0x22, 0x3a, 0, 0, 0, 0, 0, 0, 0, 0]);
const CLOCK: usize = memory.data<u8>([0x2c, 0x22, 0x74, 0x69, 0x6d, 0x65, 0x22, 0x3a, 0, 0, 0, 0, 0, 0, 0, 0]);
const METHOD: usize = memory.data<u8>([
  0x2c, 0x22, 0x6d, 0x65, 0x74, 0x68, 0x6f, 0x64, 0x22, 0x3a, 0, 0, 0, 0, 0, 0,
]);
const PATH: usize = memory.data<u8>([0x2c, 0x22, 0x70, 0x61, 0x74, 0x68, 0x22, 0x3a, 0, 0, 0, 0, 0, 0, 0, 0]);
const PROTOCOL: usize = memory.data<u8>([
  0x2c, 0x22, 0x70, 0x72, 0x6f, 0x74, 0x6f, 0x63, 0x6f, 0x6c, 0x22, 0x3a, 0, 0, 0, 0,
]);
const STATUS: usize = memory.data<u8>([
  0x2c, 0x22, 0x73, 0x74, 0x61, 0x74, 0x75, 0x73, 0x22, 0x3a, 0, 0, 0, 0, 0, 0,
]);
const BYTES: usize = memory.data<u8>([0x2c, 0x22, 0x62, 0x79, 0x74, 0x65, 0x73, 0x22, 0x3a, 0, 0, 0, 0, 0, 0, 0]);
const REFERER: usize = memory.data<u8>([
  0x2c, 0x22, 0x72, 0x65, 0x66, 0x65, 0x72, 0x65, 0x72, 0x22, 0x3a, 0, 0, 0, 0, 0,
]);
const AGENT: usize = memory.data<u8>([0x2c, 0x22, 0x61, 0x67, 0x65, 0x6e, 0x74, 0x22, 0x3a, 0, 0, 0, 0, 0, 0, 0]);

/** The members of the record so far end here; its time member, and where that is in it. */
let out: usize = 0;
let member: i32 = 0;
let wanted: i32 = 0;
let wantedStart: usize = 0;
let wantedEnd: usize = 0;

/** The field of each member, -1 where nobody wants it: JavaScript fills it in before each call. */
export const ACCESS_LOG_FIELDS: usize = memory.data(16);
let recordRow: i32 = 0;
let recordBase: usize = 0;

/** Writes the next member: [from, to) as a string, or null where it is a dash. */
@inline
function text(nameText: usize, nameLength: usize, from: usize, to: usize): void {
  let o = name(out, nameText, nameLength);
  const value = o;
  if (to - from == 1 && load<u8>(from) == 0x2d) {
    store<u32>(o, 0x6c6c756e);
    o += 4;
  } else {
    store<u8>(o++, 0x22);
    copy(o, from, to - from);
    o += to - from;
    store<u8>(o++, 0x22);
  }
  take(value, o);
}

/** As `text`, of digits that JSON takes for a number; false where they are none. */
@inline
function digits(nameText: usize, nameLength: usize, from: usize, to: usize): bool {
  let o = name(out, nameText, nameLength);
  const value = o;
  if (to - from == 1 && load<u8>(from) == 0x2d) {
    store<u32>(o, 0x6c6c756e);
    o += 4;
  } else {
    if (to - from > 16 || (load<u8>(from) == 0x30 && to - from > 1)) return false;
    for (let p = from; p < to; p++) if (<u8>(load<u8>(p) - 48) > 9) return false;
    v128.store(o, v128.load(from));
    o += to - from;
  }
  take(value, o);
  return true;
}

@inline
function take(value: usize, end: usize): void {
  if (member == wanted) {
    wantedStart = value;
    wantedEnd = end;
  }
  const field = <i32>load<i8>(ACCESS_LOG_FIELDS + <usize>member);
  if (field >= 0) putField(field, recordRow, value, end, recordBase);
  member++;
  out = end;
}

/** The last date that was read: eleven bytes, its first millisecond and its month. */
let dateLow: u64 = 0;
let dateHigh: u32 = 0;
let dateStart: f64 = NaN;
let dateMonth: i32 = 0;

@inline
function two(p: usize): i32 {
  const tens = <i32>load<u8>(p) - 48;
  const ones = <i32>load<u8>(p, 1) - 48;
  return (tens | ones | (9 - tens) | (9 - ones)) < 0 ? -1 : tens * 10 + ones;
}

function monthOf(p: usize): i32 {
  switch (load<u32>(p) & 0xffffff) {
    case 0x6e614a: return 1;
    case 0x626546: return 2;
    case 0x72614d: return 3;
    case 0x727041: return 4;
    case 0x79614d: return 5;
    case 0x6e754a: return 6;
    case 0x6c754a: return 7;
    case 0x677541: return 8;
    case 0x706553: return 9;
    case 0x74634f: return 10;
    case 0x766f4e: return 11;
    case 0x636544: return 12;
    default: return 0;
  }
}

function readDate(p: usize): bool {
  if (load<u8>(p, 2) != 0x2f || load<u8>(p, 6) != 0x2f) return false;
  const day = two(p);
  const month = monthOf(p + 3);
  const century = two(p + 7);
  const rest = two(p + 9);
  if (day < 1 || month == 0 || century < 0 || rest < 0) return false;
  const year = century * 100 + rest;
  if (day > daysInMonth(year, month)) return false;
  dateLow = load<u64>(p);
  dateHigh = load<u32>(p, 7);
  dateStart = <f64>daysFromCivil(year, month, day) * 86400000;
  dateMonth = month;
  return true;
}

/** Reads `17/May/2015:10:05:03 +0000`; NaN where it is none, or a leap second. */
@inline
function readClf(p: usize): f64 {
  if ((load<u64>(p) != dateLow || load<u32>(p, 7) != dateHigh) && !readDate(p)) return NaN;
  const hour = two(p + 12);
  const minute = two(p + 15);
  const second = two(p + 18);
  const offsetHour = two(p + 22);
  const offsetMinute = two(p + 24);
  const sign = load<u8>(p, 21);
  if (
    (hour | minute | second | offsetHour | offsetMinute | (23 - hour) | (59 - minute) | (59 - second)
      | (23 - offsetHour) | (59 - offsetMinute)) < 0
  ) return NaN;
  if (
    load<u8>(p, 11) != 0x3a || load<u8>(p, 14) != 0x3a || load<u8>(p, 17) != 0x3a || load<u8>(p, 20) != 0x20
    || (sign != 0x2b && sign != 0x2d)
  ) return NaN;
  const offset = (offsetHour * 60 + offsetMinute) * 60000;
  const ms = dateStart + <f64>(((hour * 60 + minute) * 60 + second) * 1000) - <f64>(sign == 0x2b ? offset : -offset);
  return ms >= MIN_INSTANT && ms <= MAX_INSTANT ? ms : NaN;
}

/** `17/May/2015:10:05:03 +0000` as `"2015-05-17T10:05:03+00:00"`. */
@inline
function clock(from: usize): void {
  const value = name(out, CLOCK, 8);
  store<u8>(value, 0x22);
  store<u32>(value, load<u32>(from, 7), 1);
  store<u8>(value, 0x2d, 5);
  store<u8>(value, dateMonth > 9 ? 0x31 : 0x30, 6);
  store<u8>(value, <u8>(0x30 + (dateMonth > 9 ? dateMonth - 10 : dateMonth)), 7);
  store<u8>(value, 0x2d, 8);
  store<u16>(value, load<u16>(from), 9);
  store<u8>(value, 0x54, 11);
  store<u64>(value, load<u64>(from, 12), 12);
  store<u16>(value, load<u16>(from, 21), 20);
  store<u8>(value, load<u8>(from, 23), 22);
  store<u8>(value, 0x3a, 23);
  store<u16>(value, load<u16>(from, 24), 24);
  store<u8>(value, 0x22, 26);
  take(value, value + 27);
}

/**
 * Reads the lines of [from, whole), each with its LF, as rows whose members are written to [to, limit). Stops before a line
 * that has a backslash or control character, another quote than it should, a request that is no
 * `GET /path HTTP/1.1`, or is wrong; and where there is no room. Spans are relative to `base`.
 * @param timeMember index of the member that is the record's time; 3, the log's own, goes to TIME
 * @param fields how many members ACCESS_LOG_FIELDS wants: FIELD columns that are filled
 * @returns rows
 */
export function scanAccessLog(
  base: usize,
  from: usize,
  whole: usize,
  room: i32,
  maxLine: u32,
  combined: bool,
  timeMember: i32,
  fields: i32,
  to: usize,
  limit: usize,
): i32 {
  let row = 0;
  let line = from;
  let written = to;
  all = i64x2.splat(0);
  wanted = timeMember;
  recordBase = base;
  for (; row < room && line < whole; row++) {
    const hostEnd = plainEnd(line, 0x20);
    if (load<u8>(hostEnd) != 0x20 || hostEnd == line) break;
    const ident = hostEnd + 1;
    const identEnd = plainEnd(ident, 0x20);
    if (load<u8>(identEnd) != 0x20 || identEnd == ident) break;
    const user = identEnd + 1;
    const userEnd = plainEnd(user, 0x20);
    if (load<u16>(userEnd) != 0x5b20 || userEnd == user) break;
    const time = userEnd + 2;
    // What follows is compared before it is used: the line may end anywhere.
    const instant = readClf(time);
    if (instant != instant || load<u16>(time, 26) != 0x205d || load<u8>(time, 28) != 0x22) break;
    const request = time + 29;
    const requestEnd = plainEnd(request, 0x22);
    if (load<u16>(requestEnd) != 0x2022) break;
    let methodEnd = request;
    while (methodEnd < requestEnd && load<u8>(methodEnd) != 0x20) methodEnd++;
    let protocol = requestEnd;
    while (protocol > methodEnd && load<u8>(protocol - 1) != 0x20) protocol--;
    if (methodEnd == request || protocol <= methodEnd + 2 || requestEnd - protocol < 6) break;
    if (load<u32>(protocol) != 0x50545448 || load<u8>(protocol, 4) != 0x2f) break;
    const status = requestEnd + 2;
    const statusEnd = plainEnd(status, 0x20);
    if (load<u8>(statusEnd) != 0x20 || statusEnd == status) break;
    const bytes = statusEnd + 1;
    const bytesEnd = plainEnd(bytes, 0x20);
    if (bytesEnd == bytes) break;
    let end = bytesEnd;
    let referer: usize = 0;
    let refererEnd: usize = 0;
    let agent: usize = 0;
    if (combined) {
      if (load<u16>(bytesEnd) != 0x2220) break;
      referer = bytesEnd + 2;
      refererEnd = plainEnd(referer, 0x22);
      if (load<u16>(refererEnd) != 0x2022 || load<u8>(refererEnd, 2) != 0x22) break;
      agent = refererEnd + 3;
      end = plainEnd(agent, 0x22);
      if (load<u8>(end) != 0x22) break;
    }
    let feed = combined ? end + 1 : end;
    const rawEnd = feed;
    if (load<u8>(feed) == 0x0d) feed++;
    if (load<u8>(feed) != 0x0a || <u32>(feed - line) > maxLine) break;
    if (written + <usize>(feed - line) + EXTRA > limit) break;

    out = written;
    member = 0;
    wantedStart = wantedEnd = 0;
    recordRow = row;
    for (let n = 0; n < fields; n++) store<u8>(FIELD_TYPE + ((<usize>n << 13) + <usize>row), ABSENT);
    text(HOST, 7, line, hostEnd);
    text(IDENT, 9, ident, identEnd);
    text(USER, 8, user, userEnd);
    clock(time);
    text(METHOD, 10, request, methodEnd);
    text(PATH, 8, methodEnd + 1, protocol - 1);
    text(PROTOCOL, 12, protocol, requestEnd);
    member++;
    if (!digits(STATUS, 10, status, statusEnd) || !digits(BYTES, 9, bytes, bytesEnd)) break;
    if (combined) {
      text(REFERER, 11, referer, refererEnd);
      text(AGENT, 9, agent, end);
    }
    const at = <usize>row << 2;
    store<i32>(START + at, <i32>(written - base));
    store<i32>(END + at, <i32>(out - base));
    store<i32>(LINE + at, row);
    store<i32>(RAW_START + at, <i32>(line - base));
    store<i32>(RAW_END + at, <i32>(rawEnd - base));
    store<f64>(TIME + (<usize>row << 3), timeMember == TIME_MEMBER ? instant : NaN);
    store<i32>(TIME_START + at, wantedEnd == 0 ? 0 : <i32>(wantedStart - base));
    store<i32>(TIME_END + at, wantedEnd == 0 ? 0 : <i32>(wantedEnd - base));
    written = out;
    line = feed + 1;
  }
  accessLogEnd = line;
  accessLogOut = written;
  accessLogBeyondAscii = i8x16.bitmask(all) != 0;
  return row;
}
