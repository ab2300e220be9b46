import { Buffer } from 'node:buffer';
import { usageError } from '../errors.ts';
import { isMetadataName } from '../json/metadata-name.ts';
import type { Path } from '../json/path.ts';

/**
 * Refuses `@t` and the like. A member of the user's that is called so has one more `@` in the stream (`@@t`), and
 * is a field.
 * @throws TidemarkError `usage`
 */
export function refuseMetadata(path: Path): void {
  const name = Buffer.from(String(path.steps[0]));
  if (name[1] !== AT && isMetadataName(name, 0, name.length))
    throw usageError(`'${path.text}' is no field: it is metadata, and stands beside the members`);
}

const AT = 0x40;
