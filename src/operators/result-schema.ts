import { throwTogether, toldAt, usageError } from '../errors.ts';
import type { AggregateArgument } from '../expressions/aggregate-argument.ts';
import type { Expression } from '../expressions/expression.ts';
import { keySchema, operandSchema } from '../expressions/field-check.ts';
import type { KnownEvents } from '../expressions/known-events.ts';
import type { Operand } from '../expressions/operand.ts';
import { schemaOfType } from '../expressions/schema-type.ts';
import { nameOfPath } from '../json/path.ts';
import { throughCommand } from '../stream/header.ts';
import type { Header } from '../stream/marker.ts';
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
import type { Result } from './computed-results.ts';
import { groupedHeader } from './grouped-header.ts';

/** The types that an argument may have, and how that is told. */
const DOMAINS: Readonly<Record<NumberDomain, readonly [types: number, wanted: string]>> = {
  numbers: [TYPE_INTEGER | TYPE_FRACTION | TYPE_NULL, 'numbers'],
  integers: [TYPE_INTEGER | TYPE_NULL, 'integers'],
  booleans: [TYPE_BOOLEAN | TYPE_NULL, 'true and false'],
};

/** What combine was asked for. */
interface Arguments {
  readonly by: readonly Operand[];
  readonly aggregates: readonly AggregateArgument[];
  /** Undefined: those of the aggregates. */
  readonly results?: readonly Result[];
}

/**
 * What is known of the results of combine: its keys and what was asked for, and no other members.
 * @param header of its input
 * @throws TidemarkError `usage` where a field does not occur, or is nothing that its aggregate takes
 */
export function resultSchema({ by, aggregates, results }: Arguments, header: Header): Schema {
  const keys: [string, MemberSchema][] = [];
  const aggregated: [string, MemberSchema][] = [];
  throwTogether([
    () => {
      for (const [name, known] of toldAt('--by', () => keySchema(header, by)))
        keys.push([name, { ...known, required: true }]);
    },
    ...aggregates.map(
      (aggregate) => () => void aggregated.push([aggregate.name, aggregateSchema(aggregate, header)]),
    ),
  ]);
  if (results === undefined) return closed([...keys, ...aggregated]);
  const known = {
    ...groupedHeader(throughCommand(header, 'combine')),
    schema: closed([...keys, ...aggregated]),
  };
  const members = new Map<string, MemberSchema>(keys);
  throwTogether(
    results.map((result) => () => {
      if (result.unwritten === true) return;
      const computed =
        'aggregate' in result ? aggregated[result.aggregate]![1] : typed(result.expression, known);
      members.set(result.name, computed);
    }),
  );
  return { members, closed: true };
}

const closed = (members: Iterable<readonly [string, MemberSchema]>): Schema => ({
  members: new Map(members),
  closed: true,
});

const typed = (expression: Expression, known: KnownEvents): MemberSchema => ({
  ...schemaOfType(expression.check(known)),
  required: true,
});

function aggregateSchema(
  { fields, definition, where }: AggregateArgument,
  events: KnownEvents,
): MemberSchema {
  where?.check(events);
  const known = fields.map((field) => operandSchema(events, field));
  if (definition.numeric)
    known.forEach((field, index) => {
      checkDomain(definition.name, fields[index]!, field, definition.domain ?? 'numbers');
    });
  return { ...(definition.gives?.(known) ?? ANY_VALUE), required: true };
}

function checkDomain(aggregate: string, field: Operand, known: ValueSchema, domain: NumberDomain): void {
  const { text } = field;
  const [types, wanted] = DOMAINS[domain];
  if ((known.types & types & ~TYPE_NULL) !== 0) return;
  throw usageError(
    `${aggregate} takes ${wanted}, and ${text} is ${inWords(known)}`,
    (known.types & ~TYPE_NULL) === TYPE_BOOLEAN
      ? `what is true is counted by count() where ${text}`
      : (known.types & TYPE_STRING) === 0
        ? 'tm combine --help lists the aggregates, and what they take'
        : `a text that spells a number is made one before: map '${nameOfPath(field)} = double(${text})'`,
  );
}
