import { ABSENT, FALSE, NULL, TRUE } from '../stream/projection.ts';
import { order } from './comparison.ts';
import { compileFieldComparison } from './compile-comparison.ts';
import { compileQuantifier } from './compile-macro.ts';
import { compileMembership, compileTextTest } from './compile-text.ts';
import { atPlace, type Compiling, type Compute, type Decide } from './compiling.ts';
import { FAILED, IS_FALSE, IS_NULL, IS_TRUE } from './condition.ts';
import type { Frame } from './frame.ts';
import { elementsOf, isList, isObject, membersOf } from './json-value.ts';
import type { BinaryNode, BinaryOperator, FieldNode, Node } from './node.ts';
import { EvaluationError, type Value } from './value.ts';
import { equalValues } from './value-order.ts';
import { shown } from './wording.ts';

/** Makes a closure that decides a node whose value is true, false or null. */
export function compileDecision(node: Node, over: Compiling): Decide {
  const { frame } = over;
  switch (node.kind) {
    case 'logic':
      return node.operator === '&&' ? conjunction(node, over) : disjunction(node, over);
    case 'not': {
      const operand = over.decision(node.operand);
      return (row) => NEGATED[operand(row)]!;
    }
    case 'has':
      return compileHas(node.operand, over);
    case 'field':
      return compileFlag(node, over);
    case 'binary':
      return compileBinary(node, over) ?? decision(over.value(node), node.start, frame);
    case 'macro':
      if (node.macro !== 'map' && node.macro !== 'filter') return compileQuantifier(node, over);
      break;
    case 'call': {
      const called = decision(over.value(node), node.start, frame);
      return compileTextTest(node, over, called) ?? called;
    }
  }
  return decision(over.value(node), node.start, frame);
}

const NEGATED = Uint8Array.of(IS_TRUE, IS_FALSE, IS_NULL, FAILED);

/** A value that has to be true, false or null. */
function decision(compute: Compute, at: number, frame: Frame): Decide {
  return (row) => {
    try {
      const value = compute(row);
      if (value === true) return IS_TRUE;
      if (value === false) return IS_FALSE;
      if (value === null) return IS_NULL;
      frame.failure = new EvaluationError(`${shown(value)} is neither true nor false`, at);
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      frame.failure = error;
    }
    return FAILED;
  };
}

/** False decides whatever the other side is, an error too; an error goes before null. */
function conjunction(node: Node & { kind: 'logic' }, over: Compiling): Decide {
  const left = over.decision(node.left);
  const right = over.decision(node.right);
  const { frame } = over;
  return (row) => {
    const first = left(row);
    if (first === IS_FALSE) return IS_FALSE;
    if (first === IS_TRUE) return right(row);
    const { failure } = frame;
    const second = right(row);
    if (second === IS_FALSE) return IS_FALSE;
    if (first !== FAILED) return second === FAILED ? FAILED : IS_NULL;
    frame.failure = failure;
    return FAILED;
  };
}

/** True decides whatever the other side is, an error too; an error goes before null. */
function disjunction(node: Node & { kind: 'logic' }, over: Compiling): Decide {
  const left = over.decision(node.left);
  const right = over.decision(node.right);
  const { frame } = over;
  return (row) => {
    const first = left(row);
    if (first === IS_TRUE) return IS_TRUE;
    if (first === IS_FALSE) return right(row);
    const { failure } = frame;
    const second = right(row);
    if (second === IS_TRUE) return IS_TRUE;
    if (first !== FAILED) return second === FAILED ? FAILED : IS_NULL;
    frame.failure = failure;
    return FAILED;
  };
}

/** A field that is itself the condition. */
function compileFlag(node: FieldNode, over: Compiling): Decide {
  const { frame } = over;
  const { type, start, end } = frame.column(over.column(node));
  const at = node.start;
  return (row) => {
    const kind = type[row]!;
    if (kind === TRUE) return IS_TRUE;
    if (kind === FALSE) return IS_FALSE;
    if (kind === ABSENT || kind === NULL) return IS_NULL;
    const text = frame.bytes.toString('utf8', start[row]!, Math.min(end[row]!, start[row]! + 40));
    frame.failure = new EvaluationError(`${text} is neither true nor false`, at);
    return FAILED;
  };
}

function compileHas(operand: Node, over: Compiling): Decide {
  const { frame } = over;
  if (operand.kind === 'field') {
    const { type } = frame.column(over.column(operand));
    return (row) => (type[row] === ABSENT ? IS_FALSE : IS_TRUE);
  }
  if (operand.kind === 'bound' && frame.members.has(operand.name)) return () => IS_TRUE;
  if (operand.kind !== 'member' && operand.kind !== 'index') {
    const value = over.value(operand);
    return decision((row) => value(row) !== null, operand.start, frame);
  }
  const object = over.value(operand.object);
  const index = operand.kind === 'index' ? over.value(operand.index) : undefined;
  const at = operand.start;
  return decision(
    (row) => {
      const of = object(row);
      const key = index === undefined ? (operand as { name: string }).name : index(row);
      try {
        if (typeof key === 'string') return isObject(of) && membersOf(of).has(key);
        return typeof key === 'number' && isList(of) && key in elementsOf(of);
      } catch (error) {
        throw atPlace(error, at);
      }
    },
    at,
    frame,
  );
}

/** Comparisons and `in`; undefined: it is neither. */
function compileBinary(node: BinaryNode, over: Compiling): Decide | undefined {
  const { operator, start } = node;
  const { frame } = over;
  if (operator === 'in')
    return compileMembership(node, over) ?? decision(compileIn(node, over), start, frame);
  const compare = COMPARISONS[operator];
  if (compare === undefined) return undefined;
  const direct = compileFieldComparison(node, over);
  if (direct !== undefined) return direct;
  const left = over.value(node.left);
  const right = over.value(node.right);
  if ((operator === '==' || operator === '!=') && (isNull(node.left) || isNull(node.right))) {
    const asked = isNull(node.left) ? right : left;
    return decision((row) => (asked(row) === null) === (operator === '=='), start, frame);
  }
  return decision(
    (row) => {
      const a = left(row);
      const b = right(row);
      return a === null || b === null ? null : compare(a, b, start);
    },
    start,
    frame,
  );
}

const isNull = (node: Node): boolean => node.kind === 'literal' && node.value === null;

function same(a: Value, b: Value, at: number): boolean {
  try {
    return equalValues(a, b);
  } catch (error) {
    throw atPlace(error, at);
  }
}

const COMPARISONS: Readonly<Partial<Record<BinaryOperator, (a: Value, b: Value, at: number) => boolean>>> = {
  '==': same,
  '!=': (a, b, at) => !same(a, b, at),
  '<': (a, b, at) => order(a, b, at) < 0,
  '<=': (a, b, at) => order(a, b, at) <= 0,
  '>': (a, b, at) => order(a, b, at) > 0,
  '>=': (a, b, at) => order(a, b, at) >= 0,
};

/** `x in list`, `name in object`. */
function compileIn(node: BinaryNode, over: Compiling): Compute {
  const wanted = over.value(node.left);
  const literals = literalSet(node.right);
  if (literals !== undefined) {
    return (row) => {
      const value = wanted(row);
      return value === null ? null : literals.has(value);
    };
  }
  const within = over.value(node.right);
  const at = node.start;
  return (row) => {
    const value = wanted(row);
    const collection = within(row);
    if (value === null || collection === null) return null;
    try {
      if (isList(collection)) return elementsOf(collection).some((each) => equalValues(value, each));
      if (isObject(collection)) return typeof value === 'string' && membersOf(collection).has(value);
    } catch (error) {
      throw atPlace(error, at);
    }
    throw new EvaluationError(`${shown(collection)} is no list and no object to look in`, at);
  };
}

/** The elements of a list of literals whose equality is that of a set; undefined: it is none. */
function literalSet(node: Node): ReadonlySet<Value> | undefined {
  if (node.kind !== 'list') return undefined;
  const values = new Set<Value>();
  for (const each of node.elements) {
    if (each.kind !== 'literal') return undefined;
    const { value } = each;
    if (typeof value === 'bigint' || (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER))
      return undefined;
    values.add(value);
  }
  return values;
}
