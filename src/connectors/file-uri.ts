import { fileURLToPath } from 'node:url';
import { usageError } from '../errors.ts';

/** What a location starts with that is no path: `kafka://`. One letter is no scheme. */
const SCHEME = /^[a-z][a-z0-9+.-]+:\/\//i;

/** The path of a location: `file:///tmp/a` gives `/tmp/a`. Throws a TidemarkError (usage) for what is neither. */
export function pathOf(location: string): string {
  if (!SCHEME.test(location)) return location;
  if (!/^file:/i.test(location)) {
    throw usageError(`no connector for ${location}`, 'a location is a file, a file:// URI, or - for a pipe');
  }
  try {
    return fileURLToPath(location);
  } catch {
    throw usageError(`no file of this machine: ${location}`, 'write file:///path/to/file');
  }
}
