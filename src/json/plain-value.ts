import { TidemarkError } from '../errors.ts';

/** A run of digits in which an integer past 2^53 may stand. */
const MANY_DIGITS = /[0-9]{16}/;
/** Strings, names with their colons, and numbers, of a JSON text. */
const TOKENS = /"(?:[^"\\]|\\.)*"(?:[ \t\r\n]*:)?|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/g;
const INTEGER = /^-?[0-9]+$/;
/** What stands before a string that is an integer, or begins like one, while `JSON.parse` is at work. */
const BIG = '\u0000n';
const TEXT = '\u0000s';

/**
 * A valid JSON text as a plain value of JavaScript. Integers past 2^53 - 1 in size are bigints, which are exact; all
 * other numbers are numbers.
 */
export function parsePlain(text: string): unknown {
  return MANY_DIGITS.test(text) ? parseExactly(text) : JSON.parse(text);
}

/** JSON.parse rounds integers, and tells no reviver how they were spelled: they go through it as strings. */
function parseExactly(text: string): unknown {
  let any = false;
  const marked = text.replace(TOKENS, (token) => {
    if (token.endsWith(':')) return token;
    // In JSON the NUL of our own marks can only be an escape.
    if (token.startsWith('"\\u0000')) return `"${JSON.stringify(TEXT).slice(1, -1)}${token.slice(1)}`;
    if (token.length < 16 || !INTEGER.test(token) || Number.isSafeInteger(Number(token))) return token;
    any = true;
    return `"${JSON.stringify(BIG).slice(1, -1)}${token}"`;
  });
  if (!any) return JSON.parse(text);
  return JSON.parse(marked, (_name, value: unknown) => {
    if (typeof value !== 'string' || value.charCodeAt(0) !== 0) return value;
    if (value.startsWith(BIG)) return BigInt(value.slice(BIG.length));
    return value.startsWith(TEXT) ? value.slice(TEXT.length) : value;
  });
}

/** Levels that a value may be nested in: one that holds itself has no end. */
const DEEPEST = 1000;

/**
 * The JSON text of a plain value: as JSON.stringify writes it, with bigints as integers. What JSON has no spelling for is
 * refused, where JSON.stringify would write null, {} or nothing.
 * @throws TidemarkError `failed` that says what cannot be written, and of which member
 */
export function plainText(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return textOf(value, '', 0);
}

/**
 * The text of a plain value from which `parsePlain` reads an equal one: a number past 2^53 is written with an exponent, so
 * that it is no bigint, and an infinite one past the range of doubles.
 * @throws TidemarkError `failed` as `plainText`, but for infinite numbers
 */
export const keptText = (value: unknown): string => textOf(value, '', 0, true);

function textOf(value: unknown, place: string, depth: number, kept = false): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      if (kept) return keptNumber(value, place);
      if (!Number.isFinite(value)) throw unwritable(String(value), place);
      // Not -0, which is 0 in JSON too, and nothing else.
      return String(value);
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'object':
      return value === null ? 'null' : objectText(value, place, depth, kept);
    default:
      throw unwritable(typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`, place);
  }
}

function keptNumber(value: number, place: string): string {
  if (Number.isNaN(value)) throw unwritable('NaN', place);
  if (!Number.isFinite(value)) return value > 0 ? '1e999' : '-1e999';
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : String(value);
}

function objectText(value: object, place: string, depth: number, kept: boolean): string {
  if (depth === DEEPEST) throw unwritable('what is nested too deeply, or holds itself,', place);
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') return textOf(toJSON.call(value, ''), place, depth + 1, kept);
  if (Array.isArray(value)) {
    const texts = value.map((element, i) =>
      element === undefined ? 'null' : textOf(element, `${place}[${i}]`, depth + 1, kept),
    );
    return `[${texts.join(',')}]`;
  }
  if (value instanceof Map || value instanceof Set || value instanceof Promise)
    throw unwritable(`a ${value.constructor.name}`, place);
  let text = '';
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const inner = textOf(member, place === '' ? name : `${place}.${name}`, depth + 1, kept);
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${inner}`;
  }
  return `{${text}}`;
}

function unwritable(what: string, place: string): TidemarkError {
  const where = place === '' ? '' : `${place.replace(/^\./, '')} is `;
  return new TidemarkError('failed', `${where}${what}${where === '' ? ' is' : ', which is'} no JSON`);
}
