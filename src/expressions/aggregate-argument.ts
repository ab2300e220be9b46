import type { AggregateDefinition, Literal } from '../aggregates/aggregate.ts';
import { aggregates, findAggregate } from '../aggregates/registry.ts';
import { errorAt, mapTogether, TidemarkError } from '../errors.ts';
import { aliasOf } from './aggregate-aliases.ts';
import { type Call, findOutside, namedText, type Piece, parseCall, placed, unquote } from './call.ts';
import type { Expression } from './expression.ts';
import { NOTHING_KNOWN } from './known-events.ts';
import { parseLate } from './late-language.ts';
import { type Operand, parseOperand } from './operand.ts';
import { nearestWord } from './suggestion.ts';

/** One argument of `combine`: a named aggregate over operands. */
export interface AggregateArgument {
  /** The member that the result is written to. */
  readonly name: string;
  readonly definition: AggregateDefinition;
  readonly fields: readonly Operand[];
  readonly literals: Literal[];
  /** Only events for which it is true count; undefined: all. */
  readonly where?: Expression;
}

/** One argument of `combine` that is computed of others: `rate = n / 60`. */
export interface ComputedArgument {
  readonly name: string;
  /** An expression over results, calls of aggregates, and members of the key. */
  readonly computed: string;
}

/**
 * Parses `NAME = CALL` or `CALL`: `n=count`, `'p95 = quantile(bytes, 0.95)'`, `sum(bytes)`. Parentheses can be
 * left out when there are no arguments. Without a name the result is called after the aggregate and its
 * arguments: `sum_bytes`, `quantile_bytes_0_95`. A name may be in quotes, which are not part of it.
 * @throws TidemarkError `usage` that quotes the argument and says where it is wrong
 */
export function parseAggregateArgument(argument: string): AggregateArgument {
  const { end, condition } = splitWhere(argument);
  const call = parseCall(argument, end);
  const definition = findAggregate(call.callee.text);
  if (definition === undefined) throw unknownAggregate(argument, call.callee);
  const args = argumentsOf(argument, call, definition);
  const literalsAt =
    definition.optionalLiterals === undefined ? args.length - (definition.literals ?? 0) : definition.fields;
  const fields = args.slice(0, literalsAt).map((arg) => parseField(argument, arg, definition));
  const literals = args.slice(literalsAt).map((arg) => parseLiteral(argument, arg, definition));
  placed(argument, args[literalsAt]?.at ?? call.callee.at, () => definition.check(literals));
  if (definition.name === 'count') refuseCondition(argument, call, fields[0]);
  const where = condition === undefined ? undefined : parseWhere(argument, condition);
  const name =
    call.name === undefined
      ? nameOf(definition, fields, literals, condition?.text)
      : parseName(argument, call.name);
  return { name, definition, fields, literals, ...(where === undefined ? {} : { where }) };
}

function parseWhere(argument: string, condition: Piece): Expression {
  try {
    return placed(argument, condition.at, () => parseLate(condition.text));
  } catch (error) {
    const [, test = '', rest = '', callee = ''] = BEHIND_CONDITION.exec(condition.text) ?? [];
    if (!(error instanceof TidemarkError) || findAggregate(callee) === undefined) throw error;
    const before = argument.slice(0, condition.at).replace(/\s*where\s*$/, '');
    throw errorAt(
      argument,
      condition.at,
      'the condition goes on to the end',
      `write '${before}.where(${test.trim().replace(/^\(([^()]*)\)$/, '$1')}) ${rest.trim()}'`,
    );
  }
}

/** What is computed with a call of an aggregate that stands behind a condition. */
const BEHIND_CONDITION = /^(.*?)\s*([-+*/%]\s*([\p{L}_][\p{L}\p{N}_]*)\s*\(.*)$/su;

/** `count(status >= 400)` counts what is false as well. */
function refuseCondition(argument: string, call: Call, field: Operand | undefined): void {
  const type = field?.expression?.check(NOTHING_KNOWN);
  if (type?.kind !== 'boolean') return;
  const named = call.name === undefined ? '' : `${call.name.text} = `;
  throw errorAt(
    argument,
    call.args![0]!.at,
    `count counts what is not null, be '${field!.text}' true or false`,
    `write '${named}count() where ${field!.text}'`,
  );
}

/**
 * Parses an argument of `combine`: an aggregate, or what is computed of several.
 * @throws TidemarkError `usage` that quotes the argument and says where it is wrong
 */
export function parseResultArgument(argument: string): AggregateArgument | ComputedArgument {
  const { end } = splitWhere(argument);
  const { name, body } = namedText(argument, { text: argument.slice(0, end), at: 0 });
  refuseOtherWhere(argument);
  if (!isComputed(body.text)) return parseAggregateArgument(argument);
  if (name === undefined)
    throw errorAt(argument, body.at, 'what is computed needs a name', `write 'x = ${argument.trim()}'`);
  // The condition of what is computed stands at the aggregates in it.
  const computed = argument.slice(body.at).trim();
  return { name: parseName(argument, name), computed };
}

/**
 * Parses the arguments of `combine`. A result may be another one again: `c2 = c`.
 * @param keys names of the members of the key
 * @throws TidemarkError `usage`
 */
export function parseResultArguments(
  all: readonly string[],
  keys: readonly string[],
): (AggregateArgument | ComputedArgument)[] {
  const parsed = mapTogether(all, (argument) => repeated(argument) ?? parseResultArgument(argument));
  const names = new Set([...keys, ...parsed.map(({ name }) => name)]);
  return parsed.map((each, index) =>
    'computed' in each && 'repeats' in each && !names.has(each.computed)
      ? parseResultArgument(all[index]!)
      : each,
  );
}

/** `NAME = WORD`, where the word is no aggregate. */
function repeated(argument: string): (ComputedArgument & { readonly repeats: true }) | undefined {
  const { name, body } = namedText(argument, { text: argument, at: 0 });
  if (name === undefined || !/^[\p{L}_][\p{L}\p{N}_]*$/u.test(body.text)) return undefined;
  if (findAggregate(body.text) !== undefined) return undefined;
  return { name: parseName(argument, name), computed: body.text, repeats: true };
}

/** `count() if status >= 500`. @throws TidemarkError `usage` */
function refuseOtherWhere(argument: string): void {
  const [all, before, word] =
    /^((?:[^=()]*=)?\s*[\p{L}_][\p{L}\p{N}_]*\([^()]*\)\s+)(if|when|filter|having)\s/iu.exec(argument) ?? [];
  if (all === undefined) return;
  const written = `${before!.trim()} where ${argument.slice(all.length).trim()}`;
  throw errorAt(argument, before!.length, `'${word}' is not expected here`, `write '${written}'`);
}

/** Whether a text is more than a call of an aggregate. */
function isComputed(text: string): boolean {
  if (findOutside(text, 0, (character) => '-+*/%<>&|?!.=[{'.includes(character)) >= 0) return true;
  const callee = /^([\p{L}_][\p{L}\p{N}_]*)\s*\(/u.exec(text)?.[1];
  if (callee === undefined) return text.startsWith('(') || /^["'\d]/.test(text);
  const names = aggregates.map(({ name }) => name);
  if (names.includes(callee)) return false;
  const inner = [...text.slice(callee.length).matchAll(/([\p{L}_][\p{L}\p{N}_]*)\s*\(/gu)];
  if (inner.some(([, each]) => findAggregate(each!) !== undefined)) return true;
  return aliasOf(callee) === undefined && nearestWord(callee, names) === undefined;
}

/** Where the call ends behind which `where CONDITION` or `.where(CONDITION)` stands, and that. */
function splitWhere(argument: string): { end: number; condition: Piece | undefined } {
  const at = findOutside(argument, 0, (_character, i) => WHERE.test(argument.slice(i)) && i > 0);
  if (at < 0) return { end: argument.length, condition: undefined };
  const word = WHERE.exec(argument.slice(at))![0];
  const from = at + word.length;
  const rest = argument.slice(from);
  if (!word.startsWith('.'))
    return { end: at, condition: { text: rest.trim(), at: from + rest.length - rest.trimStart().length } };
  const close = findOutside(argument, from, (character) => character === ')');
  // Something stands behind it: it is part of what is computed.
  if (close < 0 || argument.slice(close + 1).trim() !== '')
    return { end: argument.length, condition: undefined };
  return { end: at, condition: { text: argument.slice(from, close), at: from } };
}

const WHERE = /^(?:\.\s*where\s*\(|\swhere(?=[\s(]))/;

function parseName(argument: string, { text, at }: Piece): string {
  const name = unquote(text) ?? text;
  if (name === '') throw errorAt(argument, at, 'the name of the result is empty', "write 'n = count'");
  if (name.startsWith('@')) {
    const hint = `names that begin with @ are metadata: call it '${name.replace(/^@+/, '') || 'n'}'`;
    throw errorAt(argument, at, `a result cannot be called '${name}'`, hint);
  }
  return name;
}

/** The name of a result that was given none: the aggregate and its arguments (no punctuation), joined by `_`. */
function nameOf(
  { name }: AggregateDefinition,
  fields: readonly Operand[],
  literals: readonly Literal[],
  where: string | undefined,
): string {
  const computes = where !== undefined || fields.some(({ expression }) => expression !== undefined);
  const telling = literals.filter((literal) => /[\p{L}\p{N}]/u.test(String(literal)));
  const condition = where === undefined ? [] : ['where', where];
  const words = [name, ...fields.flatMap(({ steps }) => steps), ...telling, ...condition];
  const text = words.join('_').replace(/[^\p{L}\p{M}\p{N}_]+/gu, '_');
  return computes ? text.replace(/_+$/, '') : text;
}

function argumentsOf(argument: string, call: Call, definition: AggregateDefinition): readonly Piece[] {
  const args = call.args ?? [];
  const literals = definition.literals ?? 0;
  const least = definition.fields + literals;
  const most = least + (definition.optionalFields ?? 0) + (definition.optionalLiterals ?? 0);
  if (args.length >= least && args.length <= most) return args;
  const few = least === 0 ? 'at most' : `${least} to`;
  const many = Number.isFinite(most) ? `${few} ${counted(most)}` : `at least ${counted(least)}`;
  const wants = most === least ? counted(least) : many;
  const at = args[most]?.at ?? call.callee.at;
  throw errorAt(
    argument,
    at,
    `${definition.name} takes ${wants}, not ${args.length}`,
    `write ${definition.usage}`,
  );
}

const counted = (count: number): string => (count === 1 ? '1 argument' : `${count} arguments`);

function parseField(argument: string, { text, at }: Piece, definition: AggregateDefinition): Operand {
  if (text === '*') {
    const hint = definition.fields === 0 ? `write ${definition.name}` : `write ${definition.usage}`;
    throw errorAt(argument, at, "'*' is no field", hint);
  }
  const unique = /^distinct\s+(\S.*)$/i.exec(text)?.[1];
  if (unique !== undefined && definition.name === 'count')
    throw errorAt(argument, at, `'${text}' is no field`, `write distinct(${unique})`);
  return placed(argument, at, () => parseOperand(text));
}

function parseLiteral(argument: string, { text, at }: Piece, definition: AggregateDefinition): Literal {
  if (/^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(text)) return Number(text);
  if (text === 'true' || text === 'false') return text === 'true';
  const string = unquote(text);
  if (string !== undefined) return string;
  throw errorAt(argument, at, `'${text}' is no number, string, true or false`, `write ${definition.usage}`);
}

function unknownAggregate(argument: string, callee: Piece): TidemarkError {
  const alias = aliasOf(callee.text);
  const names = aggregates.map(({ name }) => name);
  const meant = alias ?? nearestWord(callee.text, names);
  const bare = !argument.includes('(') && argument.includes('=');
  const list = 'tm combine --help lists the aggregates';
  const others = bare ? `${list}; a field stands in one: first(${callee.text})` : list;
  const hint = meant === undefined ? others : `did you mean ${meant}?`;
  return errorAt(argument, callee.at, `unknown aggregate '${callee.text}'`, hint);
}

/** An aggregate as it is called, in one spelling: `quantile(bytes, 0.95)`. */
export function callInWords({ definition, fields, literals, where }: AggregateArgument): string {
  const words = [...fields.map(({ text }) => text), ...literals.map((literal) => JSON.stringify(literal))];
  const call = `${definition.name}(${words.join(', ')})`;
  return where === undefined ? call : `${call} where ${where.text.trim()}`;
}
