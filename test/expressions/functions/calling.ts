import { Buffer } from 'node:buffer';
import { expect } from 'vitest';
import { TidemarkError } from '../../../src/errors.ts';
import { FunctionFailure } from '../../../src/expressions/function.ts';
import { readValue, valueText } from '../../../src/expressions/json-value.ts';
import type { Value } from '../../../src/expressions/value.ts';
import { callBothWays } from '../../reference/expression.ts';

/** A value of an event: its lists and objects are spans. */
export const event = (json: string): Value => readValue(Buffer.from(json), 0, Buffer.byteLength(json));

/** The function's value for arguments that are literals and that are not, which has to be the same. */
export async function valueOf(name: string, ...values: Value[]): Promise<Value> {
  const [literal, computed] = await callBothWays(name, ...values);
  expect(valueText(literal)).toBe(valueText(computed));
  return literal;
}

/** As `valueOf`, as JSON. */
export const json = async (name: string, ...values: Value[]): Promise<string> =>
  valueText(await valueOf(name, ...values));

/** Why the function fails for literals: a usage error's message, or a failure's reason. */
export async function failureOf(name: string, ...values: Value[]): Promise<string> {
  try {
    return `no failure: ${await json(name, ...values)}`;
  } catch (error) {
    if (error instanceof FunctionFailure) return error.reason;
    if (error instanceof TidemarkError && error.code === 'usage') return `usage: ${error.message}`;
    throw error;
  }
}

/** Calls with what they give, as JSON or as a failure, headed by how they look. */
export type Case = readonly [name: string, values: readonly Value[], result: string];

export const titled = (cases: readonly Case[]): [title: string, ...Case][] =>
  cases.map(([name, values, result]) => [
    `${name}(${values.map(valueText).join(', ')})`.replaceAll('%', '%%'),
    name,
    values,
    result,
  ]);
