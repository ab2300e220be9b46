import fs from 'node:fs';
import { dirname } from 'node:path';
import { TidemarkError } from '../errors.ts';
import { syncFolder } from '../files/durable.ts';
import type { FileMark } from './file-mark.ts';
import { keepOwnerAndMode } from './whole-file.ts';

/** Where a file stands after an epoch. */
export interface FilePosition {
  readonly mark: FileMark;
  /** The hidden file that has the bytes until the epoch is committed and it takes the place of `mark.path`. */
  readonly waiting?: string;
}

/**
 * Refuses a file that somebody else writes to, or has put elsewhere, while it is written: what was written could not be
 * found again.
 * @param file what is written, what it is called in messages, and how many bytes it has been given
 * @throws TidemarkError `failed`
 */
export function refuseForeign(fd: number, file: { name: string; path: string; length: number }): void {
  const open = fs.fstatSync(fd, { bigint: true });
  const there = fs.statSync(file.path, { bigint: true, throwIfNoEntry: false });
  const same = there !== undefined && there.ino === open.ino && there.dev === open.dev;
  if (same && open.size === BigInt(file.length)) return;
  const what = same ? 'was written to by somebody else' : 'was moved or removed';
  throw new TidemarkError('failed', `${file.name} ${what} while results were written to it`, {
    hint: 'put it back as it was and run the same line again: what is committed is not written twice',
  });
}

/**
 * Puts a hidden file where another stands, with its owner and mode; does nothing where that was done.
 * @throws the system's error
 */
export function replaceBy(hidden: string, path: string): void {
  if (!fs.existsSync(hidden)) return;
  const stat = fs.statSync(path, { throwIfNoEntry: false });
  const fd = fs.openSync(hidden, 'r+');
  try {
    if (stat !== undefined) keepOwnerAndMode(fd, stat);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(hidden, path);
  syncFolder(dirname(path));
}
