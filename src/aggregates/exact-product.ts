import { readInteger } from '../json/number.ts';
import { BIG_INTEGER, type Numbers } from '../stream/projection.ts';
import type { ExactSums } from './exact-sum.ts';
import { type Binary, decompose } from './rational.ts';

/** 2^27 + 1, which splits a double into halves of 26 bits (Veltkamp). */
const SPLITTER = 134217729;
/** Between these a product's rounding error is a normal double, and nothing of the split overflows. */
const SMALLEST_PRODUCT = 1e-250;
const LARGEST_PRODUCT = 1e290;
/** The largest size of a factor that can be split. */
const LARGEST_FACTOR = 1e290;

/**
 * The rounding error of `product`, which is x * y as a double: x * y is exactly the sum of both (Dekker 1971, as
 * JS has no fma). The factors, and the product if it is not 0, are far from the limits of doubles.
 */
export function productError(x: number, y: number, product: number): number {
  const xScaled = SPLITTER * x;
  const xHigh = xScaled - (xScaled - x);
  const xLow = x - xHigh;
  const yScaled = SPLITTER * y;
  const yHigh = yScaled - (yScaled - y);
  const yLow = y - yHigh;
  return xLow * yLow - (product - xHigh * yHigh - xLow * yHigh - xHigh * yLow);
}

/** Adds the exact product of two doubles to the sum of a slot. */
export function addProduct(sums: ExactSums, slot: number, x: number, y: number): void {
  const product = x * y;
  const size = Math.abs(product);
  if (
    size > SMALLEST_PRODUCT &&
    size < LARGEST_PRODUCT &&
    Math.abs(x) < LARGEST_FACTOR &&
    Math.abs(y) < LARGEST_FACTOR
  ) {
    sums.add(slot, product);
    const error = productError(x, y, product);
    if (error !== 0) sums.add(slot, error);
  } else if (x !== 0 && y !== 0) {
    addBinaryProduct(sums, slot, decompose(x), decompose(y));
  }
}

/** Adds the exact product of the numbers of a row of two columns to the sum of a slot. */
export function addRowProduct(sums: ExactSums, slot: number, a: Numbers, b: Numbers, row: number): void {
  if (a.form[row] !== BIG_INTEGER && b.form[row] !== BIG_INTEGER) {
    addProduct(sums, slot, a.value[row]!, b.value[row]!);
  } else addBinaryProduct(sums, slot, exactNumber(a, row), exactNumber(b, row));
}

function addBinaryProduct(sums: ExactSums, slot: number, a: Binary, b: Binary): void {
  sums.addBinary(slot, a.mantissa * b.mantissa, a.exponent + b.exponent);
}

function exactNumber(numbers: Numbers, row: number): Binary {
  if (numbers.form[row] !== BIG_INTEGER) return decompose(numbers.value[row]!);
  const { start, end } = numbers.source;
  return { mantissa: readInteger(numbers.bytes, start[row]!, end[row]!), exponent: 0 };
}
