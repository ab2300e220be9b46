import { ByteWriter } from '../json/byte-writer.ts';
import { isListSpan, writeValue } from './json-value.ts';
import type { Type } from './type.ts';
import { Duration, JsonSpan, Timestamp, type Value } from './value.ts';

/** The kind of type that a value has. */
export function kindOf(value: Value): Exclude<Type['kind'], 'any'> {
  switch (typeof value) {
    case 'boolean':
    case 'string':
      return typeof value as 'boolean' | 'string';
    case 'number':
    case 'bigint':
      return 'number';
  }
  if (value === null) return 'null';
  if (value instanceof JsonSpan) return isListSpan(value) ? 'list' : 'object';
  if (value instanceof Timestamp) return 'timestamp';
  if (value instanceof Duration) return 'duration';
  return value instanceof Map ? 'object' : 'list';
}

/** Whether a value that is not null may stand where a type is wanted. */
export function fits(value: Value, type: Type): boolean {
  if (type.kind === 'any') return true;
  if (kindOf(value) !== type.kind) return false;
  return (
    type.kind !== 'number' || type.integer !== true || typeof value === 'bigint' || Number.isInteger(value)
  );
}

/** A type in words, with its article. */
export function inWords(type: Type): string {
  if (type.kind === 'any') return 'a value';
  if (type.kind === 'null') return 'null';
  if (type.kind === 'number' && type.integer === true) return 'an integer';
  return type.kind === 'object' ? 'an object' : `a ${type.kind}`;
}

const MAX_LENGTH = 40;

/** A value for a message: its JSON, cut off. */
export function shown(value: Value): string {
  const out = new ByteWriter(64);
  writeValue(out, value);
  const text = out.toString();
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}
