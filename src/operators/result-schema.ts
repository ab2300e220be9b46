import { usageError } from '../errors.ts';
import type { AggregateArgument } from '../expressions/aggregate-argument.ts';
import { fieldSchema, keySchema } from '../expressions/field-check.ts';
import { nameOfPath, type Path } from '../json/path.ts';
import type { NumberDomain } from '../stream/numbers.ts';
import {
  ANY_VALUE,
  type MemberSchema,
  type Schema,
  TYPE_BOOLEAN,
  TYPE_FRACTION,
  TYPE_INTEGER,
  TYPE_NULL,
  TYPE_STRING,
  type ValueSchema,
} from '../stream/schema.ts';
import { inWords } from '../stream/type-words.ts';

/** The types that an argument may have, and how that is told. */
const DOMAINS: Readonly<Record<NumberDomain, readonly [types: number, wanted: string]>> = {
  numbers: [TYPE_INTEGER | TYPE_FRACTION | TYPE_NULL, 'numbers'],
  integers: [TYPE_INTEGER | TYPE_NULL, 'integers'],
  booleans: [TYPE_BOOLEAN | TYPE_NULL, 'true and false'],
};

/**
 * What is known of the results of combine: its keys and its aggregates, and no other members.
 * @param schema of its input; undefined: nothing is known of that
 * @throws TidemarkError `usage` where a field does not occur, or is nothing that its aggregate takes
 */
export function resultSchema(
  by: readonly Path[],
  aggregates: readonly AggregateArgument[],
  schema: Schema | undefined,
): Schema {
  const members = new Map<string, MemberSchema>();
  for (const [name, known] of keySchema(schema, by)) members.set(name, { ...known, required: true });
  for (const { name, fields, definition } of aggregates) {
    const known = fields.map((field) => fieldSchema(schema, field));
    if (definition.numeric)
      known.forEach((field, index) => {
        checkDomain(definition.name, fields[index]!, field, definition.domain ?? 'numbers');
      });
    members.set(name, { ...(definition.gives?.(known) ?? ANY_VALUE), required: true });
  }
  return { members, closed: true };
}

function checkDomain(aggregate: string, field: Path, known: ValueSchema, domain: NumberDomain): void {
  const { text } = field;
  const [types, wanted] = DOMAINS[domain];
  if ((known.types & types & ~TYPE_NULL) !== 0) return;
  throw usageError(
    `${aggregate} takes ${wanted}, and ${text} is ${inWords(known)}`,
    (known.types & TYPE_STRING) === 0
      ? 'tm combine --help lists the aggregates, and what they take'
      : `a text that spells a number is made one before: map '${nameOfPath(field)} = double(${text})'`,
  );
}
