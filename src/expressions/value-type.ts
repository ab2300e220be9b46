import { isList, isObject } from './json-value.ts';
import { hasNoFraction, isNumberValue } from './number-value.ts';
import type { Type } from './type.ts';
import { Duration, Timestamp, type Value } from './value.ts';

/** Whether a value is of a type; null is of `null` and `any` only. Elements of lists are not looked at. */
export function isOfType(value: Value, type: Type): boolean {
  switch (type.kind) {
    case 'any':
      return true;
    case 'null':
      return value === null;
    case 'boolean':
    case 'string':
      return typeof value === type.kind;
    case 'number':
      return type.integer === true ? hasNoFraction(value) : isNumberValue(value);
    case 'timestamp':
      return value instanceof Timestamp;
    case 'duration':
      return value instanceof Duration;
    case 'list':
      return isList(value);
    case 'object':
      return isObject(value);
  }
}

const isInteger = (value: Value): boolean => typeof value === 'bigint' || Number.isSafeInteger(value);

/** What kind of value it is, as `type()` and messages name it: `integer` or `number` for numbers. */
export function typeOf(value: Value): string {
  if (value === null) return 'null';
  if (typeof value === 'string' || typeof value === 'boolean') return typeof value;
  if (isInteger(value)) return 'integer';
  if (typeof value === 'number') return 'number';
  if (value instanceof Timestamp) return 'timestamp';
  if (value instanceof Duration) return 'duration';
  return isList(value) ? 'list' : isObject(value) ? 'object' : 'any';
}
