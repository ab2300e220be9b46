import type { Buffer } from 'node:buffer';
import { isInteger } from '../json/number.ts';
import { skipSpace, stringEnd, valueEnd } from '../json/scan.ts';
import { unescape } from '../json/string.ts';
import { ARRAY, FALSE, NULL, NUMBER, OBJECT, STRING, TRUE, typeOfByte } from '../stream/projection.ts';
import {
  type Schema,
  TYPE_BOOLEAN,
  TYPE_FRACTION,
  TYPE_INTEGER,
  TYPE_LIST,
  TYPE_NULL,
  TYPE_OBJECT,
  TYPE_STRING,
  type ValueSchema,
} from '../stream/schema.ts';
import { inWords } from '../stream/type-words.ts';
import { withoutEscape } from './meta.ts';

/** Bits of schema.ts by the type of a projected value. */
export const TYPE_BITS: Readonly<Record<number, number>> = {
  [NULL]: TYPE_NULL,
  [FALSE]: TYPE_BOOLEAN,
  [TRUE]: TYPE_BOOLEAN,
  [NUMBER]: TYPE_INTEGER | TYPE_FRACTION,
  [STRING]: TYPE_STRING,
  [ARRAY]: TYPE_LIST,
  [OBJECT]: TYPE_OBJECT,
};

/** Why a value is refused, and where it begins; -1: nothing is there. */
export interface Refusal {
  readonly at: number;
  readonly reason: string;
}

/** How a member is told of that is required and not there. */
const missing = (path: string): string => `${path} is missing, and the schema requires it`;

/**
 * What is wrong with a value, which is valid JSON in bytes[start, end), or with one inside of it; undefined: it fits the schema.
 * @param path of the value, for the message
 */
export function refusalOf(
  schema: ValueSchema,
  bytes: Buffer,
  start: number,
  end: number,
  path: string,
): Refusal | undefined {
  const bits = bitsOf(bytes, start, end);
  if ((schema.types & bits) === 0) {
    const found = bits === TYPE_FRACTION ? bytes.toString('latin1', start, end) : inWords({ types: bits });
    const spelling = bits === TYPE_FRACTION && isWhole(schema, found) ? SPELLING : '';
    return { at: start, reason: `${path} is ${found}, and the schema wants ${inWords(schema)}${spelling}` };
  }
  if (bits === TYPE_LIST && schema.items !== undefined)
    return refusedElement(schema.items, bytes, start, end, path);
  if (bits === TYPE_OBJECT && schema.members !== undefined)
    return refusalOfMembers(schema.members, bytes, start + 1, end - 1, path);
  return undefined;
}

/** An integer by its value (JSON Schema, 6.1.1 of its Validation), and none by its spelling, which counts here. */
const isWhole = ({ types }: ValueSchema, number: string): boolean =>
  (types & TYPE_INTEGER) !== 0 && Number.isInteger(Number(number));

const SPELLING = ', spelled without fraction and exponent ("number" takes both)';

function bitsOf(bytes: Buffer, start: number, end: number): number {
  const type = typeOfByte(bytes[start]!);
  if (type !== NUMBER) return TYPE_BITS[type]!;
  return isInteger(bytes, start, end) ? TYPE_INTEGER : TYPE_FRACTION;
}

function refusedElement(
  items: ValueSchema,
  bytes: Buffer,
  start: number,
  end: number,
  path: string,
): Refusal | undefined {
  let at = skipSpace(bytes, start + 1, end);
  for (let index = 0; bytes[at] !== CLOSE_LIST; index++) {
    const behind = valueEnd(bytes, at, end);
    const refusal = refusalOf(items, bytes, at, behind, `${path}[${index}]`);
    if (refusal !== undefined) return refusal;
    at = skipSpace(bytes, behind, end);
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1, end);
  }
  return undefined;
}

/**
 * What is wrong with the members of an object, which are valid JSON in bytes[start, end), without braces: the first that is
 * wrong, then what is missing; undefined: they fit.
 * @param path of the object, for the message; empty: it is the event
 */
export function refusalOfMembers(
  { members, closed }: Schema,
  bytes: Buffer,
  start: number,
  end: number,
  path: string,
): Refusal | undefined {
  const seen = new Set<string>();
  const inPath = (name: string): string => (path === '' ? withoutEscape(name) : `${path}.${name}`);
  let at = skipSpace(bytes, start, end);
  while (at < end) {
    const nameEnd = stringEnd(bytes, at + 1, end);
    const name = unescape(bytes, at + 1, nameEnd - 1);
    const value = skipSpace(bytes, skipSpace(bytes, nameEnd, end) + 1, end);
    const behind = valueEnd(bytes, value, end);
    const schema = members.get(name);
    if (schema === undefined && closed) return { at, reason: `the schema has no ${inPath(name)}` };
    // Of duplicates the first counts.
    const refusal =
      schema === undefined || seen.has(name)
        ? undefined
        : refusalOf(schema, bytes, value, behind, inPath(name));
    if (refusal !== undefined) return refusal;
    seen.add(name);
    at = skipSpace(bytes, behind, end);
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1, end);
  }
  for (const [name, { required }] of members)
    if (required && !seen.has(name))
      return { at: path === '' ? -1 : start - 1, reason: missing(inPath(name)) };
  return undefined;
}

const COMMA = 0x2c;
const CLOSE_LIST = 0x5d;
