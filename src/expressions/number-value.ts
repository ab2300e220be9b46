import { FunctionFailure } from './function.ts';

/** Digits of the largest integer that is computed; one of the event has no more either (json/number.ts). */
const MAX_DIGITS = 1000;
const LIMIT = 10n ** BigInt(MAX_DIGITS);

/** A number of expressions (value.ts). */
export type NumberValue = number | bigint;

export const isNumberValue = (value: unknown): value is NumberValue =>
  typeof value === 'number' || typeof value === 'bigint';

/** Whether a number has no fraction; a double past 2^53 has none. */
export const hasNoFraction = (value: unknown): value is NumberValue =>
  typeof value === 'bigint' || Number.isInteger(value);

/** Whether a number is an exact integer, and no double that happens to have no fraction because it is so large. */
export const isExactInteger = (value: unknown): value is NumberValue =>
  typeof value === 'bigint' || Number.isSafeInteger(value);

/**
 * The value of an exact integer: a number where that is safe, else the bigint.
 * @throws FunctionFailure where it has more than 1,000 digits
 */
export function integerValue(integer: bigint): NumberValue {
  const number = Number(integer);
  if (Number.isSafeInteger(number)) return number;
  if (integer >= LIMIT || integer <= -LIMIT)
    throw new FunctionFailure(`an integer of more than ${MAX_DIGITS} digits`);
  return integer;
}

/**
 * The value of a double that was computed; -0 is 0.
 * @throws FunctionFailure for what is not finite
 */
export function doubleValue(double: number): number {
  if (Number.isFinite(double)) return double === 0 ? 0 : double;
  throw new FunctionFailure(
    Number.isNaN(double) ? 'the result is no number' : 'the result is past the range of numbers',
  );
}

/** Orders by value, exactly: JavaScript compares a bigint and a double without rounding either. */
export const compareNumberValues = (a: NumberValue, b: NumberValue): number => (a < b ? -1 : a > b ? 1 : 0);
