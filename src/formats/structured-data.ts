import type { Buffer } from 'node:buffer';
import { escapePairs, escapeText, NO_PAIRS } from './escape-text.ts';
import { NameSet } from './name-set.ts';

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const COLON = 0x3a;
const OPEN = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** `\"` and `\\` mean the byte behind the backslash, as in JSON; `\]` does too; another backslash is just that. */
const PAIRS = escapePairs('"\\');

/** 1: the byte is of a name: printable, and none of `= ] "`. */
const NAME = new Uint8Array(256).fill(1, SPACE + 1);
NAME[QUOTE] = NAME[EQUALS] = NAME[CLOSE] = NAME[0x7f] = 0;

/** The structured data of a syslog message (RFC 5424, section 6.3): elements in brackets, with parameters. */
export class StructuredData {
  /** When `scan` gave -1: the index of what is wrong, and what is. */
  at = 0;
  reason = '';
  readonly #ids = new NameSet();
  readonly #names = new NameSet();
  /** A parameter of an element that was scanned last occurs twice: its values are a list. */
  #repeated = false;

  /** The index behind the last element of those that begin at `from`; -1: it is wrong. */
  scan(b: Uint8Array, from: number, end: number): number {
    this.#repeated = false;
    this.#ids.clear();
    let i = from;
    while (i < end && b[i] === OPEN) {
      const id = i + 1;
      i = nameEnd(b, id, end);
      if (i === id) return this.#wrong(id, 'an element of the structured data has no name');
      if (!this.#ids.add(b, id, i)) return this.#wrong(id, 'an element of the structured data occurs twice');
      this.#names.clear();
      while (i < end && b[i] === SPACE) {
        i = this.#parameter(b, i + 1, end);
        if (i < 0) return -1;
      }
      if (i >= end || b[i] !== CLOSE) return this.#wrong(i, "a ']' of the structured data is missing");
      i++;
    }
    return i;
  }

  /** `name="value"`: the index behind it, or -1. */
  #parameter(b: Uint8Array, from: number, end: number): number {
    let i = nameEnd(b, from, end);
    if (i === from) return this.#wrong(from, 'a parameter of the structured data has no name');
    if (!this.#names.add(b, from, i)) this.#repeated = true;
    if (i + 1 >= end || b[i] !== EQUALS || b[i + 1] !== QUOTE) {
      return this.#wrong(i, 'a parameter of the structured data has no value in quotes');
    }
    const text = i + 2;
    i = text;
    while (i < end && b[i] !== QUOTE) i += b[i] === BACKSLASH ? 2 : 1;
    if (i >= end) return this.#wrong(text - 1, 'a quote of the structured data is not closed');
    return i + 1;
  }

  /**
   * Writes the elements b[start, end), which were scanned last, as an object of objects to b[at…]; a parameter
   * that occurs more than once in its element is a list.
   */
  write(b: Buffer, at: number, start: number, end: number): number {
    if (this.#repeated) return at + b.write(withLists(b.toString('utf8', start, end)), at);
    let out = at;
    b[out++] = OPEN_OBJECT;
    for (let i = start; i < end; ) {
      if (i > start) b[out++] = COMMA;
      const id = i + 1;
      i = nameEnd(b, id, end);
      out = writeName(b, out, id, i);
      b[out++] = OPEN_OBJECT;
      for (let first = true; b[i] === SPACE; first = false) {
        if (!first) b[out++] = COMMA;
        const name = i + 1;
        i = nameEnd(b, name, end);
        out = writeName(b, out, name, i);
        const text = i + 2;
        i = text;
        while (b[i] !== QUOTE) i += b[i] === BACKSLASH ? 2 : 1;
        b[out++] = QUOTE;
        out = writeValue(b, out, text, i);
        b[out++] = QUOTE;
        i++;
      }
      b[out++] = CLOSE_OBJECT;
      i++;
    }
    b[out++] = CLOSE_OBJECT;
    return out;
  }

  #wrong(at: number, reason: string): -1 {
    this.at = at;
    this.reason = reason;
    return -1;
  }
}

function nameEnd(b: Uint8Array, from: number, end: number): number {
  let i = from;
  while (i < end && NAME[b[i]!] === 1) i++;
  return i;
}

function writeName(b: Uint8Array, at: number, start: number, end: number): number {
  b[at] = QUOTE;
  const out = escapeText(b, at + 1, start, end, NO_PAIRS);
  b[out] = QUOTE;
  b[out + 1] = COLON;
  return out + 2;
}

function writeValue(b: Uint8Array, at: number, start: number, end: number): number {
  let out = at;
  let from = start;
  for (let i = start; i < end; i++) {
    if (b[i] !== BACKSLASH) continue;
    if (b[i + 1] === CLOSE) {
      out = escapeText(b, out, from, i, PAIRS);
      from = i + 1;
    }
    i++;
  }
  return escapeText(b, out, from, end, PAIRS);
}

const ELEMENT = /\[([^ \]]+)((?: [^=]+="(?:[^"\\]|\\.)*")*)\]/gsu;
const PARAMETER = / ([^=]+)="((?:[^"\\]|\\.)*)"/gsu;

/** As `write`, of elements in which a parameter is repeated: rare, and its values stand apart from each other. */
function withLists(text: string): string {
  const elements: string[] = [];
  for (const [, id, parameters] of text.matchAll(ELEMENT)) {
    const values = new Map<string, string[]>();
    for (const [, name, value] of parameters!.matchAll(PARAMETER)) {
      const json = JSON.stringify(value!.replaceAll(/\\(["\\\]])/g, '$1'));
      const before = values.get(name!);
      if (before === undefined) values.set(name!, [json]);
      else before.push(json);
    }
    const members = Array.from(values, ([name, list]) => {
      return `${JSON.stringify(name)}:${list.length === 1 ? list[0] : `[${list.join(',')}]`}`;
    });
    elements.push(`${JSON.stringify(id)}:{${members.join(',')}}`);
  }
  return `{${elements.join(',')}}`;
}
