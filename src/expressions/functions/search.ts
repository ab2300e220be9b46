import { clampedIndex, codePointsBefore, indexOfCodePoint, lengthInCodePoints } from '../code-points.ts';
import type { FunctionDefinition } from '../function.ts';
import { type ListValue, type ObjectValue, sizeOf } from '../json-value.ts';
import type { NumberValue } from '../number-value.ts';
import { BOOLEAN, INTEGER_TYPE, LIST_OF_ANY, OBJECT_TYPE, STRING_TYPE } from '../type.ts';

export const sizeOfText: FunctionDefinition = {
  name: 'size',
  form: 'both',
  usage: 'text.size()',
  summary: 'count the code points',
  example: ['"a😀".size()', '2'],
  parameters: [STRING_TYPE],
  result: INTEGER_TYPE,
  sql: 'length',
  call: lengthInCodePoints,
};

export const sizeOfList: FunctionDefinition = {
  name: 'size',
  form: 'both',
  usage: 'list.size()',
  summary: 'count the elements',
  example: ['size([1, 2, 3])', '3'],
  parameters: [LIST_OF_ANY],
  result: INTEGER_TYPE,
  sql: 'len',
  call: (list: ListValue) => sizeOf(list),
};

export const sizeOfObject: FunctionDefinition = {
  name: 'size',
  form: 'both',
  usage: 'object.size()',
  summary: 'count the members',
  example: ['{"a": 1, "b": 2}.size()', '2'],
  parameters: [OBJECT_TYPE],
  result: INTEGER_TYPE,
  call: (object: ObjectValue) => sizeOf(object),
};

export const containsText: FunctionDefinition = {
  name: 'contains',
  form: 'both',
  usage: 'text.contains(PART)',
  summary: 'whether PART stands in the text',
  example: ['"/api/users".contains("user")', 'true'],
  parameters: [STRING_TYPE, STRING_TYPE],
  result: BOOLEAN,
  sql: 'contains',
  call: (text: string, part: string) => text.includes(part),
};

export const startsWith: FunctionDefinition = {
  name: 'startsWith',
  form: 'both',
  usage: 'text.startsWith(PART)',
  summary: 'whether the text begins with PART',
  example: ['"/api/users".startsWith("/api/")', 'true'],
  parameters: [STRING_TYPE, STRING_TYPE],
  result: BOOLEAN,
  sql: 'starts_with',
  call: (text: string, part: string) => text.startsWith(part),
};

export const endsWith: FunctionDefinition = {
  name: 'endsWith',
  form: 'both',
  usage: 'text.endsWith(PART)',
  summary: 'whether the text ends with PART',
  example: ['"logo.png".endsWith(".png")', 'true'],
  parameters: [STRING_TYPE, STRING_TYPE],
  result: BOOLEAN,
  sql: 'ends_with',
  call: (text: string, part: string) => text.endsWith(part),
};

export const indexOfText: FunctionDefinition = {
  name: 'indexOf',
  form: 'both',
  usage: 'text.indexOf(PART[, FROM])',
  summary: 'count the code points before the first PART, looked for from FROM on; -1 where there is none',
  example: ['"a😀b".indexOf("b")', '2'],
  parameters: [STRING_TYPE, STRING_TYPE, INTEGER_TYPE],
  optional: 1,
  result: INTEGER_TYPE,
  call(text: string, part: string, from: NumberValue = 0) {
    const start = clampedIndex(from, lengthInCodePoints(text));
    const at = text.indexOf(part, indexOfCodePoint(text, start));
    return at < 0 ? -1 : codePointsBefore(text, at);
  },
};

export const lastIndexOfText: FunctionDefinition = {
  name: 'lastIndexOf',
  form: 'both',
  usage: 'text.lastIndexOf(PART[, FROM])',
  summary: 'count the code points before the last PART that begins at FROM or before; -1 where there is none',
  example: ['"a.tar.gz".lastIndexOf(".")', '5'],
  parameters: [STRING_TYPE, STRING_TYPE, INTEGER_TYPE],
  optional: 1,
  result: INTEGER_TYPE,
  call(text: string, part: string, from?: NumberValue) {
    const length = lengthInCodePoints(text);
    const start = from === undefined ? length : clampedIndex(from, length);
    const at = text.lastIndexOf(part, indexOfCodePoint(text, start));
    return at < 0 ? -1 : codePointsBefore(text, at);
  },
};
