import type { CombineCall } from './combine.ts';

const COUNTS = ['count', 'distinct', 'null_count'];
const NUMBERS = ['sum', 'mean', 'quantile', 'median', 'variance', 'stddev', 'skewness'];
const LISTS = ['list', 'set', 'sample'];

/** What is known of a result, of an input of which nothing is known. */
function ofAggregate(aggregate: string): object {
  if (COUNTS.includes(aggregate)) return { type: 'integer' };
  if (NUMBERS.includes(aggregate)) return { type: ['number', 'null'] };
  if (aggregate === 'string_agg') return { type: ['string', 'null'] };
  // A list has no null among its elements.
  const element = { type: ['boolean', 'number', 'string', 'array', 'object'] };
  return LISTS.includes(aggregate) ? { type: 'array', items: element } : {};
}

/** The members of the results of `combine`: all of them, in order, and nothing else. */
export const resultSchema = ({ by, aggregates }: CombineCall): object => ({
  type: 'object',
  properties: Object.fromEntries([
    ...by.map(({ name }) => [name, {}]),
    ...aggregates.map(({ name, aggregate }) => [name, ofAggregate(aggregate)]),
  ]),
  required: [...by, ...aggregates].map(({ name }) => name),
  additionalProperties: false,
});
