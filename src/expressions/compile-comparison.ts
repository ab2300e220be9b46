import { Buffer } from 'node:buffer';
import { compareStrings } from '../json/string.ts';
import { ABSENT, BIG_INTEGER, FALSE, NO_NUMBER, NULL, NUMBER, STRING, TRUE } from '../stream/projection.ts';
import type { Compiling, Decide } from './compiling.ts';
import { IS_FALSE, IS_NULL, IS_TRUE } from './condition.ts';
import { FunctionFailure } from './function.ts';
import { readNumber, readValue } from './json-value.ts';
import type { BinaryNode, BinaryOperator, FieldNode } from './node.ts';
import { isText } from './text-test.ts';
import { shown } from './wording.ts';

const MIRRORED: Readonly<Partial<Record<BinaryOperator, BinaryOperator>>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/**
 * A comparison of a field with a literal, over the field's bytes and numbers, so that no value is made; undefined: it is
 * none, or one that is left to values.
 */
export function compileFieldComparison(node: BinaryNode, over: Compiling): Decide | undefined {
  const { left, right } = node;
  const [field, literal, operator] =
    left.kind === 'field' ? [left, right, node.operator] : [right, left, MIRRORED[node.operator]!];
  if (field.kind !== 'field' || literal.kind !== 'literal') return undefined;
  const { value } = literal;
  switch (typeof value) {
    case 'number':
      return withNumber(field, operator, value, over);
    case 'string':
      return withText(field, operator, value, over);
    case 'boolean':
      return withBoolean(field, operator, value, over);
    case 'bigint':
      return undefined;
  }
  return value === null && (operator === '==' || operator === '!=')
    ? withNull(field, operator, over)
    : undefined;
}

function withNull(field: FieldNode, operator: BinaryOperator, { frame, column }: Compiling): Decide {
  const { type } = frame.column(column(field));
  const [ifNull, otherwise] = operator === '==' ? [IS_TRUE, IS_FALSE] : [IS_FALSE, IS_TRUE];
  return (row) => (type[row]! <= NULL ? ifNull : otherwise);
}

function withBoolean(
  field: FieldNode,
  operator: BinaryOperator,
  value: boolean,
  { frame, column }: Compiling,
): Decide | undefined {
  if (operator !== '==' && operator !== '!=') return undefined;
  const { type } = frame.column(column(field));
  const wanted = value ? TRUE : FALSE;
  const [ifSame, otherwise] = operator === '==' ? [IS_TRUE, IS_FALSE] : [IS_FALSE, IS_TRUE];
  return (row) => {
    const kind = type[row]!;
    return kind <= NULL ? IS_NULL : kind === wanted ? ifSame : otherwise;
  };
}

function withNumber(
  field: FieldNode,
  operator: BinaryOperator,
  literal: number,
  { frame, column }: Compiling,
): Decide {
  const { form, value, source } = frame.numbers(column(field));
  const equality = operator === '==' || operator === '!=';
  const test = NUMBER_TESTS[operator]!;
  /** What is rare: null, other types, integers past 2^53. */
  const otherwise = (row: number): number => {
    if (form[row] === NO_NUMBER) return IS_NULL;
    const [from, to] = [source.start[row]!, source.end[row]!];
    try {
      if (form[row] === BIG_INTEGER)
        return test(order(readNumber(frame.bytes, from, to), literal), 0) ? IS_TRUE : IS_FALSE;
      if (source.type[row] === NUMBER) readNumber(frame.bytes, from, to);
    } catch (error) {
      if (!(error instanceof FunctionFailure)) throw error;
      return frame.fail(error.reason, field.start);
    }
    if (equality) return operator === '==' ? IS_FALSE : IS_TRUE;
    const other = shown(readValue(frame.bytes, from, to));
    return frame.fail(`${other} and ${literal} have no order`, field.start);
  };
  const plain = (row: number): boolean => form[row] === 1 || form[row] === 2;
  // Six closures and not one with a test in it: a closure that always does the same is inlined.
  switch (operator) {
    case '==':
      return (row) => (plain(row) ? (value[row] === literal ? IS_TRUE : IS_FALSE) : otherwise(row));
    case '!=':
      return (row) => (plain(row) ? (value[row] !== literal ? IS_TRUE : IS_FALSE) : otherwise(row));
    case '<':
      return (row) => (plain(row) ? (value[row]! < literal ? IS_TRUE : IS_FALSE) : otherwise(row));
    case '<=':
      return (row) => (plain(row) ? (value[row]! <= literal ? IS_TRUE : IS_FALSE) : otherwise(row));
    case '>':
      return (row) => (plain(row) ? (value[row]! > literal ? IS_TRUE : IS_FALSE) : otherwise(row));
    default:
      return (row) => (plain(row) ? (value[row]! >= literal ? IS_TRUE : IS_FALSE) : otherwise(row));
  }
}

const order = (a: number | bigint, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

/** On the order of two values and 0. */
const NUMBER_TESTS: Readonly<Partial<Record<BinaryOperator, (order: number, zero: number) => boolean>>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function withText(
  field: FieldNode,
  operator: BinaryOperator,
  text: string,
  { frame, column }: Compiling,
): Decide {
  const { type, start, end } = frame.column(column(field));
  if (operator === '==' || operator === '!=') {
    const same = isText(text);
    const [ifSame, otherwise] = operator === '==' ? [IS_TRUE, IS_FALSE] : [IS_FALSE, IS_TRUE];
    return (row) => {
      const kind = type[row]!;
      if (kind === STRING) return same(frame.bytes, start[row]! + 1, end[row]! - 1) ? ifSame : otherwise;
      if (kind === ABSENT || kind === NULL) return IS_NULL;
      if (kind === NUMBER) return frame.checkNumber(start[row]!, end[row]!, field.start) ?? otherwise;
      return otherwise;
    };
  }
  const json = Buffer.from(JSON.stringify(text));
  const test = NUMBER_TESTS[operator]!;
  return (row) => {
    const kind = type[row]!;
    const [from, to] = [start[row]!, end[row]!];
    if (kind === STRING)
      return test(compareStrings(frame.bytes, from, to, json, 0, json.length), 0) ? IS_TRUE : IS_FALSE;
    if (kind === ABSENT || kind === NULL) return IS_NULL;
    if (kind === NUMBER) {
      const wrong = frame.checkNumber(from, to, field.start);
      if (wrong !== undefined) return wrong;
    }
    const other = shown(readValue(frame.bytes, from, to));
    return frame.fail(`${other} and ${shown(text)} have no order`, field.start);
  };
}
