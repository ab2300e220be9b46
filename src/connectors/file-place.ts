import fs from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { TidemarkError, usageError } from '../errors.ts';
import { cannotWrite, systemCode } from './system-error.ts';

export interface FileTargetOptions {
  /** What to do with a target that is not empty: refuse it, write behind it, replace it. */
  readonly mode: 'new' | 'append' | 'overwrite';
  /** The input ends: the target appears whole at `commit`. Else it is written in place, each write at once. */
  readonly bounded: boolean;
}

/** A file that results go to. */
export interface FilePlace {
  /** As the user wrote it, for messages. */
  readonly name: string;
  /** Where it is, links resolved. */
  readonly path: string;
  /** What stands there; undefined: nothing. */
  readonly stat: fs.Stats | undefined;
  /** What stands there has bytes behind its last newline: what is appended starts a line of its own. */
  readonly openLine: boolean;
}

/** Refuses what mode `new` finds: told by whoever looks first. */
export const notEmpty = (name: string): TidemarkError =>
  usageError(
    `${name} exists and is not empty`,
    'add --append to write behind what it has, or --overwrite to replace it',
  );

/**
 * Looks at where a regular file stands, or is to.
 * @throws TidemarkError `usage` for one that is not empty in mode `new`, `failed` where there is no folder for it
 */
export function findPlace(name: string, mode: FileTargetOptions['mode']): FilePlace {
  const path = resolveLinks(name);
  const stat = fs.statSync(path, { throwIfNoEntry: false });
  if (stat !== undefined && stat.size > 0 && mode === 'new') throw notEmpty(name);
  const openLine = mode === 'append' && stat !== undefined && endsInsideLine(path, name, stat.size);
  return { name, path, stat, openLine };
}

/**
 * Where a path leads, through links, also one to a file that does not exist yet.
 * @throws TidemarkError `failed` where there is no folder for it
 */
export function resolveLinks(name: string): string {
  let path = resolve(name);
  // As many links as Linux follows (path_resolution(7)).
  for (let links = 0; links < 40; links++) {
    let folder: string;
    try {
      folder = fs.realpathSync(dirname(path));
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw cannotWrite(name, error);
      throw new TidemarkError('failed', `cannot write ${name}: there is no directory ${dirname(name)}`, {
        hint: `make it first: mkdir -p ${dirname(name)}`,
        cause: error,
      });
    }
    path = join(folder, basename(path));
    try {
      path = resolve(folder, fs.readlinkSync(path));
    } catch (error) {
      const code = systemCode(error);
      // EINVAL: it is there and no link.
      if (code === 'EINVAL' || code === 'ENOENT') return path;
      throw cannotWrite(name, error);
    }
  }
  throw new TidemarkError('failed', `cannot write ${name}: too many links`);
}

function endsInsideLine(path: string, name: string, size: number): boolean {
  if (size === 0) return false;
  const last = new Uint8Array(1);
  try {
    const fd = fs.openSync(path, 'r');
    try {
      fs.readSync(fd, last, 0, 1, size - 1);
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    throw cannotWrite(name, error);
  }
  return last[0] !== LF;
}

const LF = 10;
