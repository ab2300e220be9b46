import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { writeAll } from '../files/durable.ts';
import { cannotWrite } from './system-error.ts';

/** Descriptors that are open at a time: systems give a process 256 or more. */
const LIMIT = 100;
/** Fewer than may be open, so that none is closed meanwhile. */
const SYNCED_AT_ONCE = 32;
/** Bytes that wait, of all files, for a file to be opened. */
const WAITING = 1 << 24;

/**
 * Many files that are appended to by turns. Few of them are open at a time; what others get waits until there is much
 * of it, so that a file is not opened for each record.
 */
export class OpenFiles {
  /** By path, the one that was used last at the end. */
  readonly #descriptors = new Map<string, number>();
  /** The one that was used last: the next bytes are often for it, too. */
  #lastPath = '';
  #lastFd = -1;
  /** What waits, by path, and how many bytes that are in all. */
  readonly #waiting = new Map<string, Buffer[]>();
  #waitingBytes = 0;

  readonly #nameOf: (path: string) => string;

  /** @param nameOf what a path is called in messages */
  constructor(nameOf: (path: string) => string) {
    this.#nameOf = nameOf;
  }

  /**
   * Appends bytes to a file, now or, where `mayWait`, before the next `flush`.
   * @throws TidemarkError `failed`, with the file
   */
  append(path: string, bytes: Buffer, mayWait: boolean): void {
    if (!mayWait || this.#descriptors.has(path) || this.#descriptors.size < LIMIT) {
      this.#write(path, bytes);
      return;
    }
    const waiting = this.#waiting.get(path);
    if (waiting === undefined) this.#waiting.set(path, [Buffer.from(bytes)]);
    else waiting.push(Buffer.from(bytes));
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > WAITING) this.flush();
  }

  /** Writes what waits. @throws TidemarkError `failed`, with the file */
  flush(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    this.#waitingBytes = 0;
    for (const [path, pieces] of waiting) this.#write(path, Buffer.concat(pieces));
  }

  /** The descriptor of a file, to be read and appended to. @throws the system's error */
  get(path: string): number {
    if (this.#lastPath === path) return this.#lastFd;
    const known = this.#descriptors.get(path);
    if (known === undefined) {
      return this.add(path, fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_APPEND));
    }
    this.#descriptors.delete(path);
    this.#descriptors.set(path, known);
    return this.#used(path, known);
  }

  /** Takes care of a descriptor that was opened elsewhere. @returns it */
  add(path: string, fd: number): number {
    if (this.#descriptors.size >= LIMIT) {
      const [oldest] = this.#descriptors.keys();
      this.close(oldest!);
    }
    this.#descriptors.set(path, fd);
    return this.#used(path, fd);
  }

  /** @throws the system's error, which may be one of an earlier write */
  close(path: string): void {
    const fd = this.#descriptors.get(path);
    this.#descriptors.delete(path);
    if (this.#lastPath === path) this.#used('', -1);
    if (fd !== undefined) fs.closeSync(fd);
  }

  /** Closes all, also where one cannot be closed. What waits is given up. @throws the system's error */
  closeAll(): void {
    this.#waiting.clear();
    let failure: unknown;
    for (const path of [...this.#descriptors.keys()]) {
      try {
        this.close(path);
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
  }

  /** Makes files durable, several at a time. @throws TidemarkError `failed`, with the file */
  async sync(paths: readonly string[]): Promise<void> {
    this.flush();
    for (let from = 0; from < paths.length; from += SYNCED_AT_ONCE) {
      const some = paths.slice(from, from + SYNCED_AT_ONCE);
      // All of them are opened before the first wait, and stay open until the last has been synced.
      const results = await Promise.allSettled(some.map((path) => this.#sync(path)));
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    }
  }

  #sync(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.fsync(this.get(path), (error) => {
        if (error === null || error === undefined) resolve();
        else reject(cannotWrite(this.#nameOf(path), error));
      });
    });
  }

  #write(path: string, bytes: Buffer): void {
    try {
      writeAll(this.get(path), bytes);
    } catch (error) {
      throw cannotWrite(this.#nameOf(path), error);
    }
  }

  #used(path: string, fd: number): number {
    this.#lastPath = path;
    this.#lastFd = fd;
    return fd;
  }
}
