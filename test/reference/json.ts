import { Buffer } from 'node:buffer';

/** A value with the text that it was read from. */
export interface Json {
  readonly text: string;
  /** Integers of up to 1,000 digits are bigint, all other numbers doubles. */
  readonly value: null | boolean | bigint | number | string | readonly Json[] | readonly Member[];
}

export interface Member {
  readonly name: string;
  /** The name as it is spelled, with its quotes. */
  readonly nameText: string;
  readonly value: Json;
}

/** Reads a JSON text without white space around it. @throws Error when it is none */
export function parseJson(text: string): Json {
  const { value, end } = valueAt(text, 0);
  if (end !== text.length) throw new Error(`no JSON: ${text}`);
  return value;
}

/** Reads members without braces: `"a":1,"b":[2]`. */
export function parseMembers(text: string): readonly Member[] {
  return parseJson(`{${text}}`).value as readonly Member[];
}

const SPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[^"\\]|\\.)*"/y;
const SCALAR = /null|true|false|-?[0-9.eE+-]+/y;

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  if (found === null) throw new Error(`no JSON at ${at}: ${text}`);
  return found[0];
}

const skip = (text: string, at: number): number => at + match(SPACE, text, at).length;

function valueAt(text: string, start: number): { value: Json; end: number } {
  let value: Json['value'];
  let end: number;
  if (text[start] === '{') [value, end] = membersAt(text, start);
  else if (text[start] === '[') [value, end] = elementsAt(text, start);
  else {
    const found = match(text[start] === '"' ? STRING : SCALAR, text, start);
    value = scalar(found);
    end = start + found.length;
  }
  return { value: { text: text.slice(start, end), value }, end };
}

const scalar = (text: string): null | boolean | bigint | number | string =>
  /^-?\d{1,1000}$/.test(text) ? BigInt(text) : JSON.parse(text);

function elementsAt(text: string, start: number): [Json[], number] {
  const elements: Json[] = [];
  let at = skip(text, start + 1);
  if (text[at] === ']') return [elements, at + 1];
  for (;;) {
    const { value, end } = valueAt(text, at);
    elements.push(value);
    at = skip(text, end);
    if (text[at] === ']') return [elements, at + 1];
    if (text[at] !== ',') throw new Error(`no JSON at ${at}: ${text}`);
    at = skip(text, at + 1);
  }
}

function membersAt(text: string, start: number): [Member[], number] {
  const members: Member[] = [];
  let at = skip(text, start + 1);
  if (text[at] === '}') return [members, at + 1];
  for (;;) {
    const nameText = match(STRING, text, at);
    at = skip(text, at + nameText.length);
    if (text[at] !== ':') throw new Error(`no JSON at ${at}: ${text}`);
    const { value, end } = valueAt(text, skip(text, at + 1));
    members.push({ name: JSON.parse(nameText), nameText, value });
    at = skip(text, end);
    if (text[at] === '}') return [members, at + 1];
    if (text[at] !== ',') throw new Error(`no JSON at ${at}: ${text}`);
    at = skip(text, at + 1);
  }
}

/** The value at a path: names and indexes from the outside in. Of duplicate names the first counts. */
export function find(members: readonly Member[], steps: readonly (string | number)[]): Json | undefined {
  let found = members.find(({ name }) => name === steps[0])?.value;
  for (const step of steps.slice(1)) {
    const inside = found?.value;
    const list = Array.isArray(inside) ? inside : [];
    const wanted = found?.text.startsWith(typeof step === 'string' ? '{' : '[') === true;
    if (!wanted) return undefined;
    found = typeof step === 'string' ? list.find(({ name }) => name === step)?.value : list[step];
  }
  return found;
}

const NULL: Json = { text: 'null', value: null };

const isNumber = (value: Json['value']): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint';

function rank({ text, value }: Json): number {
  if (value === null) return 0;
  if (typeof value === 'boolean') return value ? 2 : 1;
  if (isNumber(value)) return 3;
  if (typeof value === 'string') return 4;
  return text.startsWith('[') ? 5 : 6;
}

const order = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

const codePoints = (text: string): number[] => [...text].map((character) => character.codePointAt(0)!);

function compareCodePoints(a: string, b: string): number {
  const [x, y] = [codePoints(a), codePoints(b)];
  const at = x.findIndex((point, i) => point !== y[i]);
  return at < 0 ? x.length - y.length : x[at]! - (y[at] ?? -1);
}

/** The order of values (src/json/compare.ts); undefined is null. 0: they are equal. */
export function compareJson(first: Json | undefined, second: Json | undefined): number {
  const a = first ?? NULL;
  const b = second ?? NULL;
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (isNumber(a.value) && isNumber(b.value)) {
    // Past the range of doubles nothing but the spelling is known.
    const infinite = a.value === b.value && !Number.isFinite(Number(a.value));
    return infinite && typeof a.value === 'number' ? order(a.text, b.text) : order(a.value, b.value);
  }
  if (typeof a.value === 'string' && typeof b.value === 'string') return compareCodePoints(a.value, b.value);
  return rank(a) >= 5 ? Buffer.compare(Buffer.from(a.text), Buffer.from(b.text)) : 0;
}

/** The spelling that all equal values share. */
export function canonicalText({ text, value }: Json): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'number' || !Number.isFinite(value)) return text;
  return Number.isInteger(value) ? BigInt(value).toString() : String(value);
}
