import { js, withCombiner } from '../aggregates/js.ts';
import { functionsPlace, loadCombiner, UserModule } from '../connectors/user-module.ts';
import type { AggregateArgument } from '../expressions/aggregate-argument.ts';
import type { CombineOptions } from '../operators/combine-options.ts';

/** How long a module may take to load, ms. */
const LOADING = 30_000;

/**
 * The options with the modules of their aggregates loaded.
 * @throws TidemarkError where one cannot be loaded, or is no combiner
 */
export async function withModules(options: CombineOptions): Promise<CombineOptions> {
  const aggregates: AggregateArgument[] = [];
  for (const aggregate of options.aggregates) {
    if (aggregate.definition.name !== js.name) {
      aggregates.push(aggregate);
      continue;
    }
    const module = new UserModule(functionsPlace(String(aggregate.literals[0])), LOADING);
    aggregates.push({ ...aggregate, definition: withCombiner(await loadCombiner(module)) });
  }
  return { ...options, aggregates };
}
