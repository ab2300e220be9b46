import { compareTexts } from '../json/string.ts';
import { FunctionFailure } from './function.ts';
import { elementsOf, isList, isObject, type ListValue, membersOf, type ObjectValue } from './json-value.ts';
import { compareNumberValues, isNumberValue, type NumberValue } from './number-value.ts';
import { Duration, JsonSpan, Timestamp, type Value } from './value.ts';

/**
 * Whether two values are equal: numbers by value, exactly; lists element by element; objects by their members, in
 * whatever order these stand. Values of different kinds are not equal, and null is equal to null.
 * @throws FunctionFailure for values that are nested in more than 500 others
 */
export function equalValues(a: Value, b: Value, depth = 0): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  if (typeof a !== 'object' || typeof b !== 'object') {
    // biome-ignore lint/suspicious/noDoubleEquals: a bigint and a double that is as large are one number
    return isNumberValue(a) && isNumberValue(b) && a == b;
  }
  if (a instanceof JsonSpan && b instanceof JsonSpan && sameBytes(a, b)) return true;
  refuseDepth(depth);
  if (isList(a)) return isList(b) && equalLists(elementsOf(a), elementsOf(b), depth + 1);
  if (isObject(a)) return isObject(b) && equalObjects(membersOf(a), membersOf(b), depth + 1);
  if (a instanceof Timestamp) return b instanceof Timestamp && a.time === b.time;
  return a instanceof Duration && b instanceof Duration && a.length === b.length;
}

/**
 * The order of all values: null, false, true, numbers by value, strings by code point (as json/compare.ts has it for the
 * members of events), timestamps, durations, lists element by element, objects by their members in the order of their
 * names. 0 where they are equal.
 * @throws FunctionFailure for values that are nested in more than 500 others
 */
export function compareValues(a: Value, b: Value, depth = 0): number {
  const rank = rankOf(a);
  const difference = rank - rankOf(b);
  if (difference !== 0) return difference;
  refuseDepth(depth);
  switch (rank) {
    case RANK.number:
      return compareNumberValues(a as NumberValue, b as NumberValue);
    case RANK.string:
      return compareTexts(a as string, b as string);
    case RANK.timestamp:
      return (a as Timestamp).time - (b as Timestamp).time;
    case RANK.duration:
      return (a as Duration).length - (b as Duration).length;
    case RANK.list:
      return compareLists(elementsOf(a as ListValue), elementsOf(b as ListValue), depth + 1);
    case RANK.object:
      return compareObjects(membersOf(a as ObjectValue), membersOf(b as ObjectValue), depth + 1);
    default:
      return 0;
  }
}

/** Each level is read again by the one above it, and takes a frame of the stack. */
function refuseDepth(depth: number): void {
  if (depth > MAX_DEPTH) throw new FunctionFailure(`values nested deeper than ${MAX_DEPTH} are not compared`);
}

const MAX_DEPTH = 500;

const RANK = { number: 3, string: 4, timestamp: 5, duration: 6, list: 7, object: 8 } as const;

function rankOf(value: Value): number {
  if (value === null) return 0;
  if (typeof value === 'boolean') return value ? 2 : 1;
  if (isNumberValue(value)) return RANK.number;
  if (typeof value === 'string') return RANK.string;
  if (value instanceof Timestamp) return RANK.timestamp;
  if (value instanceof Duration) return RANK.duration;
  return isList(value) ? RANK.list : RANK.object;
}

const sameBytes = (a: JsonSpan, b: JsonSpan): boolean =>
  a.end - a.start === b.end - b.start && a.bytes.compare(b.bytes, b.start, b.end, a.start, a.end) === 0;

const equalLists = (a: readonly Value[], b: readonly Value[], depth: number): boolean =>
  a.length === b.length && a.every((element, i) => equalValues(element, b[i]!, depth));

function equalObjects(a: ReadonlyMap<string, Value>, b: ReadonlyMap<string, Value>, depth: number): boolean {
  if (a.size !== b.size) return false;
  for (const [name, value] of a) {
    const other = b.get(name);
    if (other === undefined || !equalValues(value, other, depth)) return false;
  }
  return true;
}

function compareLists(a: readonly Value[], b: readonly Value[], depth: number): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const order = compareValues(a[i]!, b[i]!, depth);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareObjects(a: ReadonlyMap<string, Value>, b: ReadonlyMap<string, Value>, depth: number): number {
  const names = [...a.keys()].sort(compareTexts);
  const others = [...b.keys()].sort(compareTexts);
  for (let i = 0; i < names.length && i < others.length; i++) {
    const order =
      compareTexts(names[i]!, others[i]!) || compareValues(a.get(names[i]!)!, b.get(others[i]!)!, depth);
    if (order !== 0) return order;
  }
  return names.length - others.length;
}
