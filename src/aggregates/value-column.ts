import { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import type { Columns, IntegerColumn, ObjectColumn } from '../state/columns.ts';
import { copyBytes } from './growth.ts';

const SMALLEST = 24;

/**
 * One JSON value a slot, in the bytes that it was spelled with, or none.
 *
 * Memory: 12 bytes a slot and a buffer of its own (about 100 bytes and the value) where there is one.
 */
export class ValueColumn {
  /** The buffer of a slot, reused when a value takes the place of another; freed with the slot. */
  readonly #buffers: ObjectColumn<Buffer>;
  /** How many bytes of the buffer are the value; 0: none. */
  readonly #lengths: IntegerColumn;

  constructor(columns: Columns) {
    this.#lengths = columns.integers();
    this.#buffers = columns.objects<Buffer>({
      // What is in the buffer behind the value is not known.
      write: (buffer, out, slot) => {
        out.varint(this.length(slot));
        out.copy(buffer, 0, this.length(slot));
      },
      read: (from) => {
        const value = from.take(from.count(1));
        const buffer = Buffer.allocUnsafe(Math.max(SMALLEST, value.length));
        value.copy(buffer);
        return buffer;
      },
    });
  }

  /** Bytes of the value, 0 when there is none. */
  length(slot: number): number {
    return this.#lengths.values[slot]!;
  }

  /** A buffer that begins with the value. The slot has one. */
  buffer(slot: number): Buffer {
    return this.#buffers.values[slot]!;
  }

  set(slot: number, bytes: Buffer, start: number, end: number): void {
    const length = end - start;
    const buffers = this.#buffers.values;
    let buffer = buffers[slot];
    if (buffer === undefined || buffer.length < length) {
      buffer = Buffer.allocUnsafe(Math.max(SMALLEST, length));
      buffers[slot] = buffer;
    }
    copyBytes(bytes, start, end, buffer, 0);
    this.#lengths.values[slot] = length;
  }

  /** Forgets the value of a slot; its buffer stays for the next. */
  clear(slot: number): void {
    this.#lengths.values[slot] = 0;
  }

  copy(into: number, from: number): void {
    const length = this.length(from);
    if (length === 0) this.clear(into);
    else this.set(into, this.buffer(from), 0, length);
  }

  write(slot: number, out: ByteWriter): void {
    out.copy(this.buffer(slot), 0, this.length(slot));
  }
}
