import { quotientOf } from '../aggregates/binary.ts';
import { type Binary, decompose, roundRational } from '../aggregates/rational.ts';
import { MAX_INSTANT, MIN_INSTANT } from '../time/instant.ts';
import { atPlace } from './compiling.ts';
import { elementsOf, isList } from './json-value.ts';
import { integerValue, isNumberValue as isNumber, type NumberValue } from './number-value.ts';
import { Duration, EvaluationError, Timestamp, type Value } from './value.ts';
import { shown } from './wording.ts';

/** Whether a number is an integer that is exact: all others are doubles. */
const isExact = (value: NumberValue): boolean => typeof value === 'bigint' || Number.isSafeInteger(value);

function integer(value: bigint, at: number): NumberValue {
  try {
    return integerValue(value);
  } catch (error) {
    throw atPlace(error, at);
  }
}

function double(value: number, at: number): number {
  if (!Number.isFinite(value)) throw new EvaluationError('a number past the range of doubles', at);
  return value;
}

function instant(time: number, at: number): Timestamp {
  if (!(time >= MIN_INSTANT && time <= MAX_INSTANT))
    throw new EvaluationError('a timestamp outside of the years 0000 to 9999', at);
  return new Timestamp(time);
}

function duration(length: number, at: number): Duration {
  if (!Number.isSafeInteger(length))
    throw new EvaluationError('a duration past the range of milliseconds', at);
  return new Duration(length);
}

const mismatch = (operator: string, a: Value, b: Value, at: number): EvaluationError =>
  new EvaluationError(`'${operator}' does not take ${shown(a)} and ${shown(b)}`, at);

/** Numbers, texts, lists, durations, a timestamp and a duration. @throws EvaluationError */
export function add(a: Value, b: Value, at: number): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum) || !Number.isSafeInteger(a) || !Number.isSafeInteger(b))
      return double(sum, at);
    return integer(BigInt(a) + BigInt(b), at);
  }
  if (a === null || b === null) return null;
  if (typeof a === 'string' && typeof b === 'string') return a + b;
  if (isNumber(a) && isNumber(b))
    return isExact(a) && isExact(b) ? integer(BigInt(a) + BigInt(b), at) : double(Number(a) + Number(b), at);
  if (a instanceof Duration) {
    if (b instanceof Duration) return duration(a.length + b.length, at);
    if (b instanceof Timestamp) return instant(b.time + a.length, at);
  }
  if (a instanceof Timestamp && b instanceof Duration) return instant(a.time + b.length, at);
  if (isList(a) && isList(b)) return [...elementsOf(a), ...elementsOf(b)];
  throw mismatch('+', a, b, at);
}

/** Numbers, timestamps, durations. @throws EvaluationError */
export function subtract(a: Value, b: Value, at: number): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference) || !Number.isSafeInteger(a) || !Number.isSafeInteger(b))
      return double(difference, at);
    return integer(BigInt(a) - BigInt(b), at);
  }
  if (a === null || b === null) return null;
  if (isNumber(a) && isNumber(b))
    return isExact(a) && isExact(b) ? integer(BigInt(a) - BigInt(b), at) : double(Number(a) - Number(b), at);
  if (a instanceof Timestamp) {
    if (b instanceof Timestamp) return duration(a.time - b.time, at);
    if (b instanceof Duration) return instant(a.time - b.length, at);
  }
  if (a instanceof Duration && b instanceof Duration) return duration(a.length - b.length, at);
  throw mismatch('-', a, b, at);
}

/** Numbers, or a duration and a number. @throws EvaluationError */
export function multiply(a: Value, b: Value, at: number): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    if (Number.isSafeInteger(product) || !Number.isSafeInteger(a) || !Number.isSafeInteger(b))
      return double(product === 0 ? 0 : product, at);
    return integer(BigInt(a) * BigInt(b), at);
  }
  if (a === null || b === null) return null;
  if (isNumber(a) && isNumber(b))
    return isExact(a) && isExact(b) ? integer(BigInt(a) * BigInt(b), at) : double(Number(a) * Number(b), at);
  if (a instanceof Duration && isNumber(b)) return duration(Math.round(a.length * Number(b)), at);
  if (b instanceof Duration && isNumber(a)) return duration(Math.round(b.length * Number(a)), at);
  throw mismatch('*', a, b, at);
}

const binaryOf = (value: NumberValue): Binary =>
  typeof value === 'bigint' ? { mantissa: value, exponent: 0 } : decompose(value);

/**
 * The double nearest to the quotient; of a duration and a number a duration, of two durations their ratio.
 * @throws EvaluationError
 */
export function divide(a: Value, b: Value, at: number): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    if (b === 0) throw new EvaluationError('division by zero', at);
    const quotient = a / b;
    return double(quotient === 0 ? 0 : quotient, at);
  }
  if (a === null || b === null) return null;
  if (isNumber(a) && isNumber(b)) {
    if (b === 0) throw new EvaluationError('division by zero', at);
    return double(roundRational(quotientOf(binaryOf(a), binaryOf(b))), at);
  }
  if (a instanceof Duration && isNumber(b)) {
    if (b === 0) throw new EvaluationError('division by zero', at);
    return duration(Math.round(a.length / Number(b)), at);
  }
  if (a instanceof Duration && b instanceof Duration) return divide(a.length, b.length, at);
  throw mismatch('/', a, b, at);
}

/** What is left of a division without fraction, with the sign of the dividend. @throws EvaluationError */
export function remainder(a: Value, b: Value, at: number): Value {
  if (a === null || b === null) return null;
  if (!isNumber(a) || !isNumber(b)) throw mismatch('%', a, b, at);
  if (b === 0) throw new EvaluationError('division by zero', at);
  if (typeof a === 'number' && typeof b === 'number') {
    const rest = a % b;
    return rest === 0 ? 0 : rest;
  }
  if (isExact(a) && isExact(b)) return integer(BigInt(a) % BigInt(b), at);
  const rest = Number(a) % Number(b);
  return rest === 0 ? 0 : rest;
}

/** @throws EvaluationError */
export function negate(a: Value, at: number): Value {
  if (a === null) return null;
  if (typeof a === 'number') return 0 - a;
  if (typeof a === 'bigint') return -a;
  if (a instanceof Duration) return new Duration(0 - a.length);
  throw new EvaluationError(`'-' does not take ${shown(a)}`, at);
}
