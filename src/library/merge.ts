import { mergeCommand } from '../commands/merge.ts';
import { usageError } from '../errors.ts';
import type { Branch } from './branch.ts';
import { placeOf } from './branch-place.ts';
import { fed } from './fed-pipelines.ts';
import { partOf, refuseUnless } from './given.ts';
import { type MergedInput, mergedInputs } from './merged-input.ts';
import type { MergeOptions } from './options.generated.ts';
import type { Pipeline } from './pipeline.ts';
import type { Source } from './step.ts';

/** What can be merged: a pipeline that ends with no sink, or a branch. */
export type Mergeable = Pipeline<unknown> | Branch<unknown>;

/** The type of the events of each. */
type EventOf<Input> = Input extends Pipeline<infer T> ? T : Input extends Source<infer T> ? T : never;

/**
 * Makes one stream of several, the first part of a pipeline: pipelines with sources, formats and delays of their own, and
 * branches of other pipelines, also of those that are merged. All run in the run of the whole, and end with it; their windows
 * must be the same. The watermark is the lowest of theirs. In which order events come is told by `order`.
 * @example pipeline([merge([pipeline([source('a.log', …)]), pipeline([source('b.csv', …)])]), window.fixed('5m'), combine(…)])
 * @example merge([pipeline([source(…), route([[failed, 'status >= 400']])]), pipeline([failed, map({ failed: 'true' })])])
 * @throws TidemarkError `usage`
 */
export function merge<const Inputs extends readonly Mergeable[]>(
  inputs: Inputs,
  options: MergeOptions = {},
): Source<EventOf<Inputs[number]>> {
  refuseUnless(
    Array.isArray(inputs),
    mergeCommand,
    'a list of pipelines',
    inputs,
    'merge([requests, measurements])',
  );
  const words = inputs.map((_, number) => `<(${number + 1})`);
  const part = partOf(mergeCommand, words, options, undefined, (given) => {
    const merged = inputs.map((input, number) => mergedInput(input, `input ${number + 1}`));
    const stage = mergeCommand.build(given);
    mergedInputs.set(stage, merged);
    return stage;
  });
  return { role: 'source', ...part, input: undefined, looked: undefined };
}

/** @throws TidemarkError `usage` for what cannot be merged */
function mergedInput(given: unknown, name: string): MergedInput {
  const place = placeOf(given);
  if (place !== undefined) return place;
  const inside = fed.get(given as object);
  if (inside === undefined)
    throw usageError(
      `${name} is neither a pipeline nor a branch`,
      'merge([pipeline([source(…), …]), branch])',
    );
  if (inside.hasSink)
    throw usageError(`${name} ends with a sink, and gives nothing to merge`, 'leave its sink out');
  if (inside.isKept)
    throw usageError(
      `the source of ${name} keeps state, and streams that come together in one program keep none`,
      "leave its state out, or give all locations to one source; tm run -e 'merge <(…) <(…)' keeps it",
    );
  return inside;
}
