import { buildSource, sourceCommand } from '../commands/source.ts';
import { BranchPlace } from './branch-place.ts';
import { partOf } from './given.ts';
import type { Members, Source } from './step.ts';

/**
 * A stream within the program: a place for a branch (`tee`, `route`, `partition`) or a side output (`lateTo`, `rejectedTo`,
 * `sideTo` …) of one pipeline, and the source of another.
 */
export interface Branch<T = Members> extends Source<T> {
  readonly place: BranchPlace;
}

/**
 * Makes one. Both pipelines run at the same time: what gives to a branch waits while it is not read, as it does for the
 * reader of a FIFO, and what reads it waits for its events.
 * @template T its events
 * @example
 * const late = branch<Order>();
 * const counts = pipeline([source('orders.ndjson', { time: 'at', delay: '1m' }), combine({ n: 'count' }, { lateTo: late })]);
 * await Promise.all([run([late, sink('late.csv')]).wait(), show(counts)]);
 */
export function branch<T extends object = Members>(): Branch<T> {
  const place = new BranchPlace();
  return {
    role: 'source',
    ...partOf(sourceCommand, [], { format: 'stream' }, undefined, (given) =>
      buildSource(given, [place.split]),
    ),
    input: undefined,
    looked: undefined,
    place,
  };
}
