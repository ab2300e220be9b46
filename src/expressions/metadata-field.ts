import { usageError } from '../errors.ts';
import type { Path } from '../json/path.ts';
import { isMetadata } from './member-name.ts';

/**
 * Refuses `@t` and the like as a field.
 * @throws TidemarkError `usage`
 */
export function refuseMetadata(path: Path): void {
  if (isMetadata(String(path.steps[0])))
    throw usageError(`'${path.text}' is no field: it is metadata, and stands beside the members`);
}
