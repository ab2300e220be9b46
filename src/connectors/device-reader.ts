import type { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SplitReader } from './connector.ts';
import { READ_PIECE } from './regular-reader.ts';
import { cannotRead, systemCode } from './system-error.ts';

/** Milliseconds until a device that has nothing for now is asked again. */
const ASK_AGAIN = 20;

/** Reads a character device that is no terminal (`/dev/null`, a serial line), in the thread pool: it may block. */
export class DeviceReader implements SplitReader {
  readonly #fd: number;
  readonly #name: string;
  readonly #signal: AbortSignal | undefined;
  /** A read of the system that goes on after an abort: the descriptor is closed behind it. */
  #reading: Promise<number> | undefined;
  #closed = false;

  constructor(fd: number, name: string, signal?: AbortSignal) {
    this.#fd = fd;
    this.#name = name;
    this.#signal = signal;
  }

  async read(target: Buffer, offset: number): Promise<number> {
    const signal = this.#signal;
    if (signal?.aborted) return 0;
    this.#reading = this.#readOnce(target, offset);
    if (signal === undefined) return this.#reading;
    let stop = (): void => {};
    const aborted = new Promise<number>((resolve) => {
      stop = () => resolve(0);
      signal.addEventListener('abort', stop, { once: true });
    });
    try {
      return await Promise.race([this.#reading, aborted]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const shut = (): void => {
      if (this.#fd > 2) fs.closeSync(this.#fd);
    };
    if (this.#reading === undefined) shut();
    // Not awaited: a device that never answers must not hold up the caller.
    else this.#reading.then(shut, shut);
  }

  async #readOnce(target: Buffer, offset: number): Promise<number> {
    while (!this.#closed) {
      try {
        return await readInPool(this.#fd, target, offset, Math.min(READ_PIECE, target.length - offset));
      } catch (error) {
        if (systemCode(error) !== 'EAGAIN') throw cannotRead(this.#name, error);
        await sleep(ASK_AGAIN);
      }
    }
    return 0;
  }
}

const readInPool = (fd: number, target: Buffer, offset: number, length: number): Promise<number> =>
  new Promise((resolve, reject) => {
    fs.read(fd, target, offset, length, null, (error, count) => {
      if (error) reject(error);
      else resolve(count);
    });
  });
