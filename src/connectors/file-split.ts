import fs from 'node:fs';
import { openByteFile } from './byte-file.ts';
import type { ByteFile, Split, SplitReader } from './connector.ts';
import { openDescriptor } from './stdin.ts';
import { cannotRead } from './system-error.ts';

/** A path that names an open descriptor of this process: process substitution gives `/dev/fd/63`. */
const DESCRIPTOR_PATH = /^(?:\/dev\/fd|\/proc\/self\/fd)\/(\d+)$/;
const STANDARD_PATHS: Readonly<Record<string, number>> = {
  '/dev/stdin': 0,
  '/dev/stdout': 1,
  '/dev/stderr': 2,
};

/** The descriptor that a path stands for, or undefined: opening it anew would fail for sockets, and lose a file's position. */
export function descriptorOf(path: string): number | undefined {
  const found = DESCRIPTOR_PATH.exec(path);
  return found === null ? STANDARD_PATHS[path] : Number(found[1]);
}

/** A file as it stands, read to its end; a FIFO or device is read like a pipe. */
export class FileSplit implements Split {
  readonly name: string;
  readonly endless: boolean;
  readonly #path: string;

  /** @param endless for a FIFO: it is held open for writing too, so that the last writer's leaving is no end of it */
  constructor(path: string, name = path, endless = false) {
    this.#path = path;
    this.name = name;
    this.endless = endless;
  }

  async open(signal: AbortSignal): Promise<SplitReader> {
    const given = descriptorOf(this.#path);
    if (given !== undefined) return openDescriptor(given, this.name, signal);
    return openDescriptor(await this.#openPath(), this.name, signal);
  }

  openBytes(): ByteFile | undefined {
    if (this.endless || descriptorOf(this.#path) !== undefined) return undefined;
    return openByteFile(this.#path, this.name);
  }

  async #openPath(): Promise<number> {
    const { O_RDONLY, O_RDWR, O_NONBLOCK } = fs.constants;
    // Linux waits for the first writer of a FIFO when it is polled. Waiting in open() would hold a thread of the
    // pool that not even exit() can end; elsewhere a poll would take the missing writer for the end.
    const wait = process.platform === 'linux' ? O_NONBLOCK : 0;
    try {
      return await openInPool(this.#path, (this.endless ? O_RDWR : O_RDONLY) | wait);
    } catch (error) {
      throw cannotRead(this.name, error);
    }
  }
}

const openInPool = (path: string, flags: number): Promise<number> =>
  new Promise((resolve, reject) => {
    fs.open(path, flags, (error, fd) => {
      if (error) reject(error);
      else resolve(fd);
    });
  });
