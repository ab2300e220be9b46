import type { Schema, ValueSchema } from '../stream/schema.ts';
import { TYPE_ANY } from '../stream/schema.ts';
import { typeNames } from '../stream/schema-json.ts';

/** What is known of events, in a line for people: `host: string, status?: integer|null, …`. */
export function schemaText({ members, closed }: Schema): string {
  const known = [...members].map(
    ([name, member]) => `${shownName(name)}${member.required ? '' : '?'}: ${valueText(member)}`,
  );
  return [...known, ...(closed ? [] : ['…'])].join(', ');
}

function valueText(value: ValueSchema): string {
  const { types, items, members, format } = value;
  if (types === TYPE_ANY) return 'any';
  return typeNames(types)
    .map((name) => {
      if (name === 'array' && items !== undefined) return `[${valueText(items)}]`;
      if (name === 'object' && members !== undefined) return `{${schemaText(members)}}`;
      return name === 'string' && format !== undefined ? format : name;
    })
    .join('|');
}

const shownName = (name: string): string =>
  /^[\p{L}_$@][\p{L}\p{N}_$@-]*$/u.test(name) ? name : JSON.stringify(name);
