import { vi } from 'vitest';
import type { BlockReader } from '../../src/formats/block-reader.ts';
import type { RecordBatch } from '../../src/formats/format.ts';
import type { ScannedBlock } from '../../src/formats/scanned-block.ts';

/** What of a reader is replaced: its way to the kernel. */
export interface KernelReader {
  scanBlock(batch: RecordBatch, from: number, cut: number, room: number): ScannedBlock;
}

/** The methods of a class of readers, with the one that is its own. */
export const methodsOf = ({ prototype }: { prototype: BlockReader }): KernelReader =>
  prototype as unknown as KernelReader;

/** What `read` gives when the kernel leaves every line. */
export function withoutKernel<T>(methods: KernelReader, read: () => T): T {
  const none = { rows: 0, lines: 0, end: 0, beyondAscii: false, fields: 0, declared: false };
  const spy = vi.spyOn(methods, 'scanBlock').mockReturnValue(none);
  try {
    return read();
  } finally {
    spy.mockRestore();
  }
}
