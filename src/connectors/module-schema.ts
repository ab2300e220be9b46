import { TidemarkError } from '../errors.ts';
import type { Schema } from '../stream/schema.ts';
import { parseSchema, schemaJson } from '../stream/schema-json.ts';
import { isThere, loadSource, type ModulePlace, modulePlace } from './source-module.ts';

/**
 * What source modules declare of their records, where all locations are modules and declare the same; undefined: nothing is
 * declared of all records.
 * @throws TidemarkError `failed` where a module cannot be loaded or throws, `usage` where it is none, or its schema
 */
export async function moduleSchema(locations: readonly string[]): Promise<Schema | undefined> {
  const places = locations.map(modulePlace);
  // One that is missing is told where it is opened.
  if (places.some((place) => place === undefined || !isThere(place))) return undefined;
  const [first, ...others] = await Promise.all(places.map((place) => declaredBy(place!)));
  const text = JSON.stringify(first && schemaJson(first));
  return others.every((each) => JSON.stringify(each && schemaJson(each)) === text) ? first : undefined;
}

async function declaredBy(place: ModulePlace): Promise<Schema | undefined> {
  const { schema } = await loadSource(place);
  if (schema === undefined) return undefined;
  try {
    return parseSchema(schema);
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    throw new TidemarkError('usage', error.message, {
      where: place.name,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
}
