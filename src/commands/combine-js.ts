import { js, withCombiner } from '../aggregates/js.ts';
import {
  functionsPlace,
  LOADING,
  loadCombiner,
  type UserFunctions,
  UserModule,
} from '../connectors/user-module.ts';
import { TidemarkError, throwAll } from '../errors.ts';
import type { AggregateArgument } from '../expressions/aggregate-argument.ts';
import type { CombineOptions } from '../operators/combine-options.ts';

/** Combiners of a program, by what stands for their modules. */
export type ProgramCombiners = ReadonlyMap<string, UserFunctions>;

/**
 * The options with the modules of their aggregates loaded.
 * @param combiners those of a program
 * @throws TidemarkError where one cannot be loaded, or is no combiner
 */
export async function withModules(
  options: CombineOptions,
  combiners?: ProgramCombiners,
): Promise<CombineOptions> {
  const aggregates: AggregateArgument[] = [];
  const errors: TidemarkError[] = [];
  for (const aggregate of options.aggregates) {
    if (aggregate.definition.name !== js.name) {
      aggregates.push(aggregate);
      continue;
    }
    const name = String(aggregate.literals[0]);
    const module = combiners?.get(name) ?? new UserModule(functionsPlace(name), LOADING);
    try {
      aggregates.push({ ...aggregate, definition: withCombiner(await loadCombiner(module)) });
    } catch (error) {
      if (!(error instanceof TidemarkError)) throw error;
      errors.push(error);
    }
  }
  throwAll(errors);
  return { ...options, aggregates };
}
