import { ANY_VALUE, type MemberSchema, type Schema, type ValueSchema } from './schema.ts';

/**
 * What is known of events of which each is of one of these schemas: a member may have what any of them lets it have, and is
 * required where it is in all. Members in the order in which they come.
 * @param schemas at least one
 */
export function unionOfSchemas(schemas: readonly Schema[]): Schema {
  const names = new Set(schemas.flatMap(({ members }) => [...members.keys()]));
  return {
    members: new Map([...names].map((name) => [name, unionOfMember(name, schemas)])),
    closed: schemas.every(({ closed }) => closed),
  };
}

function unionOfMember(name: string, schemas: readonly Schema[]): MemberSchema {
  const known = schemas.flatMap(({ members, closed }): MemberSchema[] => {
    const member = members.get(name);
    if (member !== undefined) return [member];
    // Where there are no others it is not there; elsewhere it may be anything.
    return closed ? [] : [{ ...ANY_VALUE, required: false }];
  });
  const required = known.length === schemas.length && known.every((member) => member.required);
  return { ...unionOfValues(known), required };
}

/** @param values at least one */
function unionOfValues(values: readonly ValueSchema[]): ValueSchema {
  const [first] = values;
  const types = values.reduce((bits, value) => bits | value.types, 0);
  const items = values.flatMap((value) => value.items ?? []);
  const members = values.flatMap((value) => value.members ?? []);
  return {
    types,
    // What only some of them tell is not told of all.
    ...(items.length === values.length ? { items: unionOfValues(items) } : {}),
    ...(members.length === values.length ? { members: unionOfSchemas(members) } : {}),
    ...(first!.format !== undefined && values.every(({ format }) => format === first!.format)
      ? { format: first!.format }
      : {}),
  };
}
