import type { Schema } from '../stream/schema.ts';
import { ANY_VALUE } from '../stream/schema.ts';
import { type AggregateArgument, callInWords, parseAggregateCall } from './aggregate-argument.ts';
import { type Expression, treeExpression } from './expression.ts';
import { TreeBuilder } from './tree.ts';

/** A result that is computed of other results and members of the key. */
export interface ComputedResult {
  /** Over an object of the members of the key and of all results. */
  readonly expression: Expression;
  /** Aggregates that stand in the text and are no results themselves; their names are their calls. */
  readonly aggregates: readonly AggregateArgument[];
}

/**
 * Parses `n / 60`, `count().where(status >= 500) / count()`: names are those of results and of members of the key.
 * @param names of results and members of the key
 * @throws TidemarkError `usage` with the place
 */
export function parseComputed(text: string, names: readonly string[]): ComputedResult {
  const aggregates: AggregateArgument[] = [];
  const builder = new TreeBuilder(text, new Map(), (call) => {
    const aggregate = parseAggregateCall(call);
    const name = callInWords(aggregate);
    if (aggregates.every((each) => each.name !== name)) aggregates.push({ ...aggregate, name });
    return name;
  });
  const expression = treeExpression(text, builder, new Map());
  const known = [...names, ...aggregates.map(({ name }) => name)];
  const schema: Schema = {
    members: new Map(known.map((name) => [name, { ...ANY_VALUE, required: true }])),
    closed: true,
  };
  expression.check(schema);
  return { expression, aggregates };
}
