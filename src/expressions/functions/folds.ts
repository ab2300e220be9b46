import { decompose, type Rational, roundRational } from '../../aggregates/rational.ts';
import { type FunctionDefinition, FunctionFailure } from '../function.ts';
import { elementsOf, type ListValue } from '../json-value.ts';
import {
  doubleValue,
  integerValue,
  isExactInteger,
  isNumberValue,
  type NumberValue,
} from '../number-value.ts';
import { ANY, LIST_OF_ANY, NUMBER_TYPE } from '../type.ts';
import type { Value } from '../value.ts';
import { compareValues } from '../value-order.ts';
import { typeOf } from '../value-type.ts';
import { elementType } from './lists.ts';

/** All doubles are multiples of 2^LOWEST. */
const LOWEST = -1074;

export const sum: FunctionDefinition = {
  name: 'sum',
  form: 'method',
  usage: 'list.sum()',
  summary: 'add up the numbers; null is passed over, and a list without numbers gives null',
  example: ['[0.1, 0.2, 0.3].sum()', '0.6'],
  parameters: [LIST_OF_ANY],
  result: NUMBER_TYPE,
  call(list: ListValue) {
    const numbers = numbersOf(list);
    if (numbers.length === 0) return null;
    if (numbers.every(isExactInteger)) return integerValue(integerSum(numbers));
    return doubleValue(roundRational(exactSum(numbers)));
  },
};

export const mean: FunctionDefinition = {
  name: 'mean',
  form: 'method',
  usage: 'list.mean()',
  summary: 'take the mean of the numbers; null is passed over, and a list without numbers gives null',
  example: ['[1, 2, null, 6].mean()', '3'],
  parameters: [LIST_OF_ANY],
  result: NUMBER_TYPE,
  call(list: ListValue) {
    const numbers = numbersOf(list);
    if (numbers.length === 0) return null;
    return doubleValue(roundRational({ ...exactSum(numbers), denominator: BigInt(numbers.length) }));
  },
};

export const max: FunctionDefinition = {
  name: 'max',
  form: 'method',
  usage: 'list.max()',
  summary: 'take the largest element, in the order of sort(); null is passed over',
  example: ['[3, 12, 7].max()', '12'],
  parameters: [LIST_OF_ANY],
  result: ANY,
  resultOf: elementType,
  call: (list: ListValue) => extreme(list, 1),
};

export const min: FunctionDefinition = {
  name: 'min',
  form: 'method',
  usage: 'list.min()',
  summary: 'take the smallest element, in the order of sort(); null is passed over',
  example: ['[3, 12, 7].min()', '3'],
  parameters: [LIST_OF_ANY],
  result: ANY,
  resultOf: elementType,
  call: (list: ListValue) => extreme(list, -1),
};

function extreme(list: ListValue, direction: 1 | -1): Value {
  let best: Value = null;
  for (const element of elementsOf(list)) {
    if (element !== null && (best === null || compareValues(element, best) * direction > 0)) best = element;
  }
  return best;
}

function numbersOf(list: ListValue): NumberValue[] {
  const numbers: NumberValue[] = [];
  for (const element of elementsOf(list)) {
    if (isNumberValue(element)) numbers.push(element);
    else if (element !== null)
      throw new FunctionFailure(`numbers are added up, and an element is of type ${typeOf(element)}`);
  }
  return numbers;
}

function integerSum(numbers: readonly NumberValue[]): bigint {
  let safe = 0;
  let large = 0n;
  for (const number of numbers) {
    if (typeof number === 'number' && Number.isSafeInteger(safe + number)) safe += number;
    else large += BigInt(number);
  }
  return large + BigInt(safe);
}

/** The sum without rounding, so that it does not depend on the order. */
function exactSum(numbers: readonly NumberValue[]): Rational {
  let total = 0n;
  for (const number of numbers) {
    const { mantissa, exponent } =
      typeof number === 'bigint' ? { mantissa: number, exponent: 0 } : decompose(number);
    total += mantissa << BigInt(exponent - LOWEST);
  }
  return { numerator: total, denominator: 1n, exponent: LOWEST };
}
