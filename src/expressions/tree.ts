import { findAggregate } from '../aggregates/registry.ts';
import { errorAt, type TidemarkError } from '../errors.ts';
import { placed } from './call.ts';
import type { CelNode } from './cel.ts';
import { Checker } from './check.ts';
import { definitionsFor, prepare } from './function-lookup.ts';
import { isMacro, type Macro, usageOfMacro } from './macro.ts';
import { isMetadataFunction } from './metadata.ts';
import { refuseMetadata } from './metadata-field.ts';
import type { BinaryOperator, CallNode, FieldNode, LiteralNode, Node } from './node.ts';
import { integerValue } from './number-value.ts';
import { pathText, sameSteps } from './path-text.ts';
import { ANY, type Type } from './type.ts';

const MAX_DIGITS = 1000;
const POINT = /[\s)]*\.\s*/y;

/** Makes our tree of the library's: names are resolved, fields found, functions looked up. */
export class TreeBuilder {
  /** How many variables macros bind, each in a slot of its own. */
  variables = 0;
  /** What functions need that is to be loaded before they are called. */
  readonly loads: (() => Promise<void>)[] = [];
  readonly #text: string;
  readonly #aggregate: ((call: string, at: number) => string) | undefined;
  readonly #bindings: ReadonlyMap<string, Type>;
  /** Of what is known without a schema. */
  readonly #checker: Checker;
  /** Variables that are bound where the walk stands, innermost last. */
  readonly #scope: { readonly name: string; readonly slot: number }[] = [];

  /** @param aggregate gives the name of the result of an aggregate's call; undefined: aggregates are refused */
  constructor(
    text: string,
    bindings: ReadonlyMap<string, Type>,
    aggregate?: (call: string, at: number) => string,
  ) {
    this.#text = text;
    this.#aggregate = aggregate;
    this.#bindings = bindings;
    this.#checker = new Checker(text, ANY, bindings);
  }

  /** @throws TidemarkError `usage` with the place */
  build(from: CelNode): Node {
    const { start, end } = from;
    switch (from.op) {
      case 'value':
        return { kind: 'literal', value: this.#literal(from), start, end };
      case 'id':
        return this.#named(from);
      case '.':
        return this.#member(from);
      case '[]':
        return this.#index(from);
      case 'call':
        return this.#call(from, this.#text.slice(start, start + from.args[0].length), from.args[1]);
      case 'rcall':
        return this.#method(from, from.args[0].length, from.args[1], from.args[2]);
      case 'list':
        return { kind: 'list', elements: from.args.map((each) => this.build(each)), start, end };
      case 'map':
        return this.#object(from.args, start, end);
      case '?:': {
        const [condition, consequent, alternative] = from.args.map((each) => this.build(each));
        return {
          kind: 'conditional',
          condition: condition!,
          consequent: consequent!,
          alternative: alternative!,
          start,
          end,
        };
      }
      case '&&':
      case '||':
        return { kind: 'logic', operator: from.op, ...this.#sides(from.args), start, end };
      case '!_':
        return { kind: 'not', operand: this.build(from.args), start, end };
      case '-_':
        return this.#negated(this.build(from.args), start, end);
      case '.?':
      case '[?]':
        throw this.#error(start, "'?' is not expected here", 'a member that is missing is null');
      default:
        return {
          kind: 'binary',
          operator: from.op satisfies BinaryOperator,
          ...this.#sides(from.args),
          start,
          end,
        };
    }
  }

  #error(at: number, message: string, hint?: string): TidemarkError {
    return errorAt(this.#text, at, message, hint);
  }

  #sides([left, right]: readonly [CelNode, CelNode]): { left: Node; right: Node } {
    return { left: this.build(left), right: this.build(right) };
  }

  #literal({ args: value, start, end }: CelNode & { readonly op: 'value' }): LiteralNode['value'] {
    if (typeof value === 'bigint') {
      if (value.toString().length > MAX_DIGITS)
        throw this.#error(start, 'an integer of more than 1,000 digits');
      return integerValue(value);
    }
    if (value === null || typeof value !== 'object') return value;
    const literal = this.#text.slice(start, end);
    if (value instanceof Uint8Array)
      throw this.#error(start, `${literal} is bytes, which JSON does not have`, `write ${literal.slice(1)}`);
    throw this.#error(start, `${literal} is no number here`, `write ${literal.slice(0, -1)}`);
  }

  #negated(operand: Node, start: number, end: number): Node {
    if (operand.kind === 'literal') {
      const { value } = operand;
      if (typeof value === 'number') return { kind: 'literal', value: 0 - value, start, end };
      if (typeof value === 'bigint') return { kind: 'literal', value: -value, start, end };
    }
    return { kind: 'negate', operand, start, end };
  }

  #named({ start, end }: CelNode): Node {
    const name = this.#text.slice(start, end);
    const variable = this.#scope.findLast((each) => each.name === name);
    if (variable !== undefined) return { kind: 'variable', name, slot: variable.slot, start, end };
    if (this.#bindings.has(name)) return { kind: 'bound', name, start, end };
    return this.#field([name], start, end);
  }

  #field(steps: readonly (string | number)[], start: number, end: number): FieldNode {
    const path = { text: this.#pathText(steps, start, end), steps };
    placed(this.#text, start, () => refuseMetadata(path));
    return { kind: 'field', path, start, end };
  }

  /** As it was written, where that is how paths are written outside of expressions. */
  #pathText(steps: readonly (string | number)[], start: number, end: number): string {
    const written = this.#text.slice(start, end);
    return sameSteps(written, steps) ? written : pathText(steps);
  }

  #member({ args, pos, start, end }: CelNode & { readonly op: '.' }): Node {
    const object = this.build(args[0]);
    const name = this.#text.slice(pos, end);
    if (object.kind === 'field') return this.#field([...object.path.steps, name], start, end);
    return { kind: 'member', object, name, start, end };
  }

  #index({ args, start, end }: CelNode & { readonly op: '[]' }): Node {
    const { left: object, right: index } = this.#sides(args);
    if (object.kind === 'field' && index.kind === 'literal') {
      const step = index.value;
      if (typeof step === 'string' || (typeof step === 'number' && Number.isSafeInteger(step) && step >= 0))
        return this.#field([...object.path.steps, step], start, end);
    }
    return { kind: 'index', object, index, start, end };
  }

  #object(entries: readonly (readonly [CelNode, CelNode])[], start: number, end: number): Node {
    const names = new Set<unknown>();
    const built = entries.map(([key, value]) => {
      const name = this.build(key);
      if (name.kind === 'literal') {
        if (typeof name.value !== 'string')
          throw this.#error(name.start, 'names of members are strings', `write "${name.value}": …`);
        if (names.has(name.value)) throw this.#error(name.start, `the member '${name.value}' is there twice`);
        names.add(name.value);
      } else if (name.kind === 'field' && key.op === 'id')
        throw this.#error(
          name.start,
          'names of members are strings',
          `write "${name.path.text}": … with quotes, or (${name.path.text} + "") for its value`,
        );
      return [name, this.build(value)] as const;
    });
    return { kind: 'object', entries: built, start, end };
  }

  #call({ start, end }: CelNode, name: string, args: readonly CelNode[]): Node {
    if (this.#aggregate !== undefined && findAggregate(name) !== undefined)
      return this.#result(this.#aggregate, start, end);
    if (name === 'has') return this.#has(args, start, end);
    if (name === 'member') {
      const [argument] = args;
      if (args.length !== 1 || argument?.op !== 'value' || typeof argument.args !== 'string')
        throw this.#error(start, 'member wants the name as a string', 'write member("user-id")');
      return this.#field([argument.args], start, end);
    }
    if (isMetadataFunction(name)) {
      if (args.length > 0) throw this.#error(args[0]!.start, `${name}() takes no argument`);
      return { kind: 'metadata', name, start, end };
    }
    if (isMacro(name)) throw this.#error(start, `${name} is called on a list`, `write ${usageOfMacro(name)}`);
    const built = args.map((each) => this.build(each));
    return { ...this.#prepared('call', name, start, built), start, end };
  }

  #method({ start, end }: CelNode, length: number, on: CelNode, args: readonly CelNode[]): Node {
    // Behind the receiver and what closes it: `(a + b) .size()`.
    POINT.lastIndex = on.end;
    const at = on.end + (POINT.exec(this.#text)?.[0].length ?? 0);
    const name = this.#text.slice(at, at + length);
    if (this.#aggregate !== undefined && name === 'where' && on.op === 'call')
      return this.#result(this.#aggregate, start, end);
    if (isMacro(name)) return this.#macro(name, at, on, args, start, end);
    const receiver = this.build(on);
    const built = [receiver, ...args.map((each) => this.build(each))];
    return { ...this.#prepared('method', name, at, built), start, end };
  }

  /**
   * @param at where its name stands, for errors
   * @param args the receiver of a method first
   */
  #prepared(
    form: 'call' | 'method',
    name: string,
    at: number,
    args: readonly Node[],
  ): Omit<CallNode, 'start' | 'end'> {
    const definitions = definitionsFor(this.#text, at, name, form, args.length);
    const types = args.map((each) => this.#checker.check(each));
    return {
      kind: 'call',
      name,
      args,
      ...prepare(this.#text, at, name, definitions, args, types, this.loads),
    };
  }

  /** The result of an aggregate, which is a member of what is computed over. */
  #result(aggregate: (call: string, at: number) => string, start: number, end: number): Node {
    const name = aggregate(this.#text.slice(start, end), start);
    return { kind: 'field', path: { text: name, steps: [name] }, start, end };
  }

  #has(args: readonly CelNode[], start: number, end: number): Node {
    const operand = args.length === 1 ? this.build(args[0]!) : undefined;
    if (operand === undefined || !['field', 'member', 'index', 'bound'].includes(operand.kind))
      throw this.#error(args[0]?.start ?? start, 'has wants a member', 'write has(user.id)');
    return { kind: 'has', operand, start, end };
  }

  #macro(macro: Macro, at: number, on: CelNode, args: readonly CelNode[], start: number, end: number): Node {
    const [variable, first, second] = args;
    const most = macro === 'map' ? 3 : 2;
    const hint = `write ${usageOfMacro(macro)}`;
    if (args.length < 2 || args.length > most) {
      const count = args.length === 1 ? '1 argument' : `${args.length} arguments`;
      throw this.#error(at, `${macro} does not take ${count}`, hint);
    }
    if (variable!.op !== 'id') throw this.#error(variable!.start, 'the name of a variable is missing', hint);
    const collection = this.build(on);
    const name = this.#text.slice(variable!.start, variable!.end);
    const slot = this.variables++;
    this.#scope.push({ name, slot });
    const inner = [first!, ...(second === undefined ? [] : [second])].map((each) => this.build(each));
    this.#scope.pop();
    const result = macro === 'map' ? inner.at(-1) : undefined;
    const condition = macro === 'map' && inner.length === 1 ? undefined : inner[0];
    return { kind: 'macro', macro, collection, variable: name, slot, condition, result, start, end };
  }
}
