import { type FunctionDefinition, FunctionFailure } from '../function.ts';
import { integerValue, type NumberValue } from '../number-value.ts';
import { INTEGER_TYPE } from '../type.ts';

/** Places that a shift to the left may go: those of 1,000 digits. */
const MAX_SHIFT = 3400;

const whole = (x: NumberValue): bigint => BigInt(x);
const parameters = [INTEGER_TYPE, INTEGER_TYPE];

export const bitAnd: FunctionDefinition = {
  name: 'bitAnd',
  form: 'call',
  usage: 'bitAnd(X, Y)',
  summary: "keep the bits that are set in both; integers are in two's complement, of any length",
  example: ['bitAnd(12, 10)', '8'],
  parameters,
  result: INTEGER_TYPE,
  call: (x: NumberValue, y: NumberValue) => integerValue(whole(x) & whole(y)),
};

export const bitOr: FunctionDefinition = {
  name: 'bitOr',
  form: 'call',
  usage: 'bitOr(X, Y)',
  summary: 'set the bits that are set in one or both',
  example: ['bitOr(12, 10)', '14'],
  parameters,
  result: INTEGER_TYPE,
  call: (x: NumberValue, y: NumberValue) => integerValue(whole(x) | whole(y)),
};

export const bitXor: FunctionDefinition = {
  name: 'bitXor',
  form: 'call',
  usage: 'bitXor(X, Y)',
  summary: 'set the bits that are set in one only',
  example: ['bitXor(12, 10)', '6'],
  parameters,
  result: INTEGER_TYPE,
  call: (x: NumberValue, y: NumberValue) => integerValue(whole(x) ^ whole(y)),
};

export const bitShift: FunctionDefinition = {
  name: 'bitShift',
  form: 'call',
  usage: 'bitShift(X, PLACES)',
  summary: 'shift to the left, or to the right where PLACES is below 0; the sign stays',
  example: ['bitShift(1, 40)', '1099511627776'],
  parameters,
  result: INTEGER_TYPE,
  call(x: NumberValue, places: NumberValue) {
    if (places > MAX_SHIFT) throw new FunctionFailure(`a shift by more than ${MAX_SHIFT} places`);
    const count = places < -MAX_SHIFT ? -MAX_SHIFT : Number(places);
    return integerValue(count < 0 ? whole(x) >> BigInt(-count) : whole(x) << BigInt(count));
  },
};
