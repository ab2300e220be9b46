import { getSystemErrorMap } from 'node:util';
import { TidemarkError } from '../errors.ts';

/** The system's code of an error (`ENOENT`), or '' where it has none. */
export function systemCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** What the system or a library said, in its own words: `no space left on device`. */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const errno = 'errno' in error ? error.errno : undefined;
  // zlib has numbers of its own, which are other errors in the system's table.
  const known =
    typeof errno === 'number' && systemCode(error).startsWith('E')
      ? getSystemErrorMap().get(errno)
      : undefined;
  return known === undefined ? error.message : known[1];
}

/** `name` could not be read, and why; a refusal of ours stays what it is. */
export const cannotRead = (name: string, error: unknown): TidemarkError =>
  error instanceof TidemarkError
    ? error
    : new TidemarkError('failed', `cannot read ${name}: ${systemReason(error)}`, { cause: error });

/** As `cannotRead`, of writing. */
export const cannotWrite = (name: string, error: unknown): TidemarkError =>
  error instanceof TidemarkError
    ? error
    : new TidemarkError('failed', `cannot write ${name}: ${systemReason(error)}`, { cause: error });
