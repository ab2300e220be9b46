import type { ValueSchema } from './schema.ts';
import { typeNames } from './schema-json.ts';

/** The types of a value, for messages: `a string`, `an integer or null`. */
export function inWords({ types }: Pick<ValueSchema, 'types'>): string {
  const words = typeNames(types).map((name) => TYPE_WORDS[name] ?? name);
  const last = words.pop()!;
  return words.length === 0 ? last : `${words.join(', ')} or ${last}`;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  integer: 'an integer',
  number: 'a number',
  string: 'a string',
  array: 'a list',
  object: 'an object',
};
