import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { TidemarkError } from '../errors.ts';

/** Flag of open(2) of macOS and the BSDs, which Node does not name. */
const O_EXLOCK = 0x20;
/** A lock that all looks find taken belongs to more than another look; ms between them. */
const LOOKS = 3;
const BETWEEN_LOOKS = 30;

/**
 * A lock on a file that the kernel frees when this process dies, however that happens. The file stays: one that is
 * removed while somebody holds it would be two locks.
 */
export class FileLock {
  #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * Takes the lock, or gives undefined where another process has it. Makes the file.
   * @throws TidemarkError `failed`
   */
  static async tryTake(path: string): Promise<FileLock | undefined> {
    if (process.platform === 'darwin') return FileLock.#openLocked(path);
    const fd = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o666);
    try {
      if (await lockDescriptor(fd)) return new FileLock(fd);
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
    fs.closeSync(fd);
    return undefined;
  }

  /**
   * Whether another process has the lock, as far as a look can tell: it takes the lock for a moment where it is free, so that
   * two looks at the same time see each other. Makes and writes no file.
   * @throws TidemarkError `failed`
   */
  static async isTaken(path: string): Promise<boolean> {
    for (let look = 1; ; look++) {
      if (!(await isLocked(path))) return false;
      if (look === LOOKS) return true;
      await sleep(BETWEEN_LOOKS);
    }
  }

  /** open(2) of macOS and the BSDs locks by itself. */
  static #openLocked(path: string): FileLock | undefined {
    const { O_RDWR, O_CREAT, O_NONBLOCK } = fs.constants;
    try {
      return new FileLock(fs.openSync(path, O_RDWR | O_CREAT | O_NONBLOCK | O_EXLOCK, 0o666));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
      throw error;
    }
  }

  /** Says in the file who holds it, for messages: nothing depends on it. */
  sign(text: string): void {
    fs.ftruncateSync(this.#fd, 0);
    fs.writeSync(this.#fd, text, 0);
  }

  release(): void {
    if (this.#fd >= 0) fs.closeSync(this.#fd);
    this.#fd = -1;
  }
}

/** @throws the system's error, but for a file that is not there: nobody has locked that */
async function isLocked(path: string): Promise<boolean> {
  const { O_RDONLY, O_NONBLOCK } = fs.constants;
  let fd: number;
  try {
    fd = fs.openSync(path, process.platform === 'darwin' ? O_RDONLY | O_NONBLOCK | O_EXLOCK : O_RDONLY);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return false;
    if (code === 'EAGAIN') return true;
    throw error;
  }
  try {
    return process.platform !== 'darwin' && !(await lockDescriptor(fd));
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Locks an open file by flock(1) of util-linux or busybox: Node has no call for it. The lock belongs to the open file,
 * which the program inherits, and so stays with us when it has ended.
 */
async function lockDescriptor(fd: number): Promise<boolean> {
  const { spawnSync } = await import('node:child_process');
  const { status, error } = spawnSync('flock', ['-n', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', fd],
  });
  if (error !== undefined) {
    throw new TidemarkError('failed', `no lock can be taken: flock cannot be run (${error.message})`, {
      hint: 'install the package util-linux, which has it',
      cause: error,
    });
  }
  // With -n it gives 1 where another has the lock (flock(1)); what else it gives is a lock that nobody can have.
  if (status === 0 || status === 1) return status === 0;
  throw new TidemarkError('failed', `no lock can be taken: flock ended with ${status}`, {
    hint: 'the file system must support locks: keep the state on a local one',
  });
}
