import type { ProgramPlace, Stage } from '../commands/stage.ts';
import { errorIn, usageError } from '../errors.ts';
import { BranchPlace, placeOf } from './branch-place.ts';
import type { Fed } from './fed-pipelines.ts';
import type { AnyPart } from './step.ts';

/** One of the streams that a merge makes one of. */
export type MergedInput = Fed | BranchPlace;

/** Those of each merge, in order, by its stage. */
export const mergedInputs = new WeakMap<Stage, readonly MergedInput[]>();

/** What the first of these parts merges, in order; it may merge nothing. */
export const mergedBy = ([first]: readonly AnyPart[]): readonly MergedInput[] =>
  (first && mergedInputs.get(first.stage)) ?? [];

/**
 * A pipeline that reads a branch which a stage of its own gives to, or one behind the merge that it feeds, would wait for
 * itself.
 * @param behind the places that stages behind the merge give to
 * @throws TidemarkError `usage`
 */
export function refuseCircles(parts: readonly AnyPart[], behind: readonly ProgramPlace[] = []): void {
  const given = [...behind, ...parts.flatMap(placesOf)];
  refuseCircle(placeOf(parts[0]), given);
  for (const [number, input] of mergedBy(parts).entries()) {
    try {
      if (input instanceof BranchPlace) refuseCircle(input, given);
      else refuseCircles(input.parts, given);
    } catch (error) {
      throw errorIn(`input ${number + 1}`, error);
    }
  }
}

function refuseCircle(read: BranchPlace | undefined, given: readonly ProgramPlace[]): void {
  if (read === undefined || !given.includes(read)) return;
  throw usageError(
    'the branch that is read is given to by a stage behind it, which would wait for it',
    'a stream goes one way: read what a stage before it gives to',
  );
}

const placesOf = ({ stage }: AnyPart): readonly ProgramPlace[] =>
  stage.role === 'source' ? [] : [...(stage.places?.values() ?? [])];
