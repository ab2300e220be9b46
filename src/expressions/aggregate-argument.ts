import type { AggregateDefinition, Literal } from '../aggregates/aggregate.ts';
import { aggregates, findAggregate } from '../aggregates/registry.ts';
import type { TidemarkError } from '../errors.ts';
import type { Path } from '../json/path.ts';
import { aliasOf } from './aggregate-aliases.ts';
import { type Call, errorAt, type Piece, parseCall, placed, unquote } from './call.ts';
import { parseOperand } from './operand.ts';
import { nearestWord } from './suggestion.ts';

/** One argument of `combine`: a named aggregate over operands. */
export interface AggregateArgument {
  /** The member that the result is written to. */
  readonly name: string;
  readonly definition: AggregateDefinition;
  readonly fields: Path[];
  readonly literals: Literal[];
}

/**
 * Parses `NAME = CALL` or `CALL`: `n=count`, `'p95 = quantile(bytes, 0.95)'`, `sum(bytes)`. Parentheses can be
 * left out when there are no arguments. Without a name the result is called after the aggregate and its
 * arguments: `sum_bytes`, `quantile_bytes_0_95`. A name may be in quotes, which are not part of it.
 * @throws TidemarkError `usage` that quotes the argument and says where it is wrong
 */
export function parseAggregateArgument(argument: string): AggregateArgument {
  const call = parseCall(argument);
  const definition = findAggregate(call.callee.text);
  if (definition === undefined) throw unknownAggregate(argument, call.callee);
  const args = argumentsOf(argument, call, definition);
  const literalsAt =
    definition.optionalLiterals === undefined ? args.length - (definition.literals ?? 0) : definition.fields;
  const fields = args.slice(0, literalsAt).map((arg) => parseField(argument, arg, definition));
  const literals = args.slice(literalsAt).map((arg) => parseLiteral(argument, arg, definition));
  placed(argument, args[literalsAt]?.at ?? call.callee.at, () => definition.check(literals));
  const name =
    call.name === undefined ? nameOf(definition, fields, literals) : parseName(argument, call.name);
  return { name, definition, fields, literals };
}

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
  fields: readonly Path[],
  literals: readonly Literal[],
): string {
  const telling = literals.filter((literal) => /[\p{L}\p{N}]/u.test(String(literal)));
  const words = [name, ...fields.flatMap(({ steps }) => steps), ...telling];
  return words.join('_').replace(/[^\p{L}\p{M}\p{N}_]+/gu, '_');
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

function parseField(argument: string, { text, at }: Piece, definition: AggregateDefinition): Path {
  const hint = text === '*' && definition.fields === 0 ? `write ${definition.name}` : undefined;
  return placed(argument, at, () => parseOperand(text), hint);
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
  const hint = meant === undefined ? 'tm combine --help lists the aggregates' : `did you mean ${meant}?`;
  return errorAt(argument, callee.at, `unknown aggregate '${callee.text}'`, hint);
}
