import {
  type Schema,
  TYPE_BOOLEAN,
  TYPE_FRACTION,
  TYPE_INTEGER,
  TYPE_LIST,
  TYPE_NULL,
  TYPE_OBJECT,
  TYPE_STRING,
  type ValueSchema,
} from '../../src/stream/schema.ts';

function typeOf(value: unknown): number {
  if (value === null) return TYPE_NULL;
  if (Array.isArray(value)) return TYPE_LIST;
  switch (typeof value) {
    case 'boolean':
      return TYPE_BOOLEAN;
    case 'number':
      return Number.isInteger(value) ? TYPE_INTEGER : TYPE_FRACTION;
    case 'string':
      return TYPE_STRING;
    default:
      return TYPE_OBJECT;
  }
}

/** Whether a value is as a schema wants it; numbers without fraction are taken for integers. */
function fitsValue(schema: ValueSchema, value: unknown): boolean {
  const type = typeOf(value);
  if ((schema.types & type) === 0) return false;
  if (type === TYPE_LIST)
    return (value as unknown[]).every((each) => fitsValue(schema.items ?? { types: 127 }, each));
  if (type !== TYPE_OBJECT || schema.members === undefined) return true;
  return fitsObject(schema.members, value as Record<string, unknown>);
}

export function fitsObject({ members, closed }: Schema, object: Readonly<Record<string, unknown>>): boolean {
  const names = Object.keys(object);
  if (closed && names.some((name) => !members.has(name))) return false;
  return [...members].every(([name, member]) =>
    names.includes(name) ? fitsValue(member, object[name]) : !member.required,
  );
}
