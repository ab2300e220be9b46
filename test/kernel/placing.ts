import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { type Kernel, loadKernel } from '../../src/kernel/kernel.ts';

/** Bytes behind the end of a region that vectors may read. */
const MARGIN = 64;
const LF = 10;

/** A kernel whose memory is small, and of nobody else. */
export const smallKernel = (): Kernel => loadKernel(() => new WebAssembly.Memory({ initial: 256 }));

/** What may lie behind a text that ends with a line feed: bytes that would continue it, were they looked at. */
export const GARBAGE: readonly Buffer[] = [
  Buffer.alloc(0),
  Buffer.from('0123456789.5e7'.repeat(4)),
  Buffer.from('"","@w":"}]\\'.repeat(5)),
  Buffer.alloc(40, 0xff),
  Buffer.alloc(40, LF),
  Buffer.from('{"t":1}\n{"@t":"2024-01-01T00:00:00.000Z"}\n'),
];

export const garbage = fc.constantFrom(...GARBAGE);

/**
 * Puts a text as far behind as one may stand: it ends, or what lies behind it does, where the last region that
 * could be would end, with its margin of line feeds before the end of the memory.
 * @returns its address
 */
export function placeLast(kernel: Kernel, text: Buffer, behind: Buffer = Buffer.alloc(0)): number {
  const { bytes } = kernel;
  const end = bytes.length - MARGIN;
  const at = end - behind.length - text.length;
  // What another case left before it is not to help.
  bytes.fill(0x22, Math.max(kernel.scratch + kernel.scratchSize, at - 256), at);
  text.copy(bytes, at);
  behind.copy(bytes, end - behind.length);
  bytes.fill(LF, end);
  return at;
}

/** As `expect`, for what is checked many thousand times. */
export function check(condition: boolean, what: () => string): void {
  if (!condition) throw new Error(what());
}
