import { compareTexts } from '../json/string.ts';
import { compareNumberValues, isNumberValue } from './number-value.ts';
import { Duration, EvaluationError, Timestamp, type Value } from './value.ts';
import { shown } from './wording.ts';

/**
 * The order of two values of one type that are not null: false before true, numbers by value, texts by code point, earlier
 * before later, shorter before longer.
 * @returns negative, 0 or positive
 * @throws EvaluationError for lists, objects and values of different types
 */
export function order(a: Value, b: Value, at: number): number {
  if (isNumberValue(a) && isNumberValue(b)) return compareNumberValues(a, b);
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof Timestamp && b instanceof Timestamp) return a.time - b.time;
  if (a instanceof Duration && b instanceof Duration) return a.length - b.length;
  throw new EvaluationError(`${shown(a)} and ${shown(b)} have no order`, at);
}
