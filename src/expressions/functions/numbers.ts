import { type FunctionDefinition, FunctionFailure } from '../function.ts';
import {
  compareNumberValues,
  doubleValue,
  integerValue,
  isExactInteger,
  type NumberValue,
} from '../number-value.ts';
import { INTEGER_TYPE, NUMBER_TYPE, type Type } from '../type.ts';

/** Integers where all arguments are. */
const integerIfAll = (types: readonly Type[]): Type =>
  types.every((type) => type.kind === 'number' && type.integer === true) ? INTEGER_TYPE : NUMBER_TYPE;

export const abs: FunctionDefinition = {
  name: 'abs',
  form: 'both',
  usage: 'abs(X)',
  summary: 'leave out the sign',
  example: ['abs(-9007199254740993)', '9007199254740993'],
  parameters: [NUMBER_TYPE],
  result: NUMBER_TYPE,
  resultOf: integerIfAll,
  sql: 'abs',
  call: (x: NumberValue) => (x < 0 ? -x : x),
};

export const sign: FunctionDefinition = {
  name: 'sign',
  form: 'both',
  usage: 'sign(X)',
  summary: '-1 below 0, 0 for 0, and 1 above',
  example: ['sign(-2.5)', '-1'],
  parameters: [NUMBER_TYPE],
  result: INTEGER_TYPE,
  sql: 'sign',
  call: (x: NumberValue) => (x < 0 ? -1 : x > 0 ? 1 : 0),
};

export const ceil: FunctionDefinition = {
  name: 'ceil',
  form: 'both',
  usage: 'ceil(X)',
  summary: 'round up to an integer',
  example: ['ceil(1.2)', '2'],
  parameters: [NUMBER_TYPE],
  result: INTEGER_TYPE,
  sql: 'ceil',
  call: (x: NumberValue) => (typeof x === 'bigint' ? x : doubleValue(Math.ceil(x))),
};

export const floor: FunctionDefinition = {
  name: 'floor',
  form: 'both',
  usage: 'floor(X)',
  summary: 'round down to an integer',
  example: ['floor(-1.2)', '-2'],
  parameters: [NUMBER_TYPE],
  result: INTEGER_TYPE,
  sql: 'floor',
  call: (x: NumberValue) => (typeof x === 'bigint' ? x : Math.floor(x)),
};

export const trunc: FunctionDefinition = {
  name: 'trunc',
  form: 'both',
  usage: 'trunc(X)',
  summary: 'leave out the fraction',
  example: ['trunc(-1.8)', '-1'],
  parameters: [NUMBER_TYPE],
  result: INTEGER_TYPE,
  sql: 'trunc',
  call: (x: NumberValue) => (typeof x === 'bigint' ? x : doubleValue(Math.trunc(x))),
};

export const div: FunctionDefinition = {
  name: 'div',
  form: 'call',
  usage: 'div(X, Y)',
  summary: 'divide, and leave out the fraction: exactly for integers of any size',
  example: ['div(-7, 2)', '-3'],
  parameters: [NUMBER_TYPE, NUMBER_TYPE],
  result: INTEGER_TYPE,
  call(x: NumberValue, y: NumberValue) {
    // biome-ignore lint/suspicious/noDoubleEquals: 0 may be a bigint as well
    if (y == 0) throw new FunctionFailure('division by zero');
    if (Number.isSafeInteger(x) && Number.isSafeInteger(y))
      return doubleValue(Math.trunc((x as number) / (y as number)));
    if (isExactInteger(x) && isExactInteger(y)) return integerValue(BigInt(x) / BigInt(y));
    return doubleValue(Math.trunc(Number(x) / Number(y)));
  },
};

export const greatest: FunctionDefinition = {
  name: 'greatest',
  form: 'call',
  usage: 'greatest(X, Y, …)',
  summary: 'take the largest of two or more numbers',
  example: ['greatest(3, 12, 7.5)', '12'],
  parameters: [NUMBER_TYPE, NUMBER_TYPE],
  variadic: true,
  result: NUMBER_TYPE,
  resultOf: integerIfAll,
  call: (...values: NumberValue[]) =>
    values.reduce((best, value) => (compareNumberValues(value, best) > 0 ? value : best)),
};

export const least: FunctionDefinition = {
  name: 'least',
  form: 'call',
  usage: 'least(X, Y, …)',
  summary: 'take the smallest of two or more numbers',
  example: ['least(3, 12, 7.5)', '3'],
  parameters: [NUMBER_TYPE, NUMBER_TYPE],
  variadic: true,
  result: NUMBER_TYPE,
  resultOf: integerIfAll,
  call: (...values: NumberValue[]) =>
    values.reduce((best, value) => (compareNumberValues(value, best) < 0 ? value : best)),
};
