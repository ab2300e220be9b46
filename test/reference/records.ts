import type { Buffer } from 'node:buffer';

/** From the first byte to behind the last one. */
export type Span = readonly [start: number, end: number];

/** An object of one line; spans are relative to the line. */
export interface PlainRecord {
  readonly members: Span;
  /** All members in their order: the name as it is spelled, without quotes, and the span of the value. */
  readonly named: readonly { readonly name: string; readonly value: Span }[];
  /** The line without its end. */
  readonly raw: Span;
  /** How deep lists and objects are nested inside the values. */
  readonly depth: number;
}

const NAME = /[ \t\r]*"((?:[^"\\]|\\.)*)"[ \t\r]*:[ \t\r]*/y;
const STRING = /"(?:[^"\\]|\\.)*"/y;
const SCALAR = /[^ \t\r,}\]]+/y;
const SPACE = /[ \t\r]*/y;

function match(pattern: RegExp, text: string, at: number): RegExpExecArray {
  pattern.lastIndex = at;
  return pattern.exec(text)!;
}

/** Reads a line, without its LF, as one object, byte for byte; undefined when it is none (RFC 8259). */
export function readRecord(line: Buffer): PlainRecord | undefined {
  // A character a byte: what is JSON in Latin-1 is JSON in UTF-8, but for bytes that are no UTF-8.
  const text = line.toString('latin1');
  if (!isObject(text)) return undefined;
  let at = text.indexOf('{') + 1;
  at += match(SPACE, text, at)[0].length;
  const start = at;
  const named: { name: string; value: Span }[] = [];
  let depth = 0;
  let end = at;
  while (text[at] !== '}') {
    const name = match(NAME, text, at);
    at += name[0].length;
    const value = valueEnd(text, at);
    depth = Math.max(depth, value.depth);
    named.push({ name: name[1]!, value: [at, value.end] });
    at = end = value.end;
    at += match(SPACE, text, at)[0].length;
    if (text[at] === ',') at++;
  }
  const behind = at + 1 < text.length && text.endsWith('\r') ? text.length - 1 : text.length;
  return { members: [start, end], named, raw: [0, behind], depth };
}

function isObject(text: string): boolean {
  if (text[match(SPACE, text, 0)[0].length] !== '{') return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Where a value of a valid text ends, and how deep it is nested. */
function valueEnd(text: string, from: number): { end: number; depth: number } {
  let depth = 0;
  let deepest = 0;
  let at = from;
  do {
    const c = text[at]!;
    if (c === '"') at += match(STRING, text, at)[0].length;
    else if (c === '{' || c === '[') {
      deepest = Math.max(deepest, ++depth);
      at++;
    } else if (c === '}' || c === ']') {
      depth--;
      at++;
    } else if (' \t\r,:'.includes(c)) at++;
    else at += match(SCALAR, text, at)[0].length;
  } while (depth > 0);
  return { end: at, depth: deepest };
}
