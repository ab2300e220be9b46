import { Buffer } from 'node:buffer';
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
  /** Where the system writes to: after an abort, when the target may be somebody else's. Freed with the reader. */
  readonly #piece = Buffer.allocUnsafe(READ_PIECE);
  #closed = false;

  constructor(fd: number, name: string, signal?: AbortSignal) {
    this.#fd = fd;
    this.#name = name;
    this.#signal = signal;
  }

  async read(target: Buffer, offset: number): Promise<number> {
    const signal = this.#signal;
    if (signal?.aborted) return 0;
    this.#reading = this.#readOnce(target.length - offset);
    const count = signal === undefined ? await this.#reading : await this.#readUntil(signal, this.#reading);
    this.#piece.copy(target, offset, 0, count);
    return count;
  }

  /** What `reading` gives; 0 when the signal comes first. */
  async #readUntil(signal: AbortSignal, reading: Promise<number>): Promise<number> {
    let stop = (): void => {};
    const aborted = new Promise<number>((resolve) => {
      stop = () => resolve(0);
      signal.addEventListener('abort', stop, { once: true });
    });
    try {
      return await Promise.race([reading, aborted]);
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

  async #readOnce(length: number): Promise<number> {
    while (!this.#closed) {
      try {
        return await readInPool(this.#fd, this.#piece, Math.min(READ_PIECE, length));
      } catch (error) {
        if (systemCode(error) !== 'EAGAIN') throw cannotRead(this.#name, error);
        await sleep(ASK_AGAIN);
      }
    }
    return 0;
  }
}

const readInPool = (fd: number, target: Buffer, length: number): Promise<number> =>
  new Promise((resolve, reject) => {
    fs.read(fd, target, 0, length, null, (error, count) => {
      if (error) reject(error);
      else resolve(count);
    });
  });
