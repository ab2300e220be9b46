import type { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';

/** What is said of bytes that no `BytePieces` of this version can have written. */
export const damaged = (why: string): TidemarkError =>
  new TidemarkError('failed', `the saved state is damaged: ${why}`, {
    hint: 'take the directory from a backup, or begin anew with --reset-state',
  });

/** Digits of an integer, of 4 bits each: more than any sum of numbers that are read has. */
const MOST_DIGITS = 1 << 20;

/** Reads what `BytePieces` wrote. All methods throw TidemarkError `failed` rather than read behind the end. */
export class SavedBytes {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Bytes that were not read. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    if (this.#at >= this.#bytes.length) throw damaged('it ends too early');
    return this.#bytes[this.#at++]!;
  }

  u32(): number {
    return this.take(4).readUInt32LE(0);
  }

  /** A whole number that is at most `most`. */
  varint(most = Number.MAX_SAFE_INTEGER): number {
    let value = 0;
    let unit = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * unit;
      if (value > most) throw damaged(`${value} is too large a number`);
      if (byte < 128) return value;
      unit *= 128;
    }
  }

  /** How many values follow, each of which takes `size` bytes at least. */
  count(size: number): number {
    return this.varint(Math.floor(this.left / size));
  }

  double(): number {
    return this.take(8).readDoubleLE(0);
  }

  bigInteger(): bigint {
    const negative = this.byte() === 1;
    const digits = this.text();
    if (digits.length > MOST_DIGITS || !/^[0-9a-f]+$/.test(digits)) throw damaged('it has no integer');
    const value = BigInt(`0x${digits}`);
    return negative ? -value : value;
  }

  text(): string {
    return this.take(this.count(1)).toString();
  }

  /** Passes over the next bytes. */
  skip(count: number): void {
    if (!(count >= 0 && count <= this.left)) throw damaged('it ends too early');
    this.#at += count;
  }

  /** The number at an index of so many that `view` has written of an array, each of `width` bytes; passes over all. */
  numberAt(index: number, count: number, width: 1 | 2 | 4 | 8): number {
    const at = this.#at + index * width;
    this.skip(count * width);
    if (width === 8) return this.#bytes.readDoubleLE(at);
    return this.#bytes.readIntLE(at, width);
  }

  /** The next bytes: a view of what is read. */
  take(count: number): Buffer {
    if (!(count >= 0 && count <= this.left)) throw damaged('it ends too early');
    const start = this.#at;
    this.#at += count;
    return this.#bytes.subarray(start, this.#at);
  }

  /** Fills an array with the bytes that were written of one by `view`. */
  fill(array: ArrayBufferView): void {
    const bytes = this.take(array.byteLength);
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(bytes);
  }

  /** @throws TidemarkError `failed` unless all was read */
  end(): void {
    if (this.left > 0) throw damaged('more follows where it should end');
  }
}
