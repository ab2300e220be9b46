import { findAggregate } from '../aggregates/registry.ts';
import { errorAt, type TidemarkError } from '../errors.ts';
import { placed } from './call.ts';
import { type FunctionDefinition, parameterAt } from './function.ts';
import { functionAliases, functionAliasOf } from './function-aliases.ts';
import { functions } from './functions/registry.ts';
import { MACROS, usageOfMacro } from './macro.ts';
import { METADATA } from './metadata.ts';
import type { CallNode, Node } from './node.ts';
import { nearestWord } from './suggestion.ts';
import type { Type } from './type.ts';
import { mayBe } from './type-relations.ts';
import type { Value } from './value.ts';
import { isOfType } from './value-type.ts';
import { inWords, shown } from './wording.ts';

const BY_NAME = new Map<string, FunctionDefinition[]>();
for (const definition of functions) {
  const known = BY_NAME.get(definition.name);
  if (known === undefined) BY_NAME.set(definition.name, [definition]);
  else known.push(definition);
}

/** What is called like a function and is none of the library: how it is written, by name. */
const BUILT_IN: ReadonlyMap<string, string> = new Map([
  ['has', 'has(user.id)'],
  ['member', 'member("user-id")'],
  ...METADATA.map((name) => [name, `${name}()`] as const),
  ...MACROS.map((macro) => [macro, usageOfMacro(macro)] as const),
]);

/**
 * The functions of a name that take so many arguments (a method's receiver is one of them).
 * @param at where the name stands in the text, for messages
 * @throws TidemarkError `usage`: there are none
 */
export function definitionsFor(
  text: string,
  at: number,
  name: string,
  form: 'call' | 'method',
  count: number,
): readonly FunctionDefinition[] {
  const named = BY_NAME.get(name);
  if (named === undefined) throw unknownFunction(text, at, name);
  const formed = named.filter((each) => each.form === 'both' || each.form === form);
  const usages = [...new Set(named.map(({ usage }) => usage))].join(' or ');
  if (formed.length === 0) {
    const message = form === 'method' ? `${name} is called on no value` : `${name} is called on a value`;
    const aggregate = form === 'call' ? findAggregate(name) : undefined;
    const hint = aggregate === undefined ? '' : `; over events tm combine computes ${aggregate.usage}`;
    throw errorAt(text, at, message, `write ${usages}${hint}`);
  }
  const fitting = formed.filter(
    ({ parameters, optional = 0, variadic }) =>
      (variadic === true || count <= parameters.length) && count >= parameters.length - optional,
  );
  if (fitting.length > 0) return fitting;
  const given = form === 'method' ? count - 1 : count;
  const told = given === 1 ? '1 argument' : `${given} arguments`;
  throw errorAt(text, at, `${name} does not take ${told}`, `write ${usages}`);
}

/**
 * The functions that take the literals among the arguments, ready to be called. What they need that is not loaded yet is
 * put into `loads`; then `prepared` is filled when that has been called.
 * @throws TidemarkError `usage`: none takes them, or what they say is wrong
 */
export function prepare(
  text: string,
  at: number,
  name: string,
  definitions: readonly FunctionDefinition[],
  args: readonly Node[],
  types: readonly Type[],
  loads: (() => Promise<void>)[],
): Pick<CallNode, 'definitions' | 'prepared'> {
  const literals = args.map((each) => (each.kind === 'literal' ? each.value : undefined));
  const fitting = definitions.filter((definition) =>
    literals.every(
      (value, i) => value === undefined || value === null || isOfType(value, parameterAt(definition, i)),
    ),
  );
  if (fitting.length === 0) throw wrongLiteral(text, at, name, definitions, args, literals);
  const typed = fitting.filter((definition) =>
    types.every((type, i) => mayBe(type, parameterAt(definition, i))),
  );
  // That none fits is told by who checks types.
  const taking = typed.length === 0 ? fitting : typed;
  const place = args.find(({ kind }, i) => kind === 'literal' && i > 0)?.start ?? at;
  const prepared: CallNode['prepared'][number][] = [];
  const fill = (): void => {
    let refusal: unknown;
    for (const definition of taking) {
      const { call } = definition;
      try {
        prepared.push(
          definition.prepare === undefined ? call : placed(text, place, () => definition.prepare!(literals)),
        );
      } catch (error) {
        // Of several one may want a literal where the other takes what is computed.
        refusal ??= error;
        prepared.push(undefined);
      }
    }
    if (prepared.every((each) => each === undefined)) throw refusal;
  };
  const loading = taking
    .map((definition) => placed(text, place, () => definition.load?.(literals)))
    .filter((each) => each !== undefined);
  if (loading.length === 0) fill();
  else loads.push(() => Promise.all(loading).then(fill));
  return { definitions: taking, prepared };
}

function wrongLiteral(
  text: string,
  at: number,
  name: string,
  definitions: readonly FunctionDefinition[],
  args: readonly Node[],
  literals: readonly (Value | undefined)[],
): TidemarkError {
  const hint = `write ${[...new Set(definitions.map(({ usage }) => usage))].join(' or ')}`;
  const wrong = literals.findIndex(
    (value, i) =>
      value !== undefined &&
      value !== null &&
      definitions.every((definition) => !isOfType(value, parameterAt(definition, i))),
  );
  if (wrong < 0) return errorAt(text, at, `${name} does not take these values`, hint);
  const wanted = [...new Set(definitions.map((definition) => inWords(parameterAt(definition, wrong))))].join(
    ' or ',
  );
  return errorAt(text, args[wrong]!.start, `${name} wants ${wanted}, not ${shown(literals[wrong]!)}`, hint);
}

function unknownFunction(text: string, at: number, name: string): TidemarkError {
  const aggregate = findAggregate(name);
  if (aggregate !== undefined) {
    const hint = `tm combine computes it over events: ${name} = ${aggregate.usage}`;
    return errorAt(text, at, `${name} is an aggregate`, hint);
  }
  const written = functionAliasOf(name);
  const usage =
    written ?? usageOf(nearestWord(name, [...BY_NAME.keys(), ...BUILT_IN.keys(), ...functionAliases]));
  const hint = usage === undefined ? 'tm-expressions(7) lists the functions' : `did you mean ${usage}?`;
  return errorAt(text, at, `unknown function '${name}'`, written === undefined ? hint : `write ${written}`);
}

/** How the function of a name is written, or what another language calls so. */
function usageOf(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  return BUILT_IN.get(name) ?? BY_NAME.get(name)?.[0]?.usage ?? functionAliasOf(name);
}

/** How a method of the name is written on what stands in `on`; undefined: there is none. */
export function methodUsage(name: string, on: string): string | undefined {
  const definition = BY_NAME.get(name)?.find(({ form }) => form !== 'call');
  if (definition !== undefined) return definition.usage.replace(/^[^.(]*(?=\.)/, on);
  const alias = functionAliasOf(name);
  return alias !== undefined && /^[a-z]+\./.test(alias) ? alias.replace(/^[a-z]+(?=\.)/, on) : undefined;
}
