import type { Span } from './records.ts';

/** Where the value of a member is; undefined: there is none. */
export type Found = Span | undefined;

const NAME = /"([^"\\]*)"[ \t\r]*:[ \t\r]*/y;
const SCALAR = /"(?:[^"\\]|\\.)*"|true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const NEXT = /[ \t\r]*,[ \t\r]*/y;
const REST = /[ \t\r]*$/y;

/**
 * Finds members without braces, a character a byte, by their names: of duplicates the first. Walks as far as the last
 * that is found. Undefined when there is an escaped name on the way, or what is no JSON.
 */
export function findMembers(text: string, names: readonly string[]): readonly Found[] | undefined {
  const found: Found[] = names.map(() => undefined);
  let at = 0;
  if (text === '') return found;
  for (;;) {
    const name = match(NAME, text, at);
    if (name === undefined || !parses(`"${name[1]}"`)) return undefined;
    at += name[0].length;
    const end = valueEnd(text, at);
    if (end === undefined) return undefined;
    const index = names.indexOf(name[1]!);
    if (index >= 0) found[index] ??= [at, end];
    if (!found.includes(undefined)) return found;
    at = end;
    if (match(REST, text, at) !== undefined) return found;
    const next = match(NEXT, text, at);
    if (next === undefined) return undefined;
    at += next[0].length;
  }
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

/** Where the value ends that begins at `from`; undefined where none does. */
function valueEnd(text: string, from: number): number | undefined {
  let end: number | undefined;
  if (text[from] === '{' || text[from] === '[') end = closing(text, from);
  else {
    const scalar = match(SCALAR, text, from);
    if (scalar !== undefined) end = from + scalar[0].length;
  }
  return end !== undefined && parses(text.slice(from, end)) ? end : undefined;
}

/** Behind the bracket that closes the one at `from`, if all between were well formed. */
function closing(text: string, from: number): number | undefined {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const c = text[at]!;
    if (c === '"') {
      const string = match(SCALAR, text, at);
      if (string === undefined) return undefined;
      at += string[0].length - 1;
    } else if ('{['.includes(c)) depth++;
    else if ('}]'.includes(c) && --depth === 0) return at + 1;
  }
  return undefined;
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
