import type { Buffer } from 'node:buffer';
import { type Kernel, kernel } from './kernel.ts';

/** Where bytes are that are not in the kernel's memory; grown by the largest buffer, never freed. */
let staged: Buffer | undefined;

/**
 * The address of the bytes of `buffer` in the kernel's memory. Blocks that are read and printed are there from
 * the start; any other buffer is copied, and its copy is valid until the next call.
 */
export function addressOf(buffer: Buffer, { bytes, buffers }: Kernel = kernel()): number {
  if (buffer.buffer === bytes.buffer) return buffer.byteOffset;
  if (staged === undefined || staged.length < buffer.length + MARGIN) {
    if (staged !== undefined) buffers.release(staged);
    staged = buffers.allocate((buffer.length + MARGIN) * 2);
  }
  buffer.copy(staged);
  // Ends whatever text stands at the end of the copy.
  staged.fill(LF, buffer.length, buffer.length + MARGIN);
  return staged.byteOffset;
}

/** Copies what the kernel wrote to [from, to) of the copy that `addressOf(buffer)` made back into `buffer`. */
export function takeBack(buffer: Buffer, from: number, to: number): void {
  if (buffer.buffer !== kernel().bytes.buffer) staged!.copy(buffer, from, from, to);
}

const MARGIN = 64;
const LF = 10;
