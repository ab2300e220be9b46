import { TidemarkError } from '../errors.ts';
import {
  ANY_VALUE,
  type MemberSchema,
  type Schema,
  TYPE_ANY,
  TYPE_BOOLEAN,
  TYPE_FRACTION,
  TYPE_INTEGER,
  TYPE_LIST,
  TYPE_NULL,
  TYPE_OBJECT,
  TYPE_STRING,
  type ValueSchema,
} from './schema.ts';

/** Bits of the types as JSON Schema names them. */
const NAMED_TYPES: ReadonlyMap<string, number> = new Map([
  ['boolean', TYPE_BOOLEAN],
  ['integer', TYPE_INTEGER],
  ['number', TYPE_INTEGER | TYPE_FRACTION],
  ['string', TYPE_STRING],
  ['array', TYPE_LIST],
  ['object', TYPE_OBJECT],
  ['null', TYPE_NULL],
]);

/** Keywords that say something to people alone. */
const REMARKS: ReadonlySet<string> = new Set([
  '$schema',
  '$id',
  'title',
  'description',
  '$comment',
  'examples',
]);
const OF_VALUES: ReadonlySet<string> = new Set([
  'type',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'format',
]);

/** Whether keywords that are not understood are refused: those of a file that a user wrote, or passed over. */
export type Strictness = 'strict' | 'lenient';

/**
 * Reads a schema of events: the subset of JSON Schema (draft 2020-12) that schema.ts names.
 * @param value parsed JSON
 * @param strictness `lenient` for what a later version may have written
 * @throws TidemarkError `usage` that names the place as a JSON Pointer (RFC 6901)
 */
export function parseSchema(value: unknown, strictness: Strictness = 'strict'): Schema {
  const read = parseValue(value, '', strictness);
  if ((read.types & TYPE_OBJECT) === 0)
    throw badSchema('/type', 'an event is an object', 'write "type": "object"');
  return read.members ?? { members: new Map(), closed: false };
}

function parseValue(value: unknown, at: string, strictness: Strictness): ValueSchema {
  if (value === true) return ANY_VALUE;
  if (!isRecord(value)) throw badSchema(at, 'a schema is an object', 'write {"type": "string"}, say');
  for (const keyword of Object.keys(value)) {
    if (strictness === 'lenient' || OF_VALUES.has(keyword) || REMARKS.has(keyword)) continue;
    const known = [...OF_VALUES].join(', ');
    throw badSchema(`${at}/${pointer(keyword)}`, `'${keyword}' is not understood here`, `what is: ${known}`);
  }
  const { type, properties, items, format } = value;
  const types = parseTypes(type, `${at}/type`);
  return {
    types,
    ...(items === undefined ? {} : { items: parseValue(items, `${at}/items`, strictness) }),
    ...(properties === undefined && value.additionalProperties === undefined && value.required === undefined
      ? {}
      : { members: parseMembers(value, at, strictness) }),
    ...(typeof format === 'string' ? { format } : {}),
  };
}

function parseMembers(
  { properties = {}, required = [], additionalProperties = true }: Record<string, unknown>,
  at: string,
  strictness: Strictness,
): Schema {
  if (!isRecord(properties)) throw badSchema(`${at}/properties`, 'it is no object', 'write {"name": {…}, …}');
  if (!Array.isArray(required) || required.some((name) => typeof name !== 'string'))
    throw badSchema(`${at}/required`, 'it is no list of names', 'write ["id", "time"]');
  if (typeof additionalProperties !== 'boolean')
    throw badSchema(
      `${at}/additionalProperties`,
      'it is neither true nor false',
      'false: there are no others',
    );
  const members = new Map<string, MemberSchema>();
  for (const [name, schema] of Object.entries(properties)) {
    const read = parseValue(schema, `${at}/properties/${pointer(name)}`, strictness);
    members.set(name, { ...read, required: required.includes(name) });
  }
  for (const name of required as string[])
    if (!members.has(name)) members.set(name, { ...ANY_VALUE, required: true });
  return { members, closed: !additionalProperties };
}

function parseTypes(type: unknown, at: string): number {
  if (type === undefined) return TYPE_ANY;
  const names = Array.isArray(type) ? type : [type];
  let types = 0;
  for (const name of names) {
    const bits = typeof name === 'string' ? NAMED_TYPES.get(name) : undefined;
    if (bits === undefined) {
      const known = [...NAMED_TYPES.keys()].join(', ');
      throw badSchema(at, `${JSON.stringify(name)} is no type`, `the types are ${known}`);
    }
    types |= bits;
  }
  return types;
}

/** The schema as JSON Schema, for `@stream` and for people. */
export function schemaJson({ members, closed }: Schema): Record<string, unknown> {
  const required = [...members].filter(([, member]) => member.required).map(([name]) => name);
  return {
    type: 'object',
    properties: Object.fromEntries([...members].map(([name, member]) => [name, valueJson(member)])),
    ...(required.length > 0 ? { required } : {}),
    ...(closed ? { additionalProperties: false } : {}),
  };
}

function valueJson({ types, items, members, format }: ValueSchema): Record<string, unknown> {
  const names = typeNames(types);
  return {
    ...(types === TYPE_ANY ? {} : { type: names.length === 1 ? names[0] : names }),
    ...(format === undefined ? {} : { format }),
    ...(items === undefined ? {} : { items: valueJson(items) }),
    ...(members === undefined ? {} : omitType(schemaJson(members))),
  };
}

function omitType({ type: _, ...rest }: Record<string, unknown>): Record<string, unknown> {
  return rest;
}

/** The names of types in JSON Schema; `number` where a fraction may be. */
export function typeNames(types: number): string[] {
  const numbers = (types & TYPE_FRACTION) !== 0 ? types | TYPE_INTEGER : types;
  const names: string[] = [];
  for (const [name, bits] of NAMED_TYPES) {
    if (name === 'integer' && (numbers & TYPE_FRACTION) !== 0) continue;
    if ((numbers & bits) === bits) names.push(name);
  }
  return names;
}

const pointer = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const badSchema = (at: string, why: string, hint: string): TidemarkError =>
  new TidemarkError('usage', `${why}, at ${at === '' ? 'the top' : at} of the schema`, { hint });
