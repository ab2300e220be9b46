import type { Buffer } from 'node:buffer';
import fs from 'node:fs';
import type { SplitReader } from './connector.ts';
import { cannotRead } from './system-error.ts';

/** Bytes of one read of the system. */
export const READ_PIECE = 1 << 19;
/** After so many bytes the event loop turns once: reading a file must not deafen the process to signals. */
export const TURN_AFTER = 1 << 22;

/** Lets the event loop turn: timers, signals and sockets get their say. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Reads a regular file from the position of its descriptor on, in large pieces and without the thread pool. */
export class RegularReader implements SplitReader {
  readonly #fd: number;
  readonly #name: string;
  readonly #signal: AbortSignal | undefined;
  /** Bytes read since the event loop turned last. */
  #unturned = 0;

  constructor(fd: number, name: string, signal?: AbortSignal) {
    this.#fd = fd;
    this.#name = name;
    this.#signal = signal;
  }

  read(target: Buffer, offset: number): number | Promise<number> {
    return this.#unturned < TURN_AFTER ? this.#readNow(target, offset) : this.#turnAndRead(target, offset);
  }

  async close(): Promise<void> {
    if (this.#fd > 2) fs.closeSync(this.#fd);
  }

  #readNow(target: Buffer, offset: number): number {
    if (this.#signal?.aborted) return 0;
    try {
      const count = fs.readSync(this.#fd, target, offset, Math.min(READ_PIECE, target.length - offset), null);
      this.#unturned += count;
      return count;
    } catch (error) {
      throw cannotRead(this.#name, error);
    }
  }

  async #turnAndRead(target: Buffer, offset: number): Promise<number> {
    await turn();
    this.#unturned = 0;
    return this.#readNow(target, offset);
  }
}
