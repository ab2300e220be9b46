import type { FunctionDefinition } from '../function.ts';
import { type ListValue, type ObjectValue, sizeOf } from '../json-value.ts';
import { INTEGER_TYPE, LIST_OF_ANY, OBJECT_TYPE, STRING_TYPE } from '../type.ts';
import type { Value } from '../value.ts';

const common = { name: 'size', form: 'both', usage: 'x.size()', result: INTEGER_TYPE } as const;

/** Counts of characters (code points), elements and members. */
export const size: readonly FunctionDefinition[] = [
  {
    ...common,
    summary: 'count the characters of a text',
    example: ['"größe".size()', '5'],
    parameters: [STRING_TYPE],
    call: (text: Value) => [...String(text)].length,
  },
  {
    ...common,
    summary: 'count the elements of a list',
    example: ['[1, 2].size()', '2'],
    parameters: [LIST_OF_ANY],
    call: (list: Value) => sizeOf(list as ListValue),
  },
  {
    ...common,
    summary: 'count the members of an object',
    example: ['size({"a": 1})', '1'],
    parameters: [OBJECT_TYPE],
    call: (object: Value) => sizeOf(object as ObjectValue),
  },
];
