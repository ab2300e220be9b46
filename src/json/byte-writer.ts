import type { Buffer } from 'node:buffer';
import { type BufferSource, HEAP } from '../kernel/memory.ts';
import { copySpan } from './copy-span.ts';

/** Characters below which a loop is faster than a call into the runtime. */
const SHORT = 48;

/**
 * A growing buffer of bytes. `bytes` is replaced when it grows: read it after writing, never before.
 * The hot paths write through `reserve` and a local index, the others through the methods.
 */
export class ByteWriter {
  bytes: Buffer;
  /** How many of `bytes` are written. */
  length = 0;
  /** Where `bytes` come from when they grow. */
  protected source: BufferSource;

  constructor(capacity = 1 << 16, source = HEAP) {
    this.source = source;
    this.bytes = source.allocate(capacity);
  }

  /** Whether the bytes are in the kernel's memory. */
  get inKernel(): boolean {
    return this.source !== HEAP;
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = this.source.allocate(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.length);
    this.source.release(this.bytes);
    this.bytes = grown;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** Text of characters below 128 only. */
  ascii(text: string): void {
    const { length } = text;
    this.reserve(length);
    const target = this.bytes;
    if (length >= SHORT) this.length += target.write(text, this.length, 'latin1');
    else for (let i = 0; i < length; i++) target[this.length++] = text.charCodeAt(i);
  }

  utf8(text: string): void {
    this.reserve(text.length * 3);
    this.length += this.bytes.write(text, this.length, 'utf8');
  }

  /** Copies `source[from, to)`. */
  copy(source: Uint8Array, from: number, to: number): void {
    const count = to - from;
    this.reserve(count);
    this.length = copySpan(this.bytes, this.length, source, from, to);
  }

  clear(): void {
    this.length = 0;
  }

  /** Gives the bytes back: the writer is not used again. */
  release(): void {
    this.source.release(this.bytes);
  }

  /** The bytes written so far: a view, valid until the next write. */
  view(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  toString(): string {
    return this.bytes.toString('utf8', 0, this.length);
  }
}
