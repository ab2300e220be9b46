import { Buffer } from 'node:buffer';
import { failure, skipSpace, valueEnd } from '../../json/scan.ts';
import { type FunctionDefinition, FunctionFailure } from '../function.ts';
import { quoted, readValue, valueText } from '../json-value.ts';
import { doubleValue, integerValue, type NumberValue } from '../number-value.ts';
import { ANY, BOOLEAN, INTEGER_TYPE, NUMBER_TYPE, STRING_TYPE } from '../type.ts';
import type { Value } from '../value.ts';
import { typeOf } from '../value-type.ts';
import { textOf } from './text-of.ts';

/** Digits of an integer, or of a number's text, that is read. */
const MAX_LENGTH = 1000;

export const intOfNumber: FunctionDefinition = {
  name: 'int',
  form: 'call',
  usage: 'int(X)',
  summary: 'make an exact integer of a number, without its fraction',
  example: ['int(-2.9)', '-2'],
  parameters: [NUMBER_TYPE],
  result: INTEGER_TYPE,
  call: (x: NumberValue) =>
    typeof x === 'bigint' || Number.isSafeInteger(x) ? x : integerValue(BigInt(Math.trunc(x as number))),
};

export const intOfText: FunctionDefinition = {
  name: 'int',
  form: 'call',
  usage: 'int(TEXT)',
  summary: 'read an integer: decimal digits, with a sign or none',
  example: ['int("18446744073709551616")', '18446744073709551616'],
  parameters: [STRING_TYPE],
  result: INTEGER_TYPE,
  call(text: string) {
    if (text.length > MAX_LENGTH || !/^[-+]?[0-9]+$/.test(text))
      throw new FunctionFailure(`${quoted(text)} is no integer`);
    return integerValue(BigInt(text.replace('+', '')));
  },
};

export const doubleOfNumber: FunctionDefinition = {
  name: 'double',
  form: 'call',
  usage: 'double(X)',
  summary: 'take the double that is next to a number',
  example: ['double(9007199254740993)', '9007199254740992'],
  parameters: [NUMBER_TYPE],
  result: NUMBER_TYPE,
  call: (x: NumberValue) => doubleValue(Number(x)),
};

export const doubleOfText: FunctionDefinition = {
  name: 'double',
  form: 'call',
  usage: 'double(TEXT)',
  summary: 'read a number: as in JSON, also with a plus sign, leading zeros, or nothing before the point',
  example: ['double("+.5")', '0.5'],
  parameters: [STRING_TYPE],
  result: NUMBER_TYPE,
  call(text: string) {
    if (!/^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$/.test(text))
      throw new FunctionFailure(`${quoted(text)} is no number`);
    return doubleValue(Number(text));
  },
};

export const string: FunctionDefinition = {
  name: 'string',
  form: 'call',
  usage: 'string(X)',
  summary: 'write a value as a text: numbers, times, lists and objects as JSON has them',
  example: ['string(1.50)', '"1.5"'],
  parameters: [ANY],
  result: STRING_TYPE,
  call: (value: Value) => textOf(value),
};

export const boolOfText: FunctionDefinition = {
  name: 'bool',
  form: 'call',
  usage: 'bool(TEXT)',
  summary: 'read true (true, True, TRUE, t, 1) or false (false, False, FALSE, f, 0)',
  example: ['bool("True")', 'true'],
  parameters: [STRING_TYPE],
  result: BOOLEAN,
  call(text: string) {
    if (/^(?:true|True|TRUE|t|1)$/.test(text)) return true;
    if (/^(?:false|False|FALSE|f|0)$/.test(text)) return false;
    throw new FunctionFailure(`${quoted(text)} is neither true nor false`);
  },
};

export const boolOfBoolean: FunctionDefinition = {
  name: 'bool',
  form: 'call',
  usage: 'bool(X)',
  summary: 'leave true and false as they are',
  example: ['bool(1 < 2)', 'true'],
  parameters: [BOOLEAN],
  result: BOOLEAN,
  call: (value: boolean) => value,
};

export const type: FunctionDefinition = {
  name: 'type',
  form: 'call',
  usage: 'type(X)',
  summary:
    'name the kind of a value: null, boolean, integer, number, string, timestamp, duration, list, object',
  example: ['type(1.5)', '"number"'],
  parameters: [ANY],
  result: STRING_TYPE,
  takesNull: true,
  call: typeOf,
};

export const toJson: FunctionDefinition = {
  name: 'to_json',
  form: 'call',
  usage: 'to_json(X)',
  summary: 'write a value as JSON; what the event has stays as it is spelled',
  example: ['to_json(["a", 1])', '"[\\"a\\",1]"'],
  parameters: [ANY],
  result: STRING_TYPE,
  takesNull: true,
  call: valueText,
};

export const parseJson: FunctionDefinition = {
  name: 'parse_json',
  form: 'call',
  usage: 'parse_json(TEXT)',
  summary: 'read JSON that stands in a text',
  example: ['parse_json("{\\"a\\": [1, 2]}").a[1]', '2'],
  parameters: [STRING_TYPE],
  result: ANY,
  call(text: string) {
    const bytes = Buffer.from(text);
    const start = skipSpace(bytes, 0, bytes.length);
    const end = valueEnd(bytes, start, bytes.length);
    if (end < 0) throw new FunctionFailure(`${quoted(text)} is no JSON: ${failure.reason}`);
    if (skipSpace(bytes, end, bytes.length) < bytes.length)
      throw new FunctionFailure(`${quoted(text)} is no JSON: something stands behind the value`);
    return readValue(bytes, start, end);
  },
};
