import type { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TidemarkError } from '../errors.ts';
import { writeAll } from '../files/durable.ts';
import { systemCode } from './system-error.ts';

/**
 * Bytes that wait on disk, first in, first out: a temporary file ($TMPDIR) that has no name any more when it is open, so
 * that nothing of it outlives the process.
 */
export class OverflowFile {
  static #made = 0;
  /** For messages: whose bytes they are. */
  readonly #name: string;
  /** From the first byte on. */
  #fd: number | undefined;
  /** Bytes that are in it and were not taken: [from, to). */
  #from = 0;
  #to = 0;

  constructor(name: string) {
    this.#name = name;
  }

  get empty(): boolean {
    return this.#from === this.#to;
  }

  /** @throws TidemarkError `failed` where there is no space left */
  append(bytes: Buffer): void {
    try {
      this.#fd ??= this.#open();
      writeAll(this.#fd, bytes);
      this.#to += bytes.length;
    } catch (error) {
      throw this.#unusable(error);
    }
  }

  /** Takes bytes to `target[offset…]`; returns how many. @throws TidemarkError `failed` */
  take(target: Buffer, offset: number): number {
    const length = Math.min(target.length - offset, this.#to - this.#from);
    try {
      const count = fs.readSync(this.#fd!, target, offset, length, this.#from);
      this.#from += count;
      if (this.empty) {
        // Its space is given back while nothing is in it.
        fs.ftruncateSync(this.#fd!, 0);
        this.#from = this.#to = 0;
      }
      return count;
    } catch (error) {
      throw this.#unusable(error);
    }
  }

  close(): void {
    if (this.#fd !== undefined) fs.closeSync(this.#fd);
    this.#fd = undefined;
    this.#from = this.#to = 0;
  }

  #open(): number {
    const path = join(tmpdir(), `tidemark-${process.pid}-input-${OverflowFile.#made++}`);
    const { O_RDWR, O_CREAT, O_EXCL, O_APPEND } = fs.constants;
    const fd = fs.openSync(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND, 0o600);
    fs.unlinkSync(path);
    return fd;
  }

  #unusable(error: unknown): TidemarkError {
    const code = systemCode(error);
    const full = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
    const what = full ? 'there is no space left' : 'it cannot be kept';
    return new TidemarkError(
      'failed',
      `${this.#name} is ahead of the others, and what waits of it has no room in ${tmpdir()}: ${what}`,
      { cause: error, hint: 'free some, or name another folder: TMPDIR=DIR' },
    );
  }
}
