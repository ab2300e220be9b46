import { compareCodePoints } from '../json/string.ts';
import { elementsOf, isListSpan, membersOf } from './json-value.ts';
import { Duration, EvaluationError, JsonSpan, Timestamp, type Value } from './value.ts';
import { shown } from './value-type.ts';

/**
 * Whether two values are the same: numbers by value, lists by their elements, objects by their members in any order.
 * Values of different types are not; null is equal to null.
 * @throws FunctionFailure for a number in a list or an object that is past the range of doubles
 */
export function equals(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  if (typeof a !== 'object' || typeof b !== 'object') {
    // Of what is no safe integer a bigint and a double may have the same value.
    return typeof a !== typeof b && isNumeric(a) && isNumeric(b) && !(a! < b!) && !(a! > b!);
  }
  if (a instanceof Timestamp) return b instanceof Timestamp && a.time === b.time;
  if (a instanceof Duration) return b instanceof Duration && a.length === b.length;
  if (a instanceof JsonSpan && b instanceof JsonSpan) {
    if (isListSpan(a) !== isListSpan(b)) return false;
    if (a.bytes.compare(b.bytes, b.start, b.end, a.start, a.end) === 0) return true;
  }
  const elements = elementsOf(a);
  if (elements !== undefined) {
    const others = elementsOf(b);
    return others?.length === elements.length && elements.every((each, i) => equals(each, others[i]!));
  }
  const members = membersOf(a);
  const others = membersOf(b);
  if (members?.size !== others?.size || members === undefined || others === undefined) return false;
  for (const [name, value] of members) {
    const other = others.get(name);
    if (other === undefined || !equals(value, other)) return false;
  }
  return true;
}

const isNumeric = (value: Value): boolean => typeof value === 'number' || typeof value === 'bigint';

/**
 * The order of two values of one type that are not null: false before true, numbers by value, texts by code point, earlier
 * before later, shorter before longer.
 * @returns negative, 0 or positive
 * @throws EvaluationError for lists, objects and values of different types
 */
export function order(a: Value, b: Value, at: number): number {
  if (isNumeric(a) && isNumeric(b)) return a! < b! ? -1 : a! > b! ? 1 : 0;
  if (typeof a === 'string' && typeof b === 'string') return compareCodePoints(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof Timestamp && b instanceof Timestamp) return a.time - b.time;
  if (a instanceof Duration && b instanceof Duration) return a.length - b.length;
  throw new EvaluationError(`${shown(a)} and ${shown(b)} have no order`, at);
}
