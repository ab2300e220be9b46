import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

/** Bytes at the start of a file that it is known by. */
export const FINGERPRINT = 1024;

/** The first bytes of a file: an inode may be given to another file, and a file may be written anew. */
export interface Fingerprint {
  /** How many bytes: FINGERPRINT, or all that were consumed when there were fewer. */
  readonly length: number;
  /** SHA-256 of them, the first 32 hexadecimal digits. */
  readonly hash: string;
}

const fingerprintOf = (bytes: Uint8Array): Fingerprint => ({
  length: bytes.length,
  hash: createHash('sha256').update(bytes).digest('hex').slice(0, 32),
});

/** Whether a file that begins with `bytes` can be the one that is known by `fingerprint`. */
export const fits = ({ length, hash }: Fingerprint, bytes: Uint8Array): boolean =>
  bytes.length >= length && fingerprintOf(bytes.subarray(0, length)).hash === hash;

/** Keeps the first bytes of a file as they go by. */
export class FirstBytes {
  readonly #bytes = Buffer.alloc(FINGERPRINT);
  #length = 0;

  /** @param known bytes that were read before, from the start of the file on */
  begin(known: Uint8Array): void {
    this.#length = Math.min(known.length, FINGERPRINT);
    this.#bytes.set(known.subarray(0, this.#length));
  }

  /** `bytes[from, to)` stand in the file from byte `at` on. */
  saw(at: number, bytes: Buffer, from: number, to: number): void {
    if (at !== this.#length || at >= FINGERPRINT) return;
    this.#length += bytes.copy(this.#bytes, at, from, Math.min(to, from + FINGERPRINT - at));
  }

  /** Of a file of which `consumed` bytes were consumed. */
  fingerprint(consumed: number): Fingerprint {
    return fingerprintOf(this.#bytes.subarray(0, Math.min(consumed, this.#length)));
  }
}
