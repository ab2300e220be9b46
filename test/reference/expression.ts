import type { FunctionDefinition } from '../../src/expressions/function.ts';
import { findFunctions } from '../../src/expressions/functions/registry.ts';
import { elementsOf, isList, isObject, membersOf } from '../../src/expressions/json-value.ts';
import { integerValue } from '../../src/expressions/number-value.ts';
import type { Value } from '../../src/expressions/value.ts';
import { isOfType } from '../../src/expressions/value-type.ts';

/** A value, and whether it stands in the text as a literal. */
interface Operand {
  readonly value: Value;
  readonly isLiteral: boolean;
}

const TOKEN = /\s*(?:(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)|(r?"(?:[^"\\]|\\.)*")|([A-Za-z_]\w*)|(\S))/y;

/**
 * The value of an expression of literals, lists, objects, calls, `-`, `<`, `.name` and `[index]`: as much as the examples of
 * functions are written in.
 */
export async function evaluate(text: string, names: Record<string, Value> = {}): Promise<Value> {
  const tokens: string[] = [];
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < text.trimEnd().length; )
    tokens.push(TOKEN.exec(text)![0].trim());
  let at = 0;
  const take = (wanted?: string): string => {
    const token = tokens[at++];
    if (token === undefined || (wanted !== undefined && token !== wanted))
      throw new Error(`expected ${wanted ?? 'more'}, not ${token}, in ${text}`);
    return token;
  };

  async function list(close: string): Promise<Operand[]> {
    const operands: Operand[] = [];
    while (tokens[at] !== close) {
      operands.push(await comparison());
      if (tokens[at] !== close) take(',');
    }
    take(close);
    return operands;
  }

  async function primary(): Promise<Operand> {
    const token = take();
    const literal = (value: Value): Operand => ({ value, isLiteral: true });
    if (/^\d+$/.test(token)) return literal(integerValue(BigInt(token)));
    if (/^\d/.test(token)) return literal(Number(token));
    if (token.startsWith('r"')) return literal(token.slice(2, -1));
    if (token[0] === '"') return literal(JSON.parse(token));
    if (token === '-') {
      const { value } = await primary();
      return literal(-(value as number));
    }
    if (token === '[') return { value: (await list(']')).map(({ value }) => value), isLiteral: false };
    if (token === '(') return (await list(')'))[0]!;
    if (token === '{') {
      const members = new Map<string, Value>();
      while (tokens[at] !== '}') {
        const name = JSON.parse(take());
        take(':');
        members.set(name, (await comparison()).value);
        if (tokens[at] !== '}') take(',');
      }
      take('}');
      return { value: members, isLiteral: false };
    }
    if (token === 'true' || token === 'false') return literal(token === 'true');
    if (token === 'null') return literal(null);
    if (tokens[at] === '(') {
      take('(');
      return { value: await call(token, 'call', await list(')')), isLiteral: false };
    }
    if (token in names) return { value: names[token]!, isLiteral: false };
    throw new Error(`unknown: ${token} in ${text}`);
  }

  async function postfix(): Promise<Operand> {
    let operand = await primary();
    for (;;) {
      let value: Value;
      if (tokens[at] === '.') {
        take('.');
        const name = take();
        if (tokens[at] === '(') {
          take('(');
          value = await call(name, 'method', [operand, ...(await list(')'))]);
        } else value = (isObject(operand.value) && membersOf(operand.value).get(name)) || null;
      } else if (tokens[at] === '[') {
        take('[');
        const index = (await list(']'))[0]!.value;
        value = (isList(operand.value) && elementsOf(operand.value)[Number(index)]) || null;
      } else return operand;
      operand = { value, isLiteral: false };
    }
  }

  async function comparison(): Promise<Operand> {
    const left = await postfix();
    if (tokens[at] !== '<') return left;
    take('<');
    return { value: left.value! < (await postfix()).value!, isLiteral: false };
  }

  const { value } = await comparison();
  if (at < tokens.length) throw new Error(`${tokens[at]} is too much in ${text}`);
  return value;
}

const takes = (
  { parameters, optional = 0, variadic, takesNull }: FunctionDefinition,
  values: readonly Value[],
) =>
  values.length >= parameters.length - optional &&
  (variadic === true || values.length <= parameters.length) &&
  values.every(
    (value, i) =>
      (value === null && takesNull !== true) ||
      value === null ||
      isOfType(value, parameters[i] ?? parameters.at(-1)!),
  );

/** Calls the function of that name that takes the values, as an evaluator does. */
async function call(name: string, form: 'call' | 'method', operands: readonly Operand[]): Promise<Value> {
  const values = operands.map(({ value }) => value);
  const found = findFunctions(name).find(
    (each) => (each.form === 'both' || each.form === form) && takes(each, values),
  );
  if (found === undefined) throw new Error(`no function ${name} takes ${values.map(String)}`);
  return callWith(found, operands);
}

/** Calls a function: loads, prepares by its literals, and passes null by. */
async function callWith(definition: FunctionDefinition, operands: readonly Operand[]): Promise<Value> {
  const literals = operands.map(({ value, isLiteral }) => (isLiteral ? value : undefined));
  await definition.load?.(literals);
  const run = definition.prepare?.(literals) ?? ((...values) => definition.call(...values));
  const values = operands.map(({ value }) => value);
  return definition.takesNull !== true && values.includes(null) ? null : run(...values);
}

/** Calls a function for literals, and as if it was not prepared; both give the same. */
export async function callBothWays(name: string, ...values: Value[]): Promise<[Value, Value]> {
  const found = findFunctions(name).find((each) => takes(each, values));
  if (found === undefined) throw new Error(`no function ${name} takes ${values.map(String)}`);
  const literal = await callWith(
    found,
    values.map((value) => ({ value, isLiteral: true })),
  );
  await found.load?.(values.map(() => undefined));
  return [literal, found.takesNull !== true && values.includes(null) ? null : found.call(...values)];
}
