import { Buffer } from 'node:buffer';
import type { DeclaredTable } from '../kernel/declared.ts';
import { NAME_LIMIT } from '../kernel/names.ts';
import { ABSENT, ARRAY, NUMBER, OBJECT } from '../stream/projection.ts';
import { type MemberSchema, type Schema, TYPE_ANY, TYPE_FRACTION } from '../stream/schema.ts';
import { TYPE_BITS } from './schema-refusal.ts';

/** What a value of a type is to a member: as the schema wants it, or not, or to be looked at more closely. */
export const FITS = 0;
const REFUSED = 1;
export const LOOK = 2;

/** FITS, REFUSED or LOOK by the type of a projected value. */
export function verdictsOf(schema: MemberSchema): Uint8Array {
  const verdicts = new Uint8Array(8);
  verdicts[ABSENT] = schema.required ? REFUSED : FITS;
  for (const [type, bits] of Object.entries(TYPE_BITS)) {
    const refused = (schema.types & bits) === 0;
    const closer =
      (Number(type) === NUMBER && (schema.types & TYPE_FRACTION) === 0) ||
      (Number(type) === ARRAY && schema.items !== undefined) ||
      (Number(type) === OBJECT && schema.members !== undefined);
    verdicts[Number(type)] = refused ? REFUSED : closer ? LOOK : FITS;
  }
  return verdicts;
}

/** The types that a field of text may get; 0: nothing is declared of it. */
export const typesOfText = (schema: MemberSchema | undefined): number =>
  schema === undefined || schema.types === TYPE_ANY ? 0 : schema.types;

/** Whether the kernel can hold records to a schema: what is inside of lists and objects it leaves. */
export const isPlain = ({ members }: Schema): boolean =>
  [...members.values()].every(({ items, members: inner }) => items === undefined && inner === undefined);

/** What the kernel looks for in records. */
export interface DeclaredNames {
  /** The time's name, those of the members that fill fields, and those that only the schema is about. */
  readonly names: readonly Buffer[];
  /** Members that fill fields. */
  readonly fields: number;
  /** Undefined: nothing is declared, or too much for the kernel. */
  readonly table: DeclaredTable | undefined;
}

/** Names that the kernel holds to a schema at most: a bit each. */
const MOST = 63;

/**
 * @param time the name of the time, or one that no member has
 * @param members that fill fields
 * @param schema that is declared of the records, with names as in the stream
 */
export function declaredNames(
  time: Buffer,
  members: readonly Buffer[],
  schema: Schema | undefined,
): DeclaredNames {
  const wanted = [time, ...members];
  const unchecked = { names: wanted, fields: members.length, table: undefined };
  if (schema === undefined) return unchecked;
  const known = new Set(wanted.map(String));
  const others = [...schema.members.keys()]
    .filter((name) => !known.has(name))
    .map((name) => Buffer.from(name));
  const names = [...wanted, ...others];
  if (names.length > MOST || others.some(({ length }) => length > NAME_LIMIT)) return unchecked;
  return { names, fields: members.length, table: tableOf(schema, names.map(String)) };
}

function tableOf({ members, closed }: Schema, names: readonly string[]): DeclaredTable {
  const entries = new Uint8Array(8 * (names.length + 1));
  let required = 0n;
  [undefined, ...names].forEach((name, index) => {
    const member = name === undefined ? undefined : members.get(name);
    const entry = entries.subarray(index * 8, index * 8 + 8);
    if (member === undefined) {
      if (closed) entry.fill(REFUSED, 1);
      return;
    }
    entry.set(verdictsOf(member));
    for (const type of [ARRAY, OBJECT]) if (entry[type] === LOOK) entry[type] = REFUSED;
    entry[ABSENT] = typesOfText(member);
    if (member.required) required |= 1n << BigInt(index - 1);
  });
  return { entries, required };
}
