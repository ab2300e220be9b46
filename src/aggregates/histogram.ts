import { usageError } from '../errors.ts';
import type { AggregateDefinition, Literal } from './aggregate.ts';
import { BinnedCounts } from './binned-counts.ts';

function check(bounds: readonly Literal[]): void {
  const hint = 'write histogram(bytes, 0, 1000, 10000)';
  for (const [i, bound] of bounds.entries()) {
    if (typeof bound !== 'number' || !Number.isFinite(bound))
      throw usageError(`histogram wants numbers for bounds, not ${JSON.stringify(bound)}`, hint);
    const before = bounds[i - 1];
    if (before !== undefined && bound <= Number(before))
      throw usageError(`histogram wants bounds that ascend, and ${bound} follows ${before}`, hint);
  }
}

export const histogram: AggregateDefinition = {
  name: 'histogram',
  summary:
    'count the values below the first BOUND, from each BOUND to below the next, and from the last on, as a list of from, to, count',
  usage: 'histogram(FIELD, BOUND, …)',
  fields: 1,
  literals: 1,
  optionalLiterals: Number.POSITIVE_INFINITY,
  numeric: true,
  check,
  create: (columns, bounds) => new BinnedCounts(columns, bounds.map(Number)),
};
