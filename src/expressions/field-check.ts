import { type TidemarkError, throwTogether, toldAt, usageError } from '../errors.ts';
import { nameOfPath, type Path } from '../json/path.ts';
import {
  ANY_VALUE,
  type Schema,
  TYPE_LIST,
  TYPE_NULL,
  TYPE_OBJECT,
  type ValueSchema,
} from '../stream/schema.ts';
import { inWords } from '../stream/type-words.ts';
import type { KnownEvents } from './known-events.ts';
import type { Operand } from './operand.ts';
import { schemaOfType } from './schema-type.ts';
import { nearestWord } from './suggestion.ts';

/** Members that a hint lists, at most. */
const LISTED = 12;

/**
 * What is known of a field, before the first event. Where nothing is known of it, nothing is claimed.
 * @throws TidemarkError `usage` for one that no event has, with what was meant
 */
export function fieldSchema(schema: Schema | undefined, path: Path): ValueSchema {
  let known: ValueSchema = { types: TYPE_OBJECT, ...(schema === undefined ? {} : { members: schema }) };
  // Where there may be nothing there is null.
  let absent = 0;
  for (const [depth, step] of path.steps.entries()) {
    const found = typeof step === 'string' ? memberOf(known, step) : elementOf(known);
    if (found === undefined) throw noField(path, depth, known);
    if (known.types !== TYPE_OBJECT || known.members?.members.get(String(step))?.required !== true)
      absent = TYPE_NULL;
    known = found;
  }
  return { ...known, types: known.types | absent };
}

/** @throws TidemarkError `usage` for each field that no event has */
export function checkFields(known: KnownEvents, operands: readonly Operand[]): void {
  throwTogether(operands.map((operand) => () => void operandSchema(known, operand)));
}

/** As `checkFields`, of what an option gave: the error names the option. @throws TidemarkError `usage` */
export function checkOption(option: string, known: KnownEvents, operands: readonly Operand[]): void {
  if (operands.length > 0) toldAt(option, () => checkFields(known, operands));
}

/**
 * As `fieldSchema`, also of what is computed.
 * @throws TidemarkError `usage`
 */
export const operandSchema = (known: KnownEvents, operand: Operand): ValueSchema =>
  operand.expression === undefined
    ? fieldSchema(known.schema, operand)
    : schemaOfType(operand.expression.check(known));

/** Undefined: there is none. A value that may be an object or something else has the member where it is an object. */
function memberOf({ types, members }: ValueSchema, name: string): ValueSchema | undefined {
  if ((types & TYPE_OBJECT) === 0) return undefined;
  return members?.members.get(name) ?? (members?.closed === true ? undefined : ANY_VALUE);
}

function elementOf({ types, items }: ValueSchema): ValueSchema | undefined {
  return (types & TYPE_LIST) === 0 ? undefined : (items ?? ANY_VALUE);
}

function noField(path: Path, depth: number, known: ValueSchema): TidemarkError {
  const step = path.steps[depth]!;
  const names = [...(known.members?.members.keys() ?? [])];
  const outer = textOf(path, depth);
  if (names.length === 0) {
    const what = depth === 0 ? 'events have no members' : `${outer} is ${inWords(known)}`;
    return usageError(`no event has a field ${path.text}: ${what}`);
  }
  const meant = typeof step === 'string' ? nearestWord(step, names) : undefined;
  if (meant !== undefined) {
    const inside = [...path.steps.slice(0, depth), meant, ...path.steps.slice(depth + 1)];
    return usageError(`no event has a field ${path.text}`, `did you mean ${pathText(inside)}?`);
  }
  const more = names.length > LISTED ? ' …' : '';
  const whose = depth === 0 ? 'the fields are' : `${outer} has`;
  return usageError(
    `no event has a field ${path.text}`,
    `${whose} ${names.slice(0, LISTED).map(quoted).join(', ')}${more}; if another program adds it, put that in tm apply -- …`,
  );
}

const textOf = (path: Path, depth: number): string => pathText(path.steps.slice(0, depth));

const quoted = (name: string): string => pathText([name]);

/** The steps as a user writes them. */
const pathText = (steps: readonly (string | number)[]): string =>
  steps.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    if (!/^[A-Za-z_$@\u{80}-\u{10ffff}][\w$@\u{80}-\u{10ffff}]*$/u.test(step))
      return `${text}[${JSON.stringify(step)}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');

/**
 * What is known of the members of results: the fields of a key, each under the name that it is written under.
 * @throws TidemarkError `usage`
 */
export function keySchema(known: KnownEvents, by: readonly Operand[]): [string, ValueSchema][] {
  checkFields(known, by);
  return by.map((operand) => [nameOfPath(operand), operandSchema(known, operand)]);
}
