import { unescape } from '../json/string.ts';
import { ABSENT, NULL, NUMBER, STRING } from '../stream/projection.ts';
import { add, divide, multiply, negate, remainder, subtract } from './arithmetic.ts';
import { compileCall } from './compile-call.ts';
import { compileMacro } from './compile-macro.ts';
import { compileMetadata } from './compile-metadata.ts';
import { atPlace, type Compiling, type Compute } from './compiling.ts';
import { FAILED, IS_FALSE, IS_NULL, IS_TRUE } from './condition.ts';
import type { Frame } from './frame.ts';
import { elementsOf, isList, isObject, membersOf, readNumber, readValue } from './json-value.ts';
import type { BinaryNode, BinaryOperator, FieldNode, Node } from './node.ts';
import { hasNoFraction } from './number-value.ts';
import { EvaluationError, type Value } from './value.ts';
import { shown } from './wording.ts';

/** Makes a closure that computes a node's value. */
export function compileValue(node: Node, over: Compiling): Compute {
  const { frame } = over;
  switch (node.kind) {
    case 'literal': {
      const { value } = node;
      return () => value;
    }
    case 'field':
      return compileField(node, over);
    case 'variable': {
      const { variables } = frame;
      const { slot } = node;
      return () => variables[slot]!;
    }
    case 'bound': {
      const { name } = node;
      return (row) => frame.bound!(name, frame.batch!, row);
    }
    case 'metadata':
      return compileMetadata(node.name, node.start, frame);
    case 'member': {
      const object = over.value(node.object);
      const { name, start } = node;
      return (row) => memberOf(object(row), name, start);
    }
    case 'index': {
      const object = over.value(node.object);
      const index = over.value(node.index);
      const { start } = node;
      return (row) => indexed(object(row), index(row), start);
    }
    case 'list': {
      const elements = node.elements.map((each) => over.value(each));
      return (row) => elements.map((each) => each(row));
    }
    case 'object':
      return compileObject(node.entries, over);
    case 'conditional': {
      const condition = over.decision(node.condition);
      const then = over.value(node.consequent);
      const otherwise = over.value(node.alternative);
      return (row) => {
        const decided = condition(row);
        if (decided === IS_TRUE) return then(row);
        if (decided === IS_FALSE) return otherwise(row);
        if (decided === FAILED) throw frame.failure;
        return null;
      };
    }
    case 'negate': {
      const operand = over.value(node.operand);
      const { start } = node;
      return (row) => negate(operand(row), start);
    }
    case 'binary': {
      const arithmetic = ARITHMETIC[node.operator];
      return arithmetic === undefined ? decided(node, over) : compileArithmetic(node, arithmetic, over);
    }
    case 'call':
      return compileCall(node, over);
    case 'macro':
      return node.macro === 'map' || node.macro === 'filter' ? compileMacro(node, over) : decided(node, over);
    case 'logic':
    case 'not':
    case 'has':
      return decided(node, over);
  }
}

const ARITHMETIC: Readonly<Partial<Record<BinaryOperator, (a: Value, b: Value, at: number) => Value>>> = {
  '+': add,
  '-': subtract,
  '*': multiply,
  '/': divide,
  '%': remainder,
};

function compileArithmetic(
  node: BinaryNode,
  operate: (a: Value, b: Value, at: number) => Value,
  over: Compiling,
): Compute {
  const left = over.value(node.left);
  const right = over.value(node.right);
  const { start } = node;
  return (row) => operate(left(row), right(row), start);
}

/** What is decided, as a value. */
function decided(node: Node, over: Compiling): Compute {
  const decide = over.decision(node);
  const { frame } = over;
  return (row) => {
    const result = decide(row);
    if (result === FAILED) throw frame.failure;
    return result === IS_NULL ? null : result === IS_TRUE;
  };
}

function compileField(node: FieldNode, over: Compiling): Compute {
  const { frame } = over;
  const { type, start, end } = frame.column(over.column(node));
  const at = node.start;
  return (row) => {
    const kind = type[row]!;
    if (kind === ABSENT || kind === NULL) return null;
    const from = start[row]!;
    if (kind === STRING) return unescape(frame.bytes, from + 1, end[row]! - 1);
    if (kind === NUMBER) return placedNumber(frame, from, end[row]!, at);
    return readValue(frame.bytes, from, end[row]!);
  };
}

function placedNumber(frame: Frame, from: number, to: number, at: number): Value {
  try {
    return readNumber(frame.bytes, from, to);
  } catch (error) {
    throw atPlace(error, at);
  }
}

/** What stands in a list or an object; null where there is nothing. */
function indexed(object: Value, index: Value, at: number): Value {
  if (object === null || index === null) return null;
  if (typeof index === 'string') return memberOf(object, index, at);
  if (!hasNoFraction(index))
    throw new EvaluationError(`${shown(index)} is no index of a list and no name of a member`, at);
  try {
    return isList(object) ? (elementsOf(object)[Number(index)] ?? null) : null;
  } catch (error) {
    throw atPlace(error, at);
  }
}

function memberOf(object: Value, name: string, at: number): Value {
  try {
    return isObject(object) ? (membersOf(object).get(name) ?? null) : null;
  } catch (error) {
    throw atPlace(error, at);
  }
}

function compileObject(entries: readonly (readonly [Node, Node])[], over: Compiling): Compute {
  const compiled = entries.map(([name, value]) => [over.value(name), over.value(value), name.start] as const);
  return (row) => {
    const members = new Map<string, Value>();
    for (const [name, value, at] of compiled) {
      const key = name(row);
      if (typeof key !== 'string') throw new EvaluationError(`${shown(key)} is no name of a member`, at);
      members.set(key, value(row));
    }
    return members;
  };
}
