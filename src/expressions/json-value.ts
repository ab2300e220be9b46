import type { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import { isInteger, readDouble, readInteger } from '../json/number.ts';
import { skipSpace, stringEnd, valueEnd } from '../json/scan.ts';
import { unescape, writeString } from '../json/string.ts';
import { isoDuration } from '../time/duration.ts';
import { instantText } from '../time/instant.ts';
import { FunctionFailure } from './function.ts';
import { normalized } from './integer.ts';
import { Duration, JsonSpan, Timestamp, type Value } from './value.ts';

/**
 * The value of valid JSON text, b[start, end). Lists and objects stay spans.
 * @throws FunctionFailure for a number that is no double and no integer of at most 1,000 digits
 */
export function readValue(b: Buffer, start: number, end: number): Value {
  switch (b[start]) {
    case QUOTE:
      return unescape(b, start + 1, end - 1);
    case OPEN_LIST:
    case OPEN_OBJECT:
      return new JsonSpan(b, start, end);
    case LETTER_T:
      return true;
    case LETTER_F:
      return false;
    case LETTER_N:
      return null;
    default:
      return readNumber(b, start, end);
  }
}

/** @throws FunctionFailure as `readValue` */
export function readNumber(b: Buffer, start: number, end: number): number | bigint {
  const value = readDouble(b, start, end);
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  if (isInteger(b, start, end)) return normalized(readInteger(b, start, end));
  if (!Number.isFinite(value)) {
    const spelled = b.toString('latin1', start, Math.min(end, start + MAX_QUOTED));
    throw new FunctionFailure(`${spelled} is past the range of numbers`);
  }
  return value;
}

export const isListSpan = ({ bytes, start }: JsonSpan): boolean => bytes[start] === OPEN_LIST;

/** The elements of a list; undefined: it is none. @throws FunctionFailure as `readValue` */
export function elementsOf(value: Value): readonly Value[] | undefined {
  if (Array.isArray(value)) return value;
  if (!(value instanceof JsonSpan) || !isListSpan(value)) return undefined;
  const { bytes, end } = value;
  const elements: Value[] = [];
  for (let i = skipSpace(bytes, value.start + 1, end); i < end - 1; ) {
    const behind = valueEnd(bytes, i, end);
    elements.push(readValue(bytes, i, behind));
    i = skipSpace(bytes, skipSpace(bytes, behind, end) + 1, end);
  }
  return elements;
}

/** The members of an object, of equal names the first; undefined: it is none. @throws FunctionFailure as `readValue` */
export function membersOf(value: Value): ReadonlyMap<string, Value> | undefined {
  if (value instanceof Map) return value;
  if (!(value instanceof JsonSpan) || isListSpan(value)) return undefined;
  const { bytes, end } = value;
  const members = new Map<string, Value>();
  for (let i = skipSpace(bytes, value.start + 1, end); i < end - 1; ) {
    const nameEnd = stringEnd(bytes, i + 1, end);
    const name = unescape(bytes, i + 1, nameEnd - 1);
    const from = skipSpace(bytes, skipSpace(bytes, nameEnd, end) + 1, end);
    const behind = valueEnd(bytes, from, end);
    if (!members.has(name)) members.set(name, readValue(bytes, from, behind));
    i = skipSpace(bytes, skipSpace(bytes, behind, end) + 1, end);
  }
  return members;
}

/** The shortest spelling that reads back as the same value; one past 2^53 has an exponent, for it is no exact integer. */
const numberText = (value: number): string =>
  value > Number.MAX_SAFE_INTEGER || value < -Number.MAX_SAFE_INTEGER ? value.toExponential() : String(value);

/** Writes a value as JSON: a span as it stands, integers as their digits, other numbers in their shortest spelling. */
export function writeValue(out: ByteWriter, value: Value): void {
  switch (typeof value) {
    case 'boolean':
      out.ascii(value ? 'true' : 'false');
      return;
    case 'number':
      out.ascii(numberText(value));
      return;
    case 'bigint':
      out.ascii(value.toString());
      return;
    case 'string':
      writeString(out, value);
      return;
  }
  if (value === null) out.ascii('null');
  else if (value instanceof JsonSpan) out.copy(value.bytes, value.start, value.end);
  else if (value instanceof Timestamp) out.ascii(`"${instantText(value.time)}"`);
  else if (value instanceof Duration) out.ascii(`"${isoDuration(value.length)}"`);
  else if (value instanceof Map) writeMembers(out, value);
  else writeElements(out, value as readonly Value[]);
}

function writeElements(out: ByteWriter, elements: readonly Value[]): void {
  out.byte(OPEN_LIST);
  elements.forEach((element, i) => {
    if (i > 0) out.byte(COMMA);
    writeValue(out, element);
  });
  out.byte(CLOSE_LIST);
}

function writeMembers(out: ByteWriter, members: ReadonlyMap<string, Value>): void {
  out.byte(OPEN_OBJECT);
  let first = true;
  for (const [name, value] of members) {
    if (!first) out.byte(COMMA);
    first = false;
    writeString(out, name);
    out.byte(COLON);
    writeValue(out, value);
  }
  out.byte(CLOSE_OBJECT);
}

/** Bytes of a value that a message shows. */
const MAX_QUOTED = 40;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const LETTER_T = 0x74;
const LETTER_F = 0x66;
const LETTER_N = 0x6e;
