import type { Schema } from '../stream/schema.ts';
import { ANY_VALUE } from '../stream/schema.ts';
import { type AggregateArgument, callInWords, parseAggregateArgument } from './aggregate-argument.ts';
import { type Bindings, type Expression, treeExpression } from './expression.ts';
import { TreeBuilder } from './tree.ts';

/** A result that is computed of other results and members of the key. */
export interface ComputedResult {
  /** Over an object of the members of the key and of all results; those of `computed` are bound. */
  readonly expression: Expression;
  /** Aggregates that stand in the text and are no results themselves; their names are their calls. */
  readonly inner: readonly AggregateArgument[];
}

/**
 * Parses `n / 60`, `count().where(status >= 500) / count()`.
 * @param names of results of aggregates and of members of the key
 * @param aggregates those that there are: one that is called again is not computed twice
 * @param computed results that were computed before
 * @throws TidemarkError `usage` with the place
 */
export function parseComputed(
  text: string,
  names: readonly string[],
  aggregates: readonly AggregateArgument[],
  computed: Bindings,
): ComputedResult {
  const inner: AggregateArgument[] = [];
  const builder = new TreeBuilder(text, computed, (call) => {
    const aggregate = parseAggregateArgument(call);
    const words = callInWords(aggregate);
    const known = [...aggregates, ...inner].find((each) => callInWords(each) === words);
    if (known !== undefined) return known.name;
    inner.push({ ...aggregate, name: words });
    return words;
  });
  const expression = treeExpression(text, builder, computed);
  const known = [...names, ...inner.map(({ name }) => name)];
  const schema: Schema = {
    members: new Map(known.map((name) => [name, { ...ANY_VALUE, required: true }])),
    closed: true,
  };
  expression.check({ schema });
  return { expression, inner };
}
