import { errorAt, type TidemarkError } from '../errors.ts';
import { checkBinary } from './check-binary.ts';
import { parameterAt } from './function.ts';
import { methodUsage } from './function-lookup.ts';
import { typeOfMetadata } from './metadata.ts';
import type { CallNode, FieldNode, MacroNode, Node } from './node.ts';
import { refuseOtherTimings } from './pane-timing.ts';
import { pathText } from './path-text.ts';
import { nearestWord } from './suggestion.ts';
import {
  ANY,
  BOOLEAN,
  INTEGER_TYPE,
  listOf,
  NULL_TYPE,
  NUMBER_TYPE,
  STRING_TYPE,
  type Type,
} from './type.ts';
import { isOpen, mayBe, typeOfStep, unified } from './type-relations.ts';
import { inWords } from './wording.ts';

/** Finds the types of the nodes of one expression. */
export class Checker {
  readonly #text: string;
  /** Of the event: an object, or any. */
  readonly #event: Type;
  readonly #bindings: ReadonlyMap<string, Type>;
  /** Types of the variables of macros, by slot. */
  readonly #variables: Type[] = [];

  constructor(text: string, event: Type, bindings: ReadonlyMap<string, Type>) {
    this.#text = text;
    this.#event = event;
    this.#bindings = bindings;
  }

  /** @throws TidemarkError `usage` where the types do not go together, with the place */
  check(node: Node): Type {
    switch (node.kind) {
      case 'literal':
        return typeOfLiteral(node.value);
      case 'field':
        return this.#field(node);
      case 'bound':
        return this.#bindings.get(node.name) ?? ANY;
      case 'variable':
        return this.#variables[node.slot] ?? ANY;
      case 'metadata':
        return typeOfMetadata(node.name);
      case 'member':
        return this.#step(this.check(node.object), node.name, node.object, node.end - node.name.length);
      case 'index':
        return this.#index(node);
      case 'list':
        return listOf(node.elements.map((each) => this.check(each)).reduce(unified, NULL_TYPE));
      case 'object':
        return this.#object(node.entries);
      case 'conditional':
        this.#condition(node.condition, 'the condition before ?');
        return unified(this.check(node.consequent), this.check(node.alternative));
      case 'logic':
        this.#condition(node.left, `'${node.operator}'`);
        this.#condition(node.right, `'${node.operator}'`);
        return BOOLEAN;
      case 'not':
        this.#condition(node.operand, "'!'");
        return BOOLEAN;
      case 'negate': {
        const type = this.check(node.operand);
        if (isOpen(type) || type.kind === 'number' || type.kind === 'duration') return type;
        throw this.#error(node.operand.start, `'-' wants a number, and ${this.#told(node.operand, type)}`);
      }
      case 'has':
        this.check(node.operand);
        return BOOLEAN;
      case 'binary': {
        const left = this.check(node.left);
        const right = this.check(node.right);
        refuseOtherTimings(this.#text, node);
        return checkBinary(this.#text, node, left, right);
      }
      case 'call':
        return this.#call(node);
      case 'macro':
        return this.#macro(node);
    }
  }

  #error(at: number, message: string, hint?: string): TidemarkError {
    return errorAt(this.#text, at, message, hint);
  }

  #told(node: Node, type: Type): string {
    return told(this.#text, node, type);
  }

  #field({ path, start }: FieldNode): Type {
    let type = this.#event;
    path.steps.forEach((step, i) => {
      type = this.#stepOf(type, step, i === 0 ? 'the event' : pathText(path.steps.slice(0, i)), start);
    });
    return type;
  }

  #step(type: Type, step: string | number, object: Node, at: number): Type {
    return this.#stepOf(type, step, this.#text.slice(object.start, object.end), at);
  }

  #stepOf(type: Type, step: string | number, what: string, at: number): Type {
    const found = typeOfStep(type, step);
    if (found !== undefined) return found;
    if (type.kind !== 'object') {
      const wanted = typeof step === 'string' ? `no member '${step}'` : 'no elements';
      const usage = typeof step === 'string' ? methodUsage(step, what) : undefined;
      const hint = usage === undefined ? undefined : `write ${usage}`;
      throw this.#error(at, `${what} is ${inWords(type)}, and has ${wanted}`, hint);
    }
    if (typeof step === 'number') throw this.#error(at, `${what} is an object, and has no elements`);
    throw this.#unknownMember(step, [...type.members!.keys()], at);
  }

  #unknownMember(name: string, names: readonly string[], at: number): TidemarkError {
    // `user-id` is read as a difference, where it is a name.
    const whole = names.find((each) => written(each) !== each && this.#text.includes(each));
    const meant = whole ?? nearestWord(name, names);
    if (name === '$')
      return this.#error(at, "'$' is no member", 'write a member without anything before it: status');
    const listed = names.slice(0, MAX_LISTED).map(written).join(', ');
    const more = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : '';
    const there = names.length === 0 ? 'there are no members' : `there is ${listed}${more}`;
    // What is compared with a bare word is often a text whose quotes the shell took, or nobody wrote.
    const compared = /[=!]=\s*$/.test(this.#text.slice(0, at));
    const quotes = compared ? `a text stands in quotes: ${JSON.stringify(name)}; ` : '';
    return this.#error(
      at,
      `there is no member '${name}'`,
      meant === undefined ? `${quotes}${there}` : `did you mean ${written(meant)}?`,
    );
  }

  #index(node: Node & { kind: 'index' }): Type {
    const object = this.check(node.object);
    const index = this.check(node.index);
    if (node.index.kind === 'literal' && typeof node.index.value === 'string')
      return this.#step(object, node.index.value, node.object, node.index.start);
    if (isOpen(object)) return ANY;
    if (object.kind === 'list') {
      if (isOpen(index) || index.kind === 'number') return object.element;
      throw this.#error(
        node.index.start,
        `a list wants a number as its index, and ${this.#told(node.index, index)}`,
      );
    }
    if (object.kind === 'object') {
      if (isOpen(index) || index.kind === 'string') return ANY;
      throw this.#error(
        node.index.start,
        `an object wants the name of a member, and ${this.#told(node.index, index)}`,
      );
    }
    throw this.#error(node.object.start, `${this.#told(node.object, object)}, and has no elements`);
  }

  #object(entries: readonly (readonly [Node, Node])[]): Type {
    const members = new Map<string, Type>();
    let known = true;
    for (const [name, value] of entries) {
      const type = this.check(name);
      if (!isOpen(type) && type.kind !== 'string')
        throw this.#error(name.start, `names of members are strings, and ${this.#told(name, type)}`);
      const of = this.check(value);
      if (name.kind === 'literal') members.set(String(name.value), of);
      else known = false;
    }
    return known ? { kind: 'object', members, closed: true } : { kind: 'object', members };
  }

  #condition(node: Node, by: string): void {
    const type = this.check(node);
    if (isOpen(type) || type.kind === 'boolean') return;
    throw this.#error(
      node.start,
      `${by} wants true or false, and ${this.#told(node, type)}`,
      conditionHint(this.#text.slice(node.start, node.end), type),
    );
  }

  #call(node: CallNode): Type {
    const types = node.args.map((each) => this.check(each));
    const fitting = node.definitions.filter((definition) =>
      types.every((type, i) => mayBe(type, parameterAt(definition, i))),
    );
    if (fitting.length === 0) throw this.#wrongArgument(node, types);
    return fitting.map((each) => each.resultOf?.(types) ?? each.result).reduce(unified);
  }

  #wrongArgument({ args, definitions, name, start }: CallNode, types: readonly Type[]): TidemarkError {
    const wrong = types.findIndex((type, i) =>
      definitions.every((each) => !mayBe(type, parameterAt(each, i))),
    );
    const usages = [...new Set(definitions.map(({ usage }) => usage))].join(' or ');
    if (wrong < 0)
      return this.#error(
        start,
        `${name} does not take ${types.map(inWords).join(' and ')}`,
        `write ${usages}`,
      );
    const wanted = [...new Set(definitions.map((each) => inWords(parameterAt(each, wrong))))];
    const argument = args[wrong]!;
    const hint =
      wanted.length === 1 && wanted[0] === 'a string'
        ? `string(${this.#text.slice(argument.start, argument.end)}) makes a string of it`
        : wanted.includes('a timestamp') && types[wrong]!.kind === 'string'
          ? `timestamp(${this.#text.slice(argument.start, argument.end)}) reads it`
          : `write ${usages}`;
    return this.#error(
      argument.start,
      `${name} wants ${wanted.join(' or ')}, and ${this.#told(argument, types[wrong]!)}`,
      hint,
    );
  }

  #macro(node: MacroNode): Type {
    const collection = this.check(node.collection);
    if (!isOpen(collection) && collection.kind !== 'list' && collection.kind !== 'object')
      throw this.#error(
        node.collection.start,
        `${node.macro} wants a list or an object, and ${this.#told(node.collection, collection)}`,
      );
    const item = itemOf(collection);
    this.#variables[node.slot] = item;
    if (node.condition !== undefined) this.#condition(node.condition, node.macro);
    if (node.macro === 'filter') return listOf(item);
    return node.result === undefined ? BOOLEAN : listOf(this.check(node.result));
  }
}

/** Members that a message lists. */
const MAX_LISTED = 12;

/** A name as an expression has it. */
const written = (name: string): string =>
  /^[\p{L}_$@][\p{L}\p{N}_$@]*$/u.test(name) ? name : `member(${JSON.stringify(name)})`;

/** A node's text and its type: `status is a number`; of a literal, the literal. */
export function told(text: string, node: Node, type: Type): string {
  const source = text.slice(node.start, node.end).trim();
  return `${source} is ${inWords(type)}`;
}

/** What was meant by a value that is no condition. */
export function conditionHint(source: string, type: Type): string {
  if (type.kind === 'number') return `write ${source} != 0, or what else it is compared with`;
  if (type.kind === 'string') return `write ${source} != "", or what else it is compared with`;
  return `write ${source} != null to ask whether it is there`;
}

const itemOf = (collection: Type): Type => {
  if (collection.kind === 'list') return collection.element;
  return collection.kind === 'object' ? STRING_TYPE : ANY;
};

function typeOfLiteral(value: null | boolean | number | bigint | string): Type {
  switch (typeof value) {
    case 'string':
      return STRING_TYPE;
    case 'boolean':
      return BOOLEAN;
    case 'bigint':
      return INTEGER_TYPE;
    case 'number':
      return Number.isInteger(value) ? INTEGER_TYPE : NUMBER_TYPE;
    default:
      return NULL_TYPE;
  }
}
