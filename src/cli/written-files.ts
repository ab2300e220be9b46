import { resolve } from 'node:path';
import { usageError } from '../errors.ts';
import type { RunnableStage } from '../runtime/plan.ts';
import type { StageLine } from './stage-lines.ts';

/** The files that the stages of a pipeline write: of two streams in one file nothing is whole. */
export class WrittenFiles {
  /** Command that writes a file, by the file's path. */
  readonly #writers = new Map<string, string>();

  /** @throws TidemarkError `usage` with line, column and stage, for a file that this stage or one before it writes as well */
  add({ stage, name, errorOf }: Pick<RunnableStage, 'stage' | 'name'> & Pick<StageLine, 'errorOf'>): void {
    const branches = stage.role === 'source' ? undefined : stage.branches;
    const target = stage.role === 'source' ? undefined : stage.target;
    const places = [
      ...stage.sides.values(),
      ...(branches?.places.values() ?? []),
      ...(target === undefined ? [] : [target]),
    ];
    for (const place of places) {
      // Of a device nothing is replaced.
      if (place.startsWith('/dev/')) continue;
      const path = resolve(place);
      const writer = this.#writers.get(path);
      if (writer !== undefined)
        throw errorOf(
          usageError(
            `'${place}' is written ${writer === name ? 'twice' : `by tm ${writer} too`}`,
            'give each its own file: of two streams in one nothing is whole',
          ),
        );
      this.#writers.set(path, name);
    }
  }
}
