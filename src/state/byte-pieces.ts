import { Buffer } from 'node:buffer';

/** Bytes of the first buffer, and of the largest. */
const FIRST = 1 << 10;
const MOST = 1 << 20;
/** Views from this size on are handed on as they are; shorter ones are copied, so that pieces are not many. */
const LARGE = 1 << 12;

/**
 * Writes state as pieces of one byte string: small values are put together, and large arrays stand in it as views of where
 * they live, which are valid until these change. Numbers are little-endian, as the kernel has them.
 */
export class BytePieces {
  #pieces: Uint8Array[] = [];
  /** What is written and not among the pieces yet is #bytes[#from, #at). */
  #bytes = Buffer.allocUnsafeSlow(FIRST);
  #from = 0;
  #at = 0;
  /** Bytes of the pieces. */
  #before = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#before + this.#at - this.#from;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#at = this.#bytes.writeUInt32LE(value >>> 0, this.#at);
  }

  /** A whole number from 0 to 2^53 - 1, in as few bytes as it needs, seven bits in each (LEB128). */
  varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#at++] = 128 | (rest % 128);
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#at++] = rest;
  }

  double(value: number): void {
    this.#reserve(8);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  /** An integer of any size: its sign, then its digits of 8 bits. */
  bigInteger(value: bigint): void {
    const digits = (value < 0n ? -value : value).toString(16);
    this.byte(value < 0n ? 1 : 0);
    this.text(digits);
  }

  /** Text of any characters, with its length. */
  text(text: string): void {
    const bytes = Buffer.from(text);
    this.varint(bytes.length);
    this.copy(bytes, 0, bytes.length);
  }

  /** Copies `source[from, to)`. */
  copy(source: Uint8Array, from: number, to: number): void {
    this.#reserve(to - from);
    if (to - from < 48) for (let i = from; i < to; i++) this.#bytes[this.#at++] = source[i]!;
    else {
      this.#bytes.set(source.subarray(from, to), this.#at);
      this.#at += to - from;
    }
  }

  /** The bytes of an array, which does not change as long as the pieces are in use. */
  view(array: ArrayBufferView): void {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    if (bytes.length < LARGE) {
      this.copy(bytes, 0, bytes.length);
      return;
    }
    this.#cut();
    this.#pieces.push(bytes);
    this.#before += bytes.length;
  }

  /** Appends pieces of another. */
  append(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) this.view(piece);
  }

  /** All that was written; nothing is written behind it. */
  take(): readonly Uint8Array[] {
    this.#cut();
    return this.#pieces;
  }

  #cut(): void {
    if (this.#at === this.#from) return;
    this.#pieces.push(this.#bytes.subarray(this.#from, this.#at));
    this.#before += this.#at - this.#from;
    this.#from = this.#at;
  }

  /** Room for so many bytes side by side: what was written stays where it is. */
  #reserve(count: number): void {
    if (this.#at + count <= this.#bytes.length) return;
    this.#cut();
    const size = Math.min(this.#bytes.length * 2, MOST);
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(size, count));
    this.#from = 0;
    this.#at = 0;
  }
}
