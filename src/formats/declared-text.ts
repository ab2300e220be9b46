import { Buffer } from 'node:buffer';
import { isInteger, isNumber } from '../json/number.ts';
import { skipSpace, valueEnd } from '../json/scan.ts';
import { unescape } from '../json/string.ts';
import {
  TYPE_BOOLEAN,
  TYPE_FRACTION,
  TYPE_INTEGER,
  TYPE_LIST,
  TYPE_NULL,
  TYPE_OBJECT,
  TYPE_STRING,
} from '../stream/schema.ts';
import { copyBytes } from './escape-text.ts';

/** Bytes that a field may get besides those that it has: two quotes. */
export const LONGEST_SPELLING = 2;

/** How a field stood in its record, which its spelling does not show any more. */
export type FieldForm =
  /** Without quotes. */
  | 'bare'
  | 'quoted'
  /** It is null because nothing stood there. */
  | 'nothing';

/**
 * Spells a field of a text format as the types want it that are declared of its member (tm-formats(5)); kernel/declared.ts
 * does the same. What has none of them stays as it was, to be refused.
 * @param types bits of schema.ts
 * @param value bytes[value, end) is the field by its spelling alone, JSON text, with LONGEST_SPELLING bytes of room behind it
 * @returns the index behind
 */
export function spellDeclared(b: Buffer, value: number, end: number, types: number, form: FieldForm): number {
  const first = b[value]!;
  if (first === QUOTE) {
    if ((types & TYPE_STRING) !== 0 && form === 'quoted') return end;
    return spellText(b, value, end, types, form === 'quoted');
  }
  if ((types & typeOfWord(b, value, end)) !== 0 || (types & TYPE_STRING) === 0) return end;
  if (form === 'nothing') return copyBytes(b, value, EMPTY_TEXT, 0, 2);
  b.copyWithin(value + 1, value, end);
  b[value] = QUOTE;
  b[end + 1] = QUOTE;
  return end + 2;
}

function typeOfWord(b: Buffer, value: number, end: number): number {
  const first = b[value]!;
  if (first === 0x6e) return TYPE_NULL;
  if (first > NINE) return TYPE_BOOLEAN;
  return isInteger(b, value, end) ? TYPE_INTEGER : TYPE_FRACTION;
}

/** Text may be spelled like something that the types have; in quotes it is looked at only where they have no text. */
function spellText(b: Buffer, value: number, end: number, types: number, quoted: boolean): number {
  const from = value + 1;
  const to = end - 1;
  if ((types & TYPE_BOOLEAN) !== 0)
    for (const word of [TRUE, FALSE])
      if (b.compare(word, 0, word.length, from, to) === 0) return copyBytes(b, value, word, 0, word.length);
  const nested = b[from] === OPEN_LIST ? TYPE_LIST : b[from] === OPEN_OBJECT ? TYPE_OBJECT : 0;
  if ((types & nested) !== 0) {
    const json = jsonOf(unescape(b, from, to));
    if (json !== undefined) return copyBytes(b, value, json, 0, json.length);
  }
  if ((types & TYPE_STRING) !== 0 || !quoted) return end;
  if (from === to) return (types & TYPE_NULL) === 0 ? end : copyBytes(b, value, NULL, 0, 4);
  return isNumber(b, from, to) ? copyBytes(b, value, b, from, to) : end;
}

/** A text that is one JSON value, in one line; undefined: it is none. */
function jsonOf(text: string): Buffer | undefined {
  const json = Buffer.from(text);
  const end = valueEnd(json, 0, json.length);
  if (end < 0 || skipSpace(json, end, json.length) !== json.length) return undefined;
  // Between values alone: in strings they are escaped.
  for (let i = 0; i < end; i++) if (json[i]! < SPACE) json[i] = SPACE;
  return json.subarray(0, end);
}

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');
const EMPTY_TEXT = Buffer.from('""');
const SPACE = 0x20;
const QUOTE = 0x22;
const NINE = 0x39;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;
