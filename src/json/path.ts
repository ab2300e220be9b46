import type { Buffer } from 'node:buffer';
import { usageError } from '../errors.ts';
import { skipSpace, stringEnd, valueEnd } from './scan.ts';
import { unescape } from './string.ts';

/** Where a value stands in a record: member names and list indexes, from the outside in. */
export interface Path {
  /** As it was written. */
  readonly text: string;
  /** The first is a name: a record is an object. */
  readonly steps: readonly (string | number)[];
}

/**
 * Parses `user.id`, `peers[0].id`, `["user-id"]`. A name without quotes is made of letters, digits, `_`, `$`, `@`
 * and whatever is not ASCII, no digit first; any other name stands in brackets, so that operators of expressions
 * are free.
 * @throws TidemarkError `usage`
 */
export function parsePath(text: string): Path {
  const path = pathAt(text, 0);
  if (path.end < text.length) throw noField(text, path.end);
  return path;
}

/**
 * Parses fields that are separated by commas; commas inside brackets and quotes do not count.
 * @throws TidemarkError `usage`
 */
export function parsePaths(text: string): Path[] {
  const paths: Path[] = [];
  for (let from = 0; ; ) {
    const { text: field, steps, end } = pathAt(text, from);
    paths.push({ text: field, steps });
    if (end === text.length) return paths;
    if (text[end] !== ',') throw noField(text, end);
    from = end + 1;
  }
}

/** The name that a field gives a member: itself where it is one name, else its path as it was written. */
export const nameOfPath = (path: Path): string =>
  path.steps.length === 1 && typeof path.steps[0] === 'string' ? path.steps[0] : path.text;

const NAME = /[A-Za-z_$@\u{80}-\u{10ffff}][\w$@\u{80}-\u{10ffff}]*/uy;
const BRACKET = /\[\s*(?:(\d+)|("(?:[^"\\]|\\.)*")|'([^']*)')\s*\]/y;
const SPACE = /\s*/y;

/** The path at `from`; `end` is behind it and the white space that follows. */
function pathAt(text: string, from: number): Path & { end: number } {
  const start = from + (matchAt(SPACE, text, from)?.[0].length ?? 0);
  const steps: (string | number)[] = [];
  let i = start;
  for (;;) {
    const bracket = matchAt(BRACKET, text, i);
    if (bracket !== null) {
      const [whole, index, quoted, literal] = bracket;
      if (index !== undefined && steps.length === 0) throw noField(text, i);
      steps.push(index !== undefined ? Number(index) : (literal ?? unquote(quoted!)));
      i += whole.length;
      continue;
    }
    const dot = steps.length > 0 && text[i] === '.' ? 1 : 0;
    const name = steps.length === 0 || dot === 1 ? matchAt(NAME, text, i + dot) : null;
    if (name === null) {
      if (steps.length === 0 || dot === 1) throw noField(text, i + dot);
      return { text: text.slice(start, i), steps, end: i + matchAt(SPACE, text, i)![0].length };
    }
    steps.push(name[0]);
    i += dot + name[0].length;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function unquote(quoted: string): string {
  try {
    return JSON.parse(quoted);
  } catch {
    throw usageError(`${quoted} is no string`, 'write names in brackets as JSON strings: ["user-id"]');
  }
}

function noField(text: string, at: number): Error {
  const what = text.trim() === '' ? 'no field is named' : `'${text}' is no field: see column ${at + 1}`;
  return usageError(what, 'write a field as user.id, peers[0].id or ["user-id"]');
}

/**
 * Finds the value of a path in members (without braces), b[start, end), which are valid. Of duplicate names
 * the first counts, at every depth.
 * @param found gets the span of the value; means nothing where the result is false
 */
export function findPath(
  b: Buffer,
  start: number,
  end: number,
  path: Path,
  found: { start: number; end: number },
): boolean {
  const { steps } = path;
  if (typeof steps[0] !== 'string' || !findMember(b, start, end, steps[0], found)) return false;
  for (let k = 1; k < steps.length; k++) {
    const step = steps[k]!;
    const open = b[found.start];
    if (typeof step === 'string') {
      if (open !== OPEN_OBJECT || !findMember(b, found.start + 1, found.end - 1, step, found)) return false;
    } else if (open !== OPEN_LIST || !findElement(b, found.start + 1, found.end - 1, step, found))
      return false;
  }
  return true;
}

function findMember(
  b: Buffer,
  start: number,
  end: number,
  name: string,
  found: { start: number; end: number },
): boolean {
  let i = skipSpace(b, start, end);
  while (i < end && b[i] === QUOTE) {
    const nameStart = i + 1;
    i = stringEnd(b, nameStart, end);
    if (i < 0) return false;
    const matches = isName(b, nameStart, i - 1, name);
    const value = skipSpace(b, skipSpace(b, i, end) + 1, end);
    i = valueEnd(b, value, end);
    if (i < 0) return false;
    if (matches) {
      found.start = value;
      found.end = i;
      return true;
    }
    i = skipSpace(b, skipSpace(b, i, end) + 1, end);
  }
  return false;
}

function findElement(
  b: Buffer,
  start: number,
  end: number,
  index: number,
  found: { start: number; end: number },
): boolean {
  let i = skipSpace(b, start, end);
  for (let k = 0; i < end; k++) {
    const value = i;
    i = valueEnd(b, value, end);
    if (i < 0) return false;
    if (k === index) {
      found.start = value;
      found.end = i;
      return true;
    }
    i = skipSpace(b, skipSpace(b, i, end) + 1, end);
  }
  return false;
}

/** Whether the inside of a name's string, b[start, end), is `name`; makes a string only where it must. */
function isName(b: Buffer, start: number, end: number, name: string): boolean {
  let i = start;
  let k = 0;
  while (i < end && b[i]! < 0x80 && b[i] !== BACKSLASH && b[i] === name.charCodeAt(k)) {
    i++;
    k++;
  }
  if (i === end || k === name.length) return i === end && k === name.length;
  // They differ here: as text only where the record escapes or the name leaves ASCII can they still be equal.
  if (b[i] !== BACKSLASH && name.charCodeAt(k) < 0x80) return false;
  return unescape(b, start, end) === name;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;
