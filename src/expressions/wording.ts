import { valueText } from './json-value.ts';
import type { Type } from './type.ts';
import type { Value } from './value.ts';

/** A type in words, with its article. */
export function inWords(type: Type): string {
  if (type.kind === 'any') return 'a value';
  if (type.kind === 'null') return 'null';
  if (type.kind === 'number' && type.integer === true) return 'an integer';
  return type.kind === 'object' ? 'an object' : `a ${type.kind}`;
}

/** Characters of a value that a message shows. */
const MAX_LENGTH = 40;

/** A value for a message: its JSON, cut off. */
export function shown(value: Value): string {
  const text = valueText(value);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}
