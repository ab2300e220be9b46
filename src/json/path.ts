import type { Buffer } from 'node:buffer';
import { usageError } from '../errors.ts';
import { skipSpace, stringEnd, valueEnd } from './scan.ts';
import { hasEscape, unescape } from './string.ts';

/** Where a value stands in a record: member names and list indexes, from the outside in. */
export interface Path {
  /** As it was written. */
  readonly text: string;
  readonly steps: readonly (string | number)[];
}

/**
 * Parses `user.id`, `peers[0].id`, `["user-id"]`. A name without quotes may hold anything but dots, brackets,
 * commas, quotes, parentheses and white space.
 * @throws TidemarkError `usage`
 */
export function parsePath(text: string): Path {
  const trimmed = text.trim();
  const steps: (string | number)[] = [];
  let i = 0;
  while (i < trimmed.length || steps.length === 0) {
    const rest = trimmed.slice(i);
    const bracket = /^\[(?:(\d+)|("(?:[^"\\]|\\.)*"|'[^']*'))\]/.exec(rest);
    const name =
      bracket === null
        ? (steps.length === 0 ? /^()([^\s.[\](),"']+)/ : /^(\.)([^\s.[\](),"']+)/).exec(rest)
        : null;
    if (bracket !== null) steps.push(bracket[1] === undefined ? unquote(bracket[2]!) : Number(bracket[1]));
    else if (name !== null) steps.push(name[2]!);
    else {
      throw usageError(
        `'${trimmed}' is no field: see column ${i + 1}`,
        'a field is written user.id, peers[0].id or ["user-id"]',
      );
    }
    i += (bracket ?? name)![0].length;
  }
  return { text: trimmed, steps };
}

function unquote(quoted: string): string {
  try {
    return quoted.startsWith('"') ? JSON.parse(quoted) : quoted.slice(1, -1);
  } catch {
    throw usageError(`${quoted} is no string`, 'names in brackets are JSON strings: ["user-id"]');
  }
}

/** Parses fields that are separated by commas; commas inside brackets and quotes do not count. */
export function parsePaths(text: string): Path[] {
  const parts = text.match(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|\[[^\]]*\]|[^,])+|(?<=^|,)(?=,|$)/g) ?? [''];
  return parts.map(parsePath);
}

/**
 * Finds the value of a path in members (without braces), b[start, end): fills `found` with its span. Of
 * duplicate names the first counts.
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
    const inside = skipSpace(b, found.start + 1, found.end - 1);
    if (typeof step === 'string') {
      if (open !== OPEN_OBJECT || !findMember(b, inside, found.end - 1, step, found)) return false;
    } else if (open !== OPEN_LIST || !findElement(b, inside, found.end - 1, step, found)) return false;
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
    i = skipSpace(b, i, end);
    const value = skipSpace(b, i + 1, end);
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
  let i = start;
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

function isName(b: Buffer, start: number, end: number, name: string): boolean {
  if (hasEscape(b, start, end)) return unescape(b, start, end) === name;
  // Every character of the name is at most three bytes.
  if (end - start < name.length || end - start > name.length * 3) return false;
  return b.toString('utf8', start, end) === name;
}

const QUOTE = 0x22;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;
