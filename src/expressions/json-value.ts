import type { Buffer } from 'node:buffer';
import { ByteWriter } from '../json/byte-writer.ts';
import { isInteger, readDouble, readInteger } from '../json/number.ts';
import { skipSpace, stringEnd, valueEnd } from '../json/scan.ts';
import { unescape, writeString } from '../json/string.ts';
import { isoDuration } from '../time/duration.ts';
import { instantText } from '../time/instant.ts';
import { FunctionFailure } from './function.ts';
import { integerValue } from './number-value.ts';
import { Duration, JsonSpan, Timestamp, type Value } from './value.ts';

/** A list: computed, or of the event. */
export type ListValue = readonly Value[] | JsonSpan;
/** An object: computed, or of the event. */
export type ObjectValue = ReadonlyMap<string, Value> | JsonSpan;

/** Written to and cleared within one call. */
const scratch = new ByteWriter(1 << 10);

/** Whether a value is a list, also one of the event. */
export const isList = (value: Value): value is ListValue =>
  Array.isArray(value) || (value instanceof JsonSpan && value.bytes[value.start] === OPEN_LIST);

/** Whether a value is an object, also one of the event. */
export const isObject = (value: Value): value is ObjectValue =>
  value instanceof Map || (value instanceof JsonSpan && value.bytes[value.start] === OPEN_OBJECT);

/**
 * The value of the valid JSON b[start, end), without white space around it; a list or an object stays a span.
 * @throws FunctionFailure for a number past the range of doubles
 */
export function readValue(b: Buffer, start: number, end: number): Value {
  switch (b[start]) {
    case QUOTE:
      return unescape(b, start + 1, end - 1);
    case OPEN_LIST:
    case OPEN_OBJECT:
      return new JsonSpan(b, start, end);
    case 0x74:
      return true;
    case 0x66:
      return false;
    case 0x6e:
      return null;
    default:
      return readNumber(b, start, end);
  }
}

/**
 * As `readValue`, of a number.
 * @throws FunctionFailure past the range of doubles
 */
export function readNumber(b: Buffer, start: number, end: number): number | bigint {
  const double = readDouble(b, start, end);
  if (Number.isSafeInteger(double)) return double === 0 ? 0 : double;
  if (isInteger(b, start, end)) return integerValue(readInteger(b, start, end));
  if (!Number.isFinite(double))
    throw new FunctionFailure(`${shortened(b.toString('latin1', start, end))} is past the range of numbers`);
  return double;
}

/**
 * The elements of a list; those that are lists or objects are spans.
 * @throws FunctionFailure for a number past the range of doubles
 */
export function elementsOf(list: ListValue): readonly Value[] {
  if (!(list instanceof JsonSpan)) return list;
  const { bytes, end } = list;
  const elements: Value[] = [];
  let at = skipSpace(bytes, list.start + 1, end);
  while (bytes[at] !== CLOSE_LIST) {
    const behind = valueEnd(bytes, at, end);
    elements.push(readValue(bytes, at, behind));
    at = skipSpace(bytes, behind, end);
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1, end);
  }
  return elements;
}

/**
 * The members of an object in their order; values that are lists or objects are spans. Of duplicate names the first
 * counts, as for fields (json/path.ts).
 * @throws FunctionFailure for a number past the range of doubles
 */
export function membersOf(object: ObjectValue): ReadonlyMap<string, Value> {
  if (!(object instanceof JsonSpan)) return object;
  const { bytes, end } = object;
  const members = new Map<string, Value>();
  let at = skipSpace(bytes, object.start + 1, end);
  while (bytes[at] !== CLOSE_OBJECT) {
    const nameEnd = stringEnd(bytes, at + 1, end);
    const name = unescape(bytes, at + 1, nameEnd - 1);
    // The colon stands between the name and its value.
    const valueAt = skipSpace(bytes, skipSpace(bytes, nameEnd, end) + 1, end);
    const behind = valueEnd(bytes, valueAt, end);
    if (!members.has(name)) members.set(name, readValue(bytes, valueAt, behind));
    at = skipSpace(bytes, behind, end);
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1, end);
  }
  return members;
}

/** Number of elements of a list or of members of an object; duplicate names count once. */
export function sizeOf(value: ListValue | ObjectValue): number {
  if (!(value instanceof JsonSpan)) return value instanceof Map ? value.size : (value as unknown[]).length;
  if (value.bytes[value.start] === OPEN_OBJECT) return membersOf(value).size;
  const { bytes, end } = value;
  let count = 0;
  let at = skipSpace(bytes, value.start + 1, end);
  while (bytes[at] !== CLOSE_LIST) {
    count++;
    at = skipSpace(bytes, valueEnd(bytes, at, end), end);
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1, end);
  }
  return count;
}

/** Writes a value as JSON without white space; what comes from the event untouched is copied as it stands. */
export function writeValue(out: ByteWriter, value: Value): void {
  if (value === null) out.ascii('null');
  else if (typeof value === 'string') writeString(out, value);
  else if (typeof value === 'number') out.ascii(numberText(value));
  else if (typeof value !== 'object') out.ascii(String(value));
  else if (value instanceof JsonSpan) out.copy(value.bytes, value.start, value.end);
  else if (value instanceof Timestamp) out.ascii(`"${instantText(value.time)}"`);
  else if (value instanceof Duration) out.ascii(`"${isoDuration(value.length)}"`);
  else if (value instanceof Map) writeMembers(out, value);
  else {
    let separator = OPEN_LIST;
    for (const element of value as readonly Value[]) {
      out.byte(separator);
      writeValue(out, element);
      separator = COMMA;
    }
    if (separator === OPEN_LIST) out.byte(OPEN_LIST);
    out.byte(CLOSE_LIST);
  }
}

/**
 * The shortest spelling that reads back as the same double; with an exponent where its digits would be read as an exact
 * integer, which is another one.
 */
function numberText(value: number): string {
  const text = String(value);
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER || !Number.isInteger(value) || text.includes('e'))
    return text;
  return BigInt(text) === BigInt(value) ? text : value.toExponential();
}

function writeMembers(out: ByteWriter, members: ReadonlyMap<string, Value>): void {
  let separator = OPEN_OBJECT;
  for (const [name, value] of members) {
    out.byte(separator);
    writeString(out, name);
    out.byte(COLON);
    writeValue(out, value);
    separator = COMMA;
  }
  if (separator === OPEN_OBJECT) out.byte(OPEN_OBJECT);
  out.byte(CLOSE_OBJECT);
}

/** The JSON of a value, as `writeValue` writes it. */
export function valueText(value: Value): string {
  scratch.clear();
  writeValue(scratch, value);
  return scratch.toString();
}

/** A text as it is quoted in a message: no longer than a line, without control characters. */
export const quoted = (text: string): string => `'${JSON.stringify(shortened(text)).slice(1, -1)}'`;

const shortened = (text: string): string => (text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`);

/** Characters of a value that a message shows. */
const SHOWN = 60;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
