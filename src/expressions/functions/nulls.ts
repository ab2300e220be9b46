import type { FunctionDefinition } from '../function.ts';
import { ANY, type Type } from '../type.ts';
import type { Value } from '../value.ts';
import { equalValues } from '../value-order.ts';

export const coalesce: FunctionDefinition = {
  name: 'coalesce',
  form: 'call',
  usage: 'coalesce(X, Y, …)',
  summary: 'take the first that is not null',
  example: ['coalesce(null, 0)', '0'],
  parameters: [ANY, ANY],
  variadic: true,
  result: ANY,
  resultOf: commonType,
  takesNull: true,
  sql: 'coalesce',
  call: (...values: Value[]) => values.find((value) => value !== null) ?? null,
};

/** The type that all have but those that are null; a list's elements and an object's members are not compared. */
function commonType(types: readonly Type[]): Type {
  const known = types.filter((type) => type.kind !== 'null');
  const [first, ...others] = known;
  if (first === undefined || others.some((type) => type.kind !== first.kind)) return ANY;
  if (first.kind === 'number')
    return others.every((type) => type.kind === 'number' && type.integer === first.integer)
      ? first
      : { kind: 'number' };
  return others.length === 0 || (first.kind !== 'list' && first.kind !== 'object') ? first : ANY;
}

export const nullif: FunctionDefinition = {
  name: 'nullif',
  form: 'call',
  usage: 'nullif(X, Y)',
  summary: 'null where X is equal to Y, else X',
  example: ['nullif("-", "-")', 'null'],
  parameters: [ANY, ANY],
  result: ANY,
  resultOf: ([type]) => type ?? ANY,
  takesNull: true,
  sql: 'nullif',
  call: (x: Value, y: Value) => (equalValues(x, y) ? null : x),
};
