import { bitLength, rootOf, roundRational } from '../../aggregates/rational.ts';
import { type FunctionDefinition, FunctionFailure } from '../function.ts';
import {
  doubleValue,
  hasNoFraction,
  integerValue,
  isExactInteger,
  type NumberValue,
} from '../number-value.ts';
import { NUMBER_TYPE } from '../type.ts';

export const sqrt: FunctionDefinition = {
  name: 'sqrt',
  form: 'both',
  usage: 'sqrt(X)',
  summary: 'take the square root',
  example: ['sqrt(2.25)', '1.5'],
  parameters: [NUMBER_TYPE],
  result: NUMBER_TYPE,
  sql: 'sqrt',
  call(x: NumberValue) {
    if (x < 0) throw new FunctionFailure('a number below 0 has no square root');
    const root = Math.sqrt(Number(x));
    if (Number.isFinite(root)) return root;
    return doubleValue(roundRational(rootOf({ numerator: BigInt(x), denominator: 1n, exponent: 0 })));
  },
};

export const exp: FunctionDefinition = {
  name: 'exp',
  form: 'both',
  usage: 'exp(X)',
  summary: 'raise e to the power X',
  example: ['exp(0)', '1'],
  parameters: [NUMBER_TYPE],
  result: NUMBER_TYPE,
  sql: 'exp',
  call: (x: NumberValue) => doubleValue(Math.exp(Number(x))),
};

export const ln: FunctionDefinition = {
  name: 'ln',
  form: 'both',
  usage: 'ln(X)',
  summary: 'take the natural logarithm',
  example: ['ln(1)', '0'],
  parameters: [NUMBER_TYPE],
  result: NUMBER_TYPE,
  sql: 'ln',
  call: (x: NumberValue) => logarithm(x, Math.log, (large) => log10Of(large) * Math.LN10),
};

export const log10: FunctionDefinition = {
  name: 'log10',
  form: 'both',
  usage: 'log10(X)',
  summary: 'take the logarithm to the base 10',
  example: ['log10(1000)', '3'],
  parameters: [NUMBER_TYPE],
  result: NUMBER_TYPE,
  sql: 'log10',
  call: (x: NumberValue) => logarithm(x, Math.log10, log10Of),
};

export const log2: FunctionDefinition = {
  name: 'log2',
  form: 'both',
  usage: 'log2(X)',
  summary: 'take the logarithm to the base 2',
  example: ['log2(4096)', '12'],
  parameters: [NUMBER_TYPE],
  result: NUMBER_TYPE,
  sql: 'log2',
  call: (x: NumberValue) => logarithm(x, Math.log2, log2Of),
};

/** @param ofLarge for an integer past the range of doubles */
function logarithm(x: NumberValue, log: (x: number) => number, ofLarge: (x: bigint) => number): number {
  if (x <= 0) throw new FunctionFailure('only numbers above 0 have a logarithm');
  const double = Number(x);
  return doubleValue(Number.isFinite(double) ? log(double) : ofLarge(BigInt(x)));
}

/** By the first 64 bits, and the number of the others. */
function log2Of(x: bigint): number {
  const rest = bitLength(x) - 64;
  return Math.log2(Number(x >> BigInt(rest))) + rest;
}

/** By the first 18 digits, and the number of the others. */
function log10Of(x: bigint): number {
  const digits = x.toString();
  return Math.log10(Number(`${digits[0]}.${digits.slice(1, 18)}`)) + digits.length - 1;
}

export const pow: FunctionDefinition = {
  name: 'pow',
  form: 'both',
  usage: 'pow(X, Y)',
  summary: 'raise X to the power Y: exactly for integers, where Y is not below 0',
  example: ['pow(2, 64)', '18446744073709551616'],
  parameters: [NUMBER_TYPE, NUMBER_TYPE],
  result: NUMBER_TYPE,
  call(x: NumberValue, y: NumberValue) {
    if (isExactInteger(x) && isExactInteger(y) && y >= 0) return integerPower(BigInt(x), BigInt(y));
    const base = Number(x);
    if (base === 0 && y < 0) throw new FunctionFailure('0 has no power below 0');
    if (base < 0 && !hasNoFraction(y))
      throw new FunctionFailure('a number below 0 has no power that is no integer');
    return doubleValue(base ** Number(y));
  },
};

/** Most bits of a result: those of 1,000 digits, and some. */
const MAX_BITS = 3400;

function integerPower(x: bigint, y: bigint): NumberValue {
  if (x === 0n || x === 1n) return y === 0n ? 1 : Number(x);
  if (x === -1n) return y % 2n === 0n ? 1 : -1;
  const bits = BigInt(bitLength(x < 0n ? -x : x) - 1) * y;
  if (bits > MAX_BITS) throw new FunctionFailure('an integer of more than 1000 digits');
  return integerValue(x ** y);
}
