import { resolveLocations } from '../connectors/locations.ts';
import { isModule } from '../connectors/source-module.ts';
import { LOADING, UserModule } from '../connectors/user-module.ts';
import { loadEstimators } from '../connectors/watermark-module.ts';
import { TidemarkError, throwAll } from '../errors.ts';
import type { SourceOptions } from './source-options.ts';

/**
 * Looks for what a source would read, and loads its modules.
 * @param kept with --state
 * @returns what is missing now: a log may come before the run
 * @throws TidemarkError for a module that is missing or is none, and for what can be no location
 */
export async function lookAtInputs(
  { locations, follow, watermark }: SourceOptions,
  kept: boolean,
): Promise<string[]> {
  const missing: string[] = [];
  const errors: TidemarkError[] = [];
  for (const location of locations) {
    const error = await errorOf(resolveLocations([location], { follow, notice: () => {} }));
    if (error === undefined) continue;
    if (error.code === 'usage' || isModule(location)) errors.push(error);
    else missing.push(error.message);
  }
  if (watermark.kind === 'module' && 'place' in watermark) {
    const module = new UserModule(watermark.place, LOADING);
    const error = await errorOf(loadEstimators(module, kept).then((createEstimator) => createEstimator()));
    if (error !== undefined) errors.push(error);
  }
  throwAll(errors);
  return missing;
}

/** What a task fails with; undefined: it does not. */
async function errorOf(task: Promise<unknown>): Promise<TidemarkError | undefined> {
  try {
    await task;
    return undefined;
  } catch (error) {
    if (error instanceof TidemarkError) return error;
    throw error;
  }
}
