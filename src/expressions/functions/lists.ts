import { clampedIndex } from '../code-points.ts';
import { type FunctionDefinition, FunctionFailure } from '../function.ts';
import { elementsOf, isList, type ListValue, membersOf, type ObjectValue } from '../json-value.ts';
import type { NumberValue } from '../number-value.ts';
import {
  ANY,
  BOOLEAN,
  INTEGER_TYPE,
  LIST_OF_ANY,
  listOf,
  OBJECT_TYPE,
  STRING_TYPE,
  type Type,
} from '../type.ts';
import type { Value } from '../value.ts';
import { compareValues, equalValues } from '../value-order.ts';
import { textOf } from './text-of.ts';

/** Elements that `range` makes at most: what one event may ask for. */
const LONGEST_RANGE = 1_000_000;

/** The type of a list, as that of the first argument. */
const sameList = ([list]: readonly Type[]): Type => (list?.kind === 'list' ? list : LIST_OF_ANY);

export const elementType = ([list]: readonly Type[]): Type => (list?.kind === 'list' ? list.element : ANY);

export const first: FunctionDefinition = {
  name: 'first',
  form: 'method',
  usage: 'list.first()',
  summary: 'take the first element; null where there is none',
  example: ['"a b c".split(" ").first()', '"a"'],
  parameters: [LIST_OF_ANY],
  result: ANY,
  resultOf: elementType,
  call: (list: ListValue) => elementsOf(list)[0] ?? null,
};

export const last: FunctionDefinition = {
  name: 'last',
  form: 'method',
  usage: 'list.last()',
  summary: 'take the last element; null where there is none',
  example: ['"/api/users".split("/").last()', '"users"'],
  parameters: [LIST_OF_ANY],
  result: ANY,
  resultOf: elementType,
  call: (list: ListValue) => elementsOf(list).at(-1) ?? null,
};

export const slice: FunctionDefinition = {
  name: 'slice',
  form: 'both',
  usage: 'list.slice(FROM[, TO])',
  summary: 'take the elements from FROM up to, and without, TO',
  example: ['[1, 2, 3, 4].slice(1, -1)', '[2,3]'],
  parameters: [LIST_OF_ANY, INTEGER_TYPE, INTEGER_TYPE],
  optional: 1,
  result: LIST_OF_ANY,
  resultOf: sameList,
  call(list: ListValue, from: NumberValue, to?: NumberValue) {
    const elements = elementsOf(list);
    const end = to === undefined ? elements.length : clampedIndex(to, elements.length);
    return elements.slice(clampedIndex(from, elements.length), end);
  },
};

export const reverseList: FunctionDefinition = {
  name: 'reverse',
  form: 'both',
  usage: 'list.reverse()',
  summary: 'put the elements into the opposite order',
  example: ['[1, 2, 3].reverse()', '[3,2,1]'],
  parameters: [LIST_OF_ANY],
  result: LIST_OF_ANY,
  resultOf: sameList,
  call: (list: ListValue) => elementsOf(list).toReversed(),
};

export const sort: FunctionDefinition = {
  name: 'sort',
  form: 'both',
  usage: 'list.sort()',
  summary:
    'put the elements in order: null, false, true, numbers, strings by code point, times, lists, objects',
  example: ['[10, 9, "a", null].sort()', '[null,9,10,"a"]'],
  parameters: [LIST_OF_ANY],
  result: LIST_OF_ANY,
  resultOf: sameList,
  call: (list: ListValue) => elementsOf(list).toSorted((a, b) => compareValues(a, b)),
};

export const distinct: FunctionDefinition = {
  name: 'distinct',
  form: 'method',
  usage: 'list.distinct()',
  summary: 'leave out elements that are equal to one before them',
  example: ['[1, 2, 1.0, 3].distinct()', '[1,2,3]'],
  parameters: [LIST_OF_ANY],
  result: LIST_OF_ANY,
  resultOf: sameList,
  call(list: ListValue) {
    const elements = elementsOf(list);
    // Equal elements are neighbours once sorted, the first of the list before the others.
    const order = elements
      .map((_, i) => i)
      .sort((i, j) => compareValues(elements[i]!, elements[j]!) || i - j);
    const kept = order.filter((i, k) => k === 0 || !equalValues(elements[order[k - 1]!]!, elements[i]!));
    return kept.sort((i, j) => i - j).map((i) => elements[i]!);
  },
};

export const flatten: FunctionDefinition = {
  name: 'flatten',
  form: 'both',
  usage: 'list.flatten()',
  summary: 'put the elements of lists in the list in their place, one level deep',
  example: ['[1, [2, [3]], 4].flatten()', '[1,2,[3],4]'],
  parameters: [LIST_OF_ANY],
  result: LIST_OF_ANY,
  call: (list: ListValue) =>
    elementsOf(list).flatMap((element) => (isList(element) ? elementsOf(element) : [element])),
};

export const range: FunctionDefinition = {
  name: 'range',
  form: 'call',
  usage: 'range([FROM, ]TO)',
  summary: 'list the integers from FROM, or 0, up to, and without, TO: 1,000,000 at most',
  example: ['range(4)', '[0,1,2,3]'],
  parameters: [INTEGER_TYPE, INTEGER_TYPE],
  optional: 1,
  result: listOf(INTEGER_TYPE),
  call(a: NumberValue, b?: NumberValue) {
    const [from, to] = b === undefined ? [0, Number(a)] : [Number(a), Number(b)];
    if (!Number.isSafeInteger(from) || to - from > LONGEST_RANGE)
      throw new FunctionFailure(`a range of more than ${LONGEST_RANGE} integers, or past 2^53`);
    return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
  },
};

export const containsElement: FunctionDefinition = {
  name: 'contains',
  form: 'both',
  usage: 'list.contains(VALUE)',
  summary: 'whether an element is equal to VALUE',
  example: ['[1, 2].contains(2)', 'true'],
  parameters: [LIST_OF_ANY, ANY],
  result: BOOLEAN,
  takesNull: true,
  call: (list: ListValue | null, value: Value) =>
    list === null ? null : elementsOf(list).some((element) => equalValues(element, value)),
};

export const indexOfElement: FunctionDefinition = {
  name: 'indexOf',
  form: 'both',
  usage: 'list.indexOf(VALUE)',
  summary: 'count the elements before the first that is equal to VALUE; -1 where there is none',
  example: ['["a", "b"].indexOf("b")', '1'],
  parameters: [LIST_OF_ANY, ANY],
  result: INTEGER_TYPE,
  takesNull: true,
  call: (list: ListValue | null, value: Value) =>
    list === null ? null : elementsOf(list).findIndex((element) => equalValues(element, value)),
};

export const join: FunctionDefinition = {
  name: 'join',
  form: 'both',
  usage: 'list.join([SEPARATOR])',
  summary: 'make a text of the elements, as string() writes them; null is left out',
  example: ['["a", 1, null].join("-")', '"a-1"'],
  parameters: [LIST_OF_ANY, STRING_TYPE],
  optional: 1,
  result: STRING_TYPE,
  call: (list: ListValue, separator: string = '') =>
    elementsOf(list)
      .filter((element) => element !== null)
      .map(textOf)
      .join(separator),
};

export const keys: FunctionDefinition = {
  name: 'keys',
  form: 'both',
  usage: 'object.keys()',
  summary: 'list the names of the members, in their order',
  example: ['{"b": 1, "a": 2}.keys()', '["b","a"]'],
  parameters: [OBJECT_TYPE],
  result: listOf(STRING_TYPE),
  call: (object: ObjectValue) => [...membersOf(object).keys()],
};

export const values: FunctionDefinition = {
  name: 'values',
  form: 'both',
  usage: 'object.values()',
  summary: 'list the values of the members, in their order',
  example: ['{"b": 1, "a": 2}.values()', '[1,2]'],
  parameters: [OBJECT_TYPE],
  result: LIST_OF_ANY,
  call: (object: ObjectValue) => [...membersOf(object).values()],
};
