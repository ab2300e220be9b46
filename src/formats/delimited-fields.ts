import type { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import { isNumber, isNumberText } from '../json/number.ts';
import { unescape } from '../json/string.ts';
import { HAS_ESCAPE } from './member-cursor.ts';

/** How csv and tsv spell the fields of a record; everything else they have in common. */
export interface FieldSyntax {
  readonly name: 'csv' | 'tsv';
  /** The byte between two fields. */
  readonly separator: number;
  /** The inside of a JSON string, `bytes[start, end)`. `marks`: what stands in it, as MemberCursor tells. */
  writeString(out: ByteWriter, bytes: Buffer, start: number, end: number, marks: number): void;
  /** The JSON text of a list or an object. */
  writeJson(out: ByteWriter, bytes: Buffer, start: number, end: number): void;
  /** A column's name. */
  writeName(out: ByteWriter, name: string): void;
  /** What a line has instead of nothing: readers pass over blank lines. */
  readonly blank: string;
}

/**
 * Fields as RFC 4180 has them, quoted only where needed: for a comma, a quote, a line end or a blank at the
 * front, and where a string would be read back as a number or (empty) as null. A null that is alone in its
 * line is quoted too, and read back as an empty string: better than an event less.
 */
export const CSV_FIELDS: FieldSyntax = {
  name: 'csv',
  separator: 0x2c,
  writeString(out, bytes, start, end, marks) {
    if ((marks & HAS_ESCAPE) !== 0) return writeCsvText(out, unescape(bytes, start, end));
    const first = bytes[start]!;
    const quoted = marks !== 0 || start === end || first === SPACE || looksLikeNumber(bytes, start, end);
    if (quoted) out.byte(QUOTE);
    out.copy(bytes, start, end);
    if (quoted) out.byte(QUOTE);
  },
  writeJson(out, bytes, start, end) {
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      if (byte === COMMA || byte === QUOTE) return writeQuoted(out, bytes.toString('utf8', start, end));
    }
    out.copy(bytes, start, end);
  },
  writeName(out, name) {
    // A byte order mark at the front of a file is no part of the first name, unless it is quoted.
    if (name === '' || name.startsWith('\ufeff') || NEEDS_QUOTES.test(name)) writeQuoted(out, name);
    else out.utf8(name);
  },
  blank: '""',
};

/**
 * Fields without quotes: tab, line feed, carriage return and backslash are written `\t \n \r \\`, as Miller
 * does. A string spelled like a number, or an empty one, cannot be told from a number or null any more, and a
 * line of one null field is a blank one, which readers pass over.
 */
export const TSV_FIELDS: FieldSyntax = {
  name: 'tsv',
  separator: 0x09,
  writeString(out, bytes, start, end, marks) {
    if ((marks & HAS_ESCAPE) !== 0) writeTsvText(out, unescape(bytes, start, end));
    else out.copy(bytes, start, end);
  },
  writeJson(out, bytes, start, end) {
    writeTsvText(out, bytes.toString('utf8', start, end));
  },
  writeName: writeTsvText,
  blank: '',
};

const NEEDS_QUOTES = /^[ \t]|[",\n\r]/;
const TSV_SPECIAL = /[\t\n\r\\]/g;
const TSV_ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\\': '\\\\' };

function writeCsvText(out: ByteWriter, text: string): void {
  if (text === '' || NEEDS_QUOTES.test(text) || isNumberText(text)) writeQuoted(out, text);
  else out.utf8(text);
}

function writeQuoted(out: ByteWriter, text: string): void {
  out.utf8(`"${text.replaceAll('"', '""')}"`);
}

function writeTsvText(out: ByteWriter, text: string): void {
  out.utf8(text.replace(TSV_SPECIAL, (character) => TSV_ESCAPES[character]!));
}

function looksLikeNumber(bytes: Buffer, start: number, end: number): boolean {
  const first = bytes[start]!;
  return (first === MINUS || (first >= ZERO && first <= NINE)) && isNumber(bytes, start, end);
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const SPACE = 0x20;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
