import fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { syncFolder } from '../files/durable.ts';
import { compressionOf } from '../formats/compression.ts';
import { bornApart, idOf, sameInode } from './file-identity.ts';
import type { OnCommit, TakenFile } from './replayable.ts';
import { cannotWrite, systemCode } from './system-error.ts';

/**
 * Does with a file of a spool that was read whole, and whose records are committed, what is to be done with it. May be
 * asked again: what is done stays done.
 * @returns whether it is gone from its place; false: something else stands there now, or it has grown
 * @throws TidemarkError `failed`
 */
export function dispose(file: TakenFile, onCommit: OnCommit): boolean {
  try {
    const stat = fs.statSync(file.path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return true;
    const id = idOf(stat);
    if (!sameInode(id, file) || bornApart(id, file)) return false;
    const grown =
      compressionOf(file.path) === undefined
        ? stat.size !== BigInt(file.bytes)
        : id.modified !== file.modified;
    if (grown) return false;
    if (onCommit.kind === 'delete') fs.unlinkSync(file.path);
    else moveFile(file.path, onCommit.folder);
    return true;
  } catch (error) {
    throw cannotWrite(file.path, error);
  }
}

/** Moves a file into a folder, never over another file: where its name is taken it gets a number. */
function moveFile(path: string, folder: string): void {
  fs.mkdirSync(folder, { recursive: true });
  if (fs.realpathSync(dirname(path)) === fs.realpathSync(folder)) return;
  for (let number = 0; ; number++) {
    const target = join(folder, number === 0 ? basename(path) : `${basename(path)}.${number}`);
    if (isCopy(path, target) || give(path, target)) break;
  }
  fs.unlinkSync(path);
  syncFolder(folder);
}

/** Whether an earlier attempt has come as far as to the target. */
function isCopy(path: string, target: string): boolean {
  const there = fs.statSync(target, { bigint: true, throwIfNoEntry: false });
  if (there === undefined) return false;
  const here = fs.statSync(path, { bigint: true });
  if (here.dev === there.dev) return here.ino === there.ino;
  return here.size === there.size && isNear(here.mtimeMs, there.mtimeMs);
}

/** Gives the file another name, or a copy of it where that is on another file system; false: the name is taken. */
function give(path: string, target: string): boolean {
  try {
    fs.linkSync(path, target);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
  }
  // Another file system, or one that has no links.
  const part = join(dirname(target), `.${basename(target)}.part`);
  fs.copyFileSync(path, part);
  const { atime, mtime } = fs.statSync(path);
  fs.utimesSync(part, atime, mtime);
  const fd = fs.openSync(part, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  if (fs.existsSync(target)) {
    fs.unlinkSync(part);
    return false;
  }
  fs.renameSync(part, target);
  return true;
}

/** Times of a copy are those of the file up to what its file system keeps: two seconds at worst. Milliseconds. */
const isNear = (a: bigint, b: bigint): boolean => (a > b ? a - b : b - a) < 2000n;
