import { type ASTNode, parse } from '@marcbachmann/cel-js';
import { fromDouble, nearestDouble, over, whole } from './fraction.ts';
import { type Json, type Member, parseJson } from './json.ts';

// Expressions over plain values, by a walk over the library's own tree: what the compiled ones are held to. Without
// functions but size, contains, startsWith and endsWith.

/** Integers are bigint, all other numbers doubles; an object is a Map. */
export type Plain = null | boolean | bigint | number | string | readonly Plain[] | Map<string, Plain>;

/** What an event is rejected for. */
export class Rejected extends Error {}

const LIMIT = 10n ** 1000n;

/** A number in its one form: of what is integral, up to 2^53, bigint and double are the same. */
function plain(value: bigint | number): bigint | number {
  if (typeof value === 'bigint') {
    if (value >= LIMIT || value <= -LIMIT) throw new Rejected('too many digits');
    return value;
  }
  if (!Number.isFinite(value)) throw new Rejected('past the range');
  return Number.isSafeInteger(value) ? BigInt(value) : value;
}

const isNumber = (value: Plain): value is bigint | number =>
  typeof value === 'bigint' || typeof value === 'number';
const isObject = (value: Plain): value is Map<string, Plain> => value instanceof Map;
const isList = (value: Plain): value is readonly Plain[] => Array.isArray(value);

/** A value of an event. @throws Rejected for a number past the range of doubles */
function plainOf({ value, text }: Json): Plain {
  if (typeof value === 'bigint' || typeof value === 'number') return plain(value);
  if (value === null || typeof value !== 'object') return value;
  if (text.startsWith('[')) return (value as readonly Json[]).map(plainOf);
  const members = new Map<string, Plain>();
  for (const { name, value: of } of value as readonly Member[])
    if (!members.has(name)) members.set(name, plainOf(of));
  return members;
}

/** The value of an expression over an event. @throws Rejected */
export function evaluate(text: string, event: string): Plain {
  const members = new Map<string, Json>();
  for (const { name, value } of parseJson(event).value as readonly Member[])
    if (!members.has(name)) members.set(name, value);
  return valueOf(parse(text).ast, { members, variables: new Map() });
}

interface Scope {
  /** Read when they are used: one past the range of numbers harms only who computes with it. */
  readonly members: ReadonlyMap<string, Json>;
  readonly variables: ReadonlyMap<string, Plain>;
}

function valueOf(node: ASTNode, scope: Scope): Plain {
  switch (node.op) {
    case 'value': {
      const value = node.args;
      return isNumber(value as Plain) ? plain(value as bigint | number) : (value as Plain);
    }
    case 'id':
      return named(node.args, scope);
    case '.': {
      const object = valueOf(node.args[0], scope);
      return isObject(object) ? (object.get(node.args[1]) ?? null) : null;
    }
    case '[]': {
      const [object, index] = node.args.map((each) => valueOf(each, scope)) as [Plain, Plain];
      if (object === null || index === null) return null;
      if (typeof index === 'string') return isObject(object) ? (object.get(index) ?? null) : null;
      if (!isNumber(index) || (typeof index === 'number' && !Number.isInteger(index)))
        throw new Rejected('no index');
      return isList(object) ? (object[Number(index)] ?? null) : null;
    }
    case 'list':
      return node.args.map((each) => valueOf(each, scope));
    case 'map':
      return new Map(node.args.map(([name, value]) => [nameOf(valueOf(name, scope)), valueOf(value, scope)]));
    case '?:': {
      const condition = truth(valueOf(node.args[0], scope));
      return condition === null ? null : valueOf(node.args[condition ? 1 : 2], scope);
    }
    case '!_': {
      const operand = truth(valueOf(node.args, scope));
      return operand === null ? null : !operand;
    }
    case '-_': {
      const operand = valueOf(node.args, scope);
      if (operand === null) return null;
      if (!isNumber(operand)) throw new Rejected('no number');
      return plain(typeof operand === 'bigint' ? -operand : -operand);
    }
    case '&&':
      return decide(node.args, false, scope);
    case '||':
      return decide(node.args, true, scope);
    case 'call':
      if (node.args[0] === 'has') return has(node.args[1][0]!, scope);
      return call(
        node.args[0],
        node.args[1].map((each) => valueOf(each, scope)),
      );
    case 'rcall': {
      const [name, on, args] = node.args;
      if (['all', 'exists', 'exists_one', 'filter', 'map'].includes(name))
        return macro(name, on, args, scope);
      return call(
        name,
        [on, ...args].map((each) => valueOf(each, scope)),
      );
    }
    case '.?':
    case '[?]':
      throw new Error(`no ${node.op}`);
    default: {
      if (isNull(node.args[0]) || isNull(node.args[1])) {
        const other = valueOf(node.args[isNull(node.args[0]) ? 1 : 0], scope);
        if (node.op === '==') return other === null;
        if (node.op === '!=') return other !== null;
      }
      const [a, b] = node.args.map((each) => valueOf(each, scope)) as [Plain, Plain];
      return a === null || b === null ? null : binary(node.op, a, b);
    }
  }
}

function named(name: string, { variables, members }: Scope): Plain {
  if (variables.has(name)) return variables.get(name)!;
  const member = members.get(name);
  return member === undefined ? null : plainOf(member);
}

const isNull = (node: ASTNode): boolean => node.op === 'value' && node.args === null;

function nameOf(value: Plain): string {
  if (typeof value !== 'string') throw new Rejected('no name');
  return value;
}

function truth(value: Plain): boolean | null {
  if (value !== null && typeof value !== 'boolean') throw new Rejected('no condition');
  return value;
}

/** A side that is `deciding` decides; then an error counts, then null. */
function decide(sides: readonly ASTNode[], deciding: boolean, scope: Scope): boolean | null {
  return settle(
    sides.map((side) => () => truth(valueOf(side, scope))),
    deciding,
  );
}

function settle(sides: readonly (() => boolean | null)[], deciding: boolean): boolean | null {
  let error: Rejected | undefined;
  let unknown = false;
  for (const side of sides) {
    try {
      const value = side();
      if (value === deciding) return deciding;
      if (value === null) unknown = true;
    } catch (thrown) {
      if (!(thrown instanceof Rejected)) throw thrown;
      error ??= thrown;
    }
  }
  if (error !== undefined) throw error;
  return unknown ? null : !deciding;
}

function has(node: ASTNode, scope: Scope): boolean {
  if (node.op === 'id') return scope.members.has(node.args);
  if (node.op === '.') {
    const object = valueOf(node.args[0], scope);
    return isObject(object) && object.has(node.args[1]);
  }
  if (node.op !== '[]') throw new Error('has of no member');
  const [object, index] = node.args.map((each) => valueOf(each, scope)) as [Plain, Plain];
  if (typeof index === 'string') return isObject(object) && object.has(index);
  return typeof index === 'bigint' && isList(object) && index >= 0n && index < BigInt(object.length);
}

function macro(name: string, on: ASTNode, args: readonly ASTNode[], scope: Scope): Plain {
  const collection = valueOf(on, scope);
  if (collection === null) return null;
  const items = isList(collection) ? collection : isObject(collection) ? [...collection.keys()] : undefined;
  if (items === undefined) throw new Rejected('no list');
  const variable = (args[0] as ASTNode & { op: 'id' }).args;
  const at = (item: Plain, node: ASTNode): Plain =>
    valueOf(node, { ...scope, variables: new Map([...scope.variables, [variable, item]]) });
  const holds = (item: Plain): boolean | null => truth(at(item, args[1]!));
  if (name === 'exists' || name === 'all')
    return settle(
      items.map((item) => () => holds(item)),
      name === 'exists',
    );
  if (name === 'exists_one') return items.filter((item) => holds(item) === true).length === 1;
  if (name === 'filter') return items.filter((item) => holds(item) === true);
  const chosen = args.length === 3 ? items.filter((item) => holds(item) === true) : items;
  return chosen.map((item) => at(item, args.at(-1)!));
}

function call(name: string, values: readonly Plain[]): Plain {
  const [on, part] = values as [Plain, Plain];
  // A list may have null among its elements.
  if (name === 'contains' && isList(on)) return on.some((each) => same(each, part));
  if (values.includes(null)) return null;
  if (name === 'size') {
    if (typeof on === 'string') return BigInt([...on].length);
    if (isList(on)) return BigInt(on.length);
    if (isObject(on)) return BigInt(on.size);
  } else if (typeof on === 'string' && typeof part === 'string') {
    if (name === 'contains') return on.includes(part);
    if (name === 'startsWith') return on.startsWith(part);
    if (name === 'endsWith') return on.endsWith(part);
  }
  throw new Rejected(name);
}

function binary(operator: string, a: Exclude<Plain, null>, b: Exclude<Plain, null>): Plain {
  switch (operator) {
    case '==':
      return same(a, b);
    case '!=':
      return !same(a, b);
    case '<':
      return order(a, b) < 0;
    case '<=':
      return order(a, b) <= 0;
    case '>':
      return order(a, b) > 0;
    case '>=':
      return order(a, b) >= 0;
    case 'in':
      if (isList(b)) return b.some((each) => same(a, each));
      if (isObject(b)) return typeof a === 'string' && b.has(a);
      throw new Rejected('no list');
  }
  if (operator === '+') {
    if (typeof a === 'string' && typeof b === 'string') return a + b;
    if (isList(a) && isList(b)) return [...a, ...b];
  }
  if (!isNumber(a) || !isNumber(b)) throw new Rejected(`${operator} of what is no number`);
  return plain(arithmetic(operator, a, b));
}

function arithmetic(operator: string, a: bigint | number, b: bigint | number): bigint | number {
  if ((operator === '/' || operator === '%') && Number(b) === 0) throw new Rejected('division by zero');
  if (operator === '/') return quotient(a, b);
  if (typeof a === 'bigint' && typeof b === 'bigint') {
    if (operator === '+') return a + b;
    if (operator === '-') return a - b;
    return operator === '*' ? a * b : a % b;
  }
  const [x, y] = [Number(a), Number(b)];
  if (operator === '+') return x + y;
  if (operator === '-') return x - y;
  return operator === '*' ? x * y : x % y;
}

const quotient = (a: bigint | number, b: bigint | number): number => {
  const [x, y] = [a, b].map((each) => (typeof each === 'bigint' ? whole(each) : fromDouble(each)));
  return nearestDouble(over(x!, y!));
};

function same(a: Plain, b: Plain): boolean {
  if (isNumber(a) && isNumber(b)) return !(a < b) && !(a > b);
  if (isList(a) && isList(b)) return a.length === b.length && a.every((each, i) => same(each, b[i]!));
  if (isObject(a) && isObject(b))
    return a.size === b.size && [...a].every(([name, value]) => b.has(name) && same(value, b.get(name)!));
  return a === b;
}

function order(a: Plain, b: Plain): number {
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (typeof a !== 'string' || typeof b !== 'string') throw new Rejected('no order');
  const [x, y] = [a, b].map((each) => [...each].map((character) => character.codePointAt(0)!));
  for (let i = 0; i < x!.length && i < y!.length; i++) if (x![i] !== y![i]) return x![i]! - y![i]!;
  return x!.length - y!.length;
}
