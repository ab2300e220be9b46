import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { TidemarkError } from '../errors.ts';
import { syncFolder, writeAll } from '../files/durable.ts';
import type { Target } from './connector.ts';
import type { FilePlace, FileTargetOptions } from './file-place.ts';
import { cannotWrite, systemCode, systemReason } from './system-error.ts';

/** Bytes that a file name has at most (Linux, macOS). */
const MAX_NAME = 255;
const LINE_END = Buffer.from('\n');

/**
 * Starts a file that is there whole or not at all, also after kill -9: it is written to a hidden temporary file
 * beside the place, `.NAME.tidemark-PID-RANDOM`, and renamed over it at `commit`. Appending starts with a copy
 * of what is there (shared blocks where the file system can).
 * @throws TidemarkError `failed`
 */
export async function openWholeFile(place: FilePlace, mode: FileTargetOptions['mode']): Promise<Target> {
  const temporary = await temporaryPath(place.path);
  try {
    if (mode === 'append' && place.stat !== undefined && place.stat.size > 0) {
      const { COPYFILE_EXCL, COPYFILE_FICLONE } = fs.constants;
      await fs.promises.copyFile(place.path, temporary, COPYFILE_EXCL | COPYFILE_FICLONE);
      // A copy of a read-only file is read-only; its mode comes back at `commit`.
      fs.chmodSync(temporary, 0o600);
      return new WholeFile(place, mode, temporary, fs.openSync(temporary, 'a'));
    }
    // The results of a file that only its owner may read are nobody else's to read meanwhile.
    return new WholeFile(place, mode, temporary, fs.openSync(temporary, 'wx', place.stat ? 0o600 : 0o666));
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    const code = systemCode(error);
    if (code !== 'EACCES' && code !== 'EROFS' && code !== 'EPERM') throw cannotWrite(place.name, error);
    const reason = `no file can be made in ${dirname(place.path)}: ${systemReason(error)}`;
    throw new TidemarkError('failed', `cannot write ${place.name}: ${reason}`, { cause: error });
  }
}

/** A name that nobody has, for a hidden file beside a path. */
export async function temporaryPath(path: string): Promise<string> {
  return hiddenPath(path, await hiddenSuffix());
}

/** What the names of hidden files end with: nobody else's do. */
export async function hiddenSuffix(): Promise<string> {
  // Loaded here: every command would start 3 ms later, and few write a file.
  const { randomBytes } = await import('node:crypto');
  return `.tidemark-${process.pid}-${randomBytes(6).toString('hex')}`;
}

/** A hidden file beside a path. Cuts its name at the end where the whole would be too long for the file system. */
export function hiddenPath(path: string, suffix: string): string {
  let name = basename(path);
  while (Buffer.byteLength(name) > MAX_NAME - suffix.length - 1) name = name.slice(0, -1);
  return join(dirname(path), `.${name}${suffix}`);
}

class WholeFile implements Target {
  readonly #place: FilePlace;
  readonly #mode: FileTargetOptions['mode'];
  readonly #temporary: string;
  readonly #fd: number;
  #open = true;
  /** The temporary file is there: from the start until it was renamed or removed. */
  #exists = true;
  /** To be done before the first write. */
  #endsLine: boolean;

  constructor(place: FilePlace, mode: FileTargetOptions['mode'], temporary: string, fd: number) {
    this.#place = place;
    this.#mode = mode;
    this.#temporary = temporary;
    this.#fd = fd;
    this.#endsLine = place.openLine;
  }

  write(bytes: Buffer): undefined {
    try {
      if (this.#endsLine) writeAll(this.#fd, LINE_END);
      this.#endsLine = false;
      writeAll(this.#fd, bytes);
    } catch (error) {
      throw cannotWrite(this.#place.name, error);
    }
  }

  /** Makes the file durable, then visible. Having thrown, it has left the target as it was. */
  async commit(): Promise<void> {
    try {
      if (this.#place.stat !== undefined) keepOwnerAndMode(this.#fd, this.#place.stat);
      fs.fsyncSync(this.#fd);
      this.#close();
      refuseChanged(this.#place, this.#mode);
      fs.renameSync(this.#temporary, this.#place.path);
      this.#exists = false;
      syncFolder(dirname(this.#place.path));
    } catch (error) {
      await this.abandon();
      throw cannotWrite(this.#place.name, error);
    }
  }

  async abandon(): Promise<void> {
    try {
      this.#close();
    } catch {
      // The file goes anyway.
    }
    try {
      if (this.#exists) fs.rmSync(this.#temporary, { force: true });
      this.#exists = false;
    } catch {
      // A hidden file that nothing reads stays; the stream's failure is what has to be told.
    }
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    fs.closeSync(this.#fd);
  }
}

/**
 * Somebody wrote to the target meanwhile: replacing it would lose what nobody asked to lose.
 * @throws TidemarkError `failed` then
 */
export function refuseChanged(place: FilePlace, mode: FileTargetOptions['mode']): void {
  if (mode === 'overwrite') return;
  const before = place.stat;
  const now = fs.statSync(place.path, { throwIfNoEntry: false });
  const same =
    mode === 'new'
      ? now === undefined || now.size === 0
      : now?.ino === before?.ino && now?.size === before?.size && now?.mtimeMs === before?.mtimeMs;
  if (same) return;
  throw new TidemarkError('failed', `${place.name} was changed by somebody else meanwhile`, {
    hint: 'nothing was written: run it again',
  });
}

/** Gives an open file the owner, where permitted, and the mode of the one whose place it takes. */
export function keepOwnerAndMode(fd: number, stat: fs.Stats): void {
  const mine = fs.fstatSync(fd);
  if (mine.uid !== stat.uid || mine.gid !== stat.gid) {
    // Only root may give a file away; a group of one's own can be kept.
    if (!tryChown(fd, stat.uid, stat.gid)) tryChown(fd, mine.uid, stat.gid);
  }
  // After the owner: changing that one clears set-id bits.
  fs.fchmodSync(fd, stat.mode & 0o7777);
}

function tryChown(fd: number, uid: number, gid: number): boolean {
  try {
    fs.fchownSync(fd, uid, gid);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EPERM') return false;
    throw error;
  }
}
