import { errorAt, type TidemarkError } from '../errors.ts';
import type { BinaryNode, BinaryOperator, Node } from './node.ts';
import {
  ANY,
  BOOLEAN,
  DURATION_TYPE,
  INTEGER_TYPE,
  NUMBER_TYPE,
  STRING_TYPE,
  TIMESTAMP,
  type Type,
} from './type.ts';
import { isOpen, unified } from './type-relations.ts';
import { inWords } from './wording.ts';

/**
 * The type of a binary operation.
 * @throws TidemarkError `usage` where the operator does not take the types
 */
export function checkBinary(text: string, node: BinaryNode, left: Type, right: Type): Type {
  const { operator } = node;
  switch (operator) {
    case '==':
    case '!=':
      if (comparable(left, right)) return BOOLEAN;
      throw errorAt(
        text,
        node.start,
        `${told(text, node.left, left)} and ${told(text, node.right, right)}: they are never equal`,
        comparisonHint(text, node, left, right),
      );
    case '<':
    case '<=':
    case '>':
    case '>=':
      if (comparable(left, right) && ordered(left) && ordered(right)) return BOOLEAN;
      throw errorAt(
        text,
        node.start,
        `'${operator}' does not compare ${inWords(left)} with ${inWords(right)}`,
        comparisonHint(text, node, left, right),
      );
    case 'in':
      return checkIn(text, node, left, right);
    default: {
      const result = resultOf(operator, left, right);
      if (result !== undefined) return result;
      throw wrongOperands(text, node, left, right);
    }
  }
}

const comparable = (a: Type, b: Type): boolean => isOpen(a) || isOpen(b) || a.kind === b.kind;

const ordered = ({ kind }: Type): boolean => kind !== 'list' && kind !== 'object';

const told = (text: string, { start, end }: Node, type: Type): string =>
  `${text.slice(start, end)} is ${inWords(type)}`;

/** How the two can be compared: a literal without its quotes, or with them, or a conversion. */
function comparisonHint(text: string, { left, right }: BinaryNode, a: Type, b: Type): string | undefined {
  for (const [node, type, other, otherType] of [
    [left, a, right, b],
    [right, b, left, a],
  ] as const) {
    const source = text.slice(node.start, node.end);
    const otherSource = text.slice(other.start, other.end);
    if (node.kind === 'literal' && typeof node.value === 'string') {
      if (otherType.kind === 'number' && node.value.trim() !== '' && !Number.isNaN(Number(node.value)))
        return `write ${node.value} without quotes`;
      if (otherType.kind === 'boolean' && /^(true|false)$/i.test(node.value))
        return `write ${node.value.toLowerCase()} without quotes`;
      if (otherType.kind === 'timestamp') return `write timestamp(${source})`;
      if (otherType.kind === 'duration') return `write duration(${source})`;
    }
    if (node.kind === 'literal' && type.kind === 'number' && otherType.kind === 'string')
      return `write int(${otherSource}), or "${source}" with quotes`;
    if (type.kind === 'string' && otherType.kind === 'timestamp') return `timestamp(${source}) reads it`;
  }
  return undefined;
}

function checkIn(text: string, { left, right }: BinaryNode, item: Type, within: Type): Type {
  if (isOpen(within)) return BOOLEAN;
  const [wanted, there] = [text.slice(left.start, left.end), text.slice(right.start, right.end)];
  if (within.kind === 'string')
    throw errorAt(
      text,
      right.start,
      `'in' looks in lists, and ${there} is a string`,
      `write ${there}.contains(${wanted})`,
    );
  if (within.kind === 'list') {
    if (comparable(item, within.element)) return BOOLEAN;
    const [a, b] = [inWords(item), inWords(within.element)];
    const quotes =
      item.kind === 'number' ? 'write the elements without quotes' : 'write the elements in quotes';
    const literals = [item.kind, within.element.kind].sort().join() === 'number,string';
    throw errorAt(
      text,
      left.start,
      `${wanted} is ${a}, and ${b} is what stands in ${there}`,
      literals ? quotes : undefined,
    );
  }
  if (within.kind !== 'object')
    throw errorAt(
      text,
      right.start,
      `'in' looks in lists, and ${there} is ${inWords(within)}`,
      'write x in [1, 2]',
    );
  if (isOpen(item) || item.kind === 'string') return BOOLEAN;
  throw errorAt(text, left.start, `names of members are strings, and ${wanted} is ${inWords(item)}`);
}

/** The type of what is computed; undefined: the operator does not take the types. */
function resultOf(operator: BinaryOperator, a: Type, b: Type): Type | undefined {
  if (a.kind === 'null' || b.kind === 'null') return a.kind === 'null' ? b : a;
  if (a.kind === 'any' || b.kind === 'any') {
    const known = a.kind === 'any' ? b : a;
    return known.kind === 'any' || KINDS[operator]?.includes(known.kind) === true
      ? resultWithAny(operator, known)
      : undefined;
  }
  if (a.kind === 'number' && b.kind === 'number') {
    const exact = a.integer === true && b.integer === true && operator !== '/';
    return exact ? INTEGER_TYPE : NUMBER_TYPE;
  }
  const kinds = `${a.kind} ${operator} ${b.kind}`;
  if (kinds === 'string + string') return STRING_TYPE;
  if (kinds === 'list + list') return unified(a, b);
  return TIMES[kinds];
}

/** What an operator takes, of whatever side nothing is known. */
const KINDS: Readonly<Partial<Record<BinaryOperator, readonly Type['kind'][]>>> = {
  '+': ['number', 'string', 'list', 'timestamp', 'duration'],
  '-': ['number', 'timestamp', 'duration'],
  '*': ['number', 'duration'],
  '/': ['number', 'duration'],
  '%': ['number'],
};

function resultWithAny(operator: BinaryOperator, known: Type): Type {
  if (operator === '%') return NUMBER_TYPE;
  if (operator !== '+') return ANY;
  // A string and a list go with their own kind only.
  return known.kind === 'string' || known.kind === 'list'
    ? known.kind === 'list'
      ? { kind: 'list', element: ANY }
      : known
    : ANY;
}

const TIMES: Readonly<Record<string, Type>> = {
  'timestamp - timestamp': DURATION_TYPE,
  'timestamp - duration': TIMESTAMP,
  'timestamp + duration': TIMESTAMP,
  'duration + timestamp': TIMESTAMP,
  'duration + duration': DURATION_TYPE,
  'duration - duration': DURATION_TYPE,
  'duration * number': DURATION_TYPE,
  'number * duration': DURATION_TYPE,
  'duration / number': DURATION_TYPE,
  'duration / duration': NUMBER_TYPE,
};

function wrongOperands(text: string, node: BinaryNode, left: Type, right: Type): TidemarkError {
  const { operator } = node;
  const [a, b] = [text.slice(node.left.start, node.left.end), text.slice(node.right.start, node.right.end)];
  const message = `'${operator}' does not take ${inWords(left)} and ${inWords(right)}`;
  return errorAt(text, node.start, message, operandHint(operator, a, b, left, right));
}

function operandHint(
  operator: BinaryOperator,
  a: string,
  b: string,
  left: Type,
  right: Type,
): string | undefined {
  if (operator === '+') {
    if (left.kind === 'string' && right.kind !== 'list') return `write ${a} + string(${b})`;
    if (right.kind === 'string' && left.kind !== 'list') return `write string(${a}) + ${b}`;
    if (left.kind === 'list') return `write ${a} + [${b}]`;
  }
  if (left.kind === 'string' && right.kind === 'number') return `write double(${a}) ${operator} ${b}`;
  if (left.kind === 'number' && right.kind === 'string') return `write ${a} ${operator} double(${b})`;
  if (left.kind === 'timestamp' && right.kind === 'number')
    return 'write duration("5m") for a length of time';
  return undefined;
}
