import type { Stage } from '../commands/stage.ts';
import { resolveLocations } from '../connectors/locations.ts';
import { TidemarkError } from '../errors.ts';

/**
 * What is not there of the streams that a stage names as its inputs: one may come before the run.
 * @param isMade whether the stream of a place, by its number, is made in the same run
 * @throws TidemarkError `usage` for what can be no place
 */
export async function missingInputs(
  stage: Stage,
  isMade: (place: string, number: number) => boolean,
): Promise<string[]> {
  const places = stage.role === 'source' ? [] : [...(stage.inputs?.places ?? []).entries()];
  const missing: string[] = [];
  for (const [number, place] of places) {
    if (place === '-' || isMade(place, number)) continue;
    try {
      await resolveLocations([place], { follow: false, notice: () => {} });
    } catch (error) {
      if (!(error instanceof TidemarkError) || error.code === 'usage') throw error;
      missing.push(error.message);
    }
  }
  return missing;
}
