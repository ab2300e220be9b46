import { WATERMARK } from '../commands/source-watermark.ts';
import type { Given } from '../commands/spec.ts';
import { ProgramFunctions } from '../connectors/user-module.ts';
import type { UserEstimator, WatermarkModule } from '../connectors/watermark-module.ts';
import { usageError } from '../errors.ts';

/**
 * What was given to a source, with an estimator of the program as its watermark.
 * @param single whether there is one location: the records of the program
 * @throws TidemarkError `usage` where it is none, or an object that several locations would have
 */
export function withEstimator(
  given: Given,
  estimator: WatermarkModule | UserEstimator,
  single: boolean,
): Given {
  const made = typeof estimator === 'function' ? estimator : functionOf(estimator, single);
  const functions = new ProgramFunctions('watermark', made, Number.POSITIVE_INFINITY);
  return { ...given, options: new Map([...given.options, [WATERMARK.name, { kind: 'module', functions }]]) };
}

function functionOf(estimator: UserEstimator, single: boolean): () => UserEstimator {
  for (const name of ['observe', 'watermark'] as const)
    if (typeof estimator?.[name] !== 'function')
      throw usageError(
        `watermark: it is no strategy, and no estimator: it has no function ${name}`,
        "'wall', or () => ({ observe(time) { … }, watermark() { … } })",
      );
  if (!single)
    throw usageError(
      'watermark: an object is the estimator of one location, and each has its own',
      'give a class, or a function that makes one: () => ({ observe(time) { … }, watermark() { … } })',
    );
  return () => estimator;
}
