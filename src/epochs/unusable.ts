import { TidemarkError } from '../errors.ts';

const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'the user who runs this must be able to write there',
  EROFS: 'the file system is mounted read-only',
  ENOSPC: 'there is no space left: free some, and run it again',
  EDQUOT: 'there is no space left for this user: free some, and run it again',
  ENOENT: 'it was moved or removed: put it back, and run it again',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'there is a file of this name',
};

/**
 * What the system has refused in a state directory, and what can be done; a refusal of ours stays what it is.
 * @param what for messages: `the state directory st`, a path in it
 */
export function unusable(what: string, error: unknown): TidemarkError {
  if (error instanceof TidemarkError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const hint = HINTS[code];
  return new TidemarkError('failed', `${what} cannot be used: ${message}`, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Does something with a file of a state directory. @throws TidemarkError `failed` that names it */
export function using<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw unusable(path, error);
  }
}
