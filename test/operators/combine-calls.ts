import fc from 'fast-check';
import { parseAggregateArgument } from '../../src/expressions/aggregate-argument.ts';
import { parsePath } from '../../src/json/path.ts';
import { Combine } from '../../src/operators/combine.ts';
import type { CombineOptions } from '../../src/operators/combine-options.ts';
import type { AggregateCall, CombineCall } from '../reference/combine.ts';
import type { MakeOperator } from './harness.ts';

/** How `combine` is called. Aggregates: name = aggregate(field, literals). */
export interface Call {
  readonly by: readonly string[];
  readonly aggregates: readonly string[];
  /** Names of results, `-` before those that descend. */
  readonly order?: readonly string[];
  readonly limit?: number;
}

const steps = (field: string): string[] => field.split('.');

function aggregateCall(argument: string): AggregateCall {
  const [, name, aggregate, inside] = /^(\w+) ?= ?(\w+)(?:\((.*)\))?$/.exec(argument)!;
  const [field, ...literals] = (inside ?? '').split(',').map((part) => part.trim());
  return {
    name: name!,
    aggregate: aggregate!,
    ...(field === '' || field === undefined ? {} : { field: steps(field) }),
    literals: literals.map(Number),
  };
}

const namesOf = ({ by, aggregates }: Call): string[] => [
  ...by,
  ...aggregates.map((argument) => aggregateCall(argument).name),
];

export function orderOf(call: Call): { column: number; descending: boolean }[] {
  return (call.order ?? []).map((word) => ({
    column: namesOf(call).indexOf(word.replace('-', '')),
    descending: word.startsWith('-'),
  }));
}

/** The call for the reference. */
export const referenceCall = (call: Call): CombineCall => ({
  by: call.by.map((field) => ({ name: field, steps: steps(field) })),
  aggregates: call.aggregates.map(aggregateCall),
  order: orderOf(call),
  ...(call.limit === undefined ? {} : { limit: call.limit }),
});

export const combineOptions = (call: Call): CombineOptions => ({
  by: call.by.map(parsePath),
  aggregates: call.aggregates.map(parseAggregateArgument),
  order: orderOf(call),
  limit: call.limit ?? Number.POSITIVE_INFINITY,
});

/** The call for the operator. */
export const combineWith =
  (call: Call): MakeOperator =>
  (context) =>
    new Combine(combineOptions(call), context);

/** Calls over the members of generated streams. */
export const calls: fc.Arbitrary<Call> = fc
  .record({
    by: fc.constantFrom([], ['k'], ['k'], ['k'], ['k', 'o.id'], ['o.id', 'k'], ['v'], ['k', 's']),
    aggregates: fc.subarray(
      [
        'n = count',
        'nv = count(v)',
        'total = sum(v)',
        'average = mean(v)',
        'median = quantile(v, 0.5)',
        'middle = median(v)',
        'usual = mode(s)',
        'joined = string_agg(s)',
        'without = null_count(v)',
        'shape = skewness(v)',
        'first = first(s)',
        'last = last(v)',
        'all = list(s)',
        'greatest = max(k)',
        'least = min(s)',
        'different = set(s)',
        'frequent = topk(s, 2)',
      ],
      { minLength: 1, maxLength: 4 },
    ),
    ordered: fc.array(fc.tuple(fc.nat(5), fc.boolean()), { maxLength: 2 }),
    limit: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  })
  .map(({ by, aggregates, ordered, limit }) => {
    const names = namesOf({ by, aggregates });
    return {
      by,
      aggregates,
      order: ordered.map(([index, descending]) => `${descending ? '-' : ''}${names[index % names.length]}`),
      ...(limit === undefined ? {} : { limit }),
    };
  });
