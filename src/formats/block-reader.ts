import { isUtf8 } from 'node:buffer';
import { KERNEL_ROWS } from '../kernel/columns.ts';
import { kernel } from '../kernel/kernel.ts';
import type { RecordBatch } from './format.ts';
import { LineReader } from './location-reader.ts';

/** What a call of the kernel made of lines. */
export interface ScannedBlock {
  /** Records, one a line: their spans and line numbers are in the kernel's columns. */
  readonly rows: number;
  /** Index behind the lines. */
  readonly end: number;
  /** Whether there was a byte beyond ASCII, so that UTF-8 must be checked. */
  readonly beyondAscii: boolean;
}

/** A format whose usual lines are read by the kernel, many at once; a line that it leaves is read by `readLine`. */
export abstract class BlockReader extends LineReader {
  /** Lines before this index are read one by one: not all are UTF-8. Meant for one call of `readLines`. */
  #suspectTo = 0;

  /** Reads usual lines of batch.bytes[from, cut), each with its LF, as `room` rows at most. */
  protected abstract scanBlock(batch: RecordBatch, from: number, cut: number, room: number): ScannedBlock;

  protected override readLines(batch: RecordBatch, from: number, whole: number): number {
    const b = batch.bytes;
    // The last line may have no LF, which the kernel wants.
    const cut = b[whole - 1] === LF ? whole : b.lastIndexOf(LF, whole - 1) + 1;
    this.#suspectTo = 0;
    let at = from;
    while (at < whole && batch.rows < batch.capacity) {
      const behind = at < this.#suspectTo ? at : this.#readBlock(batch, at, cut);
      at = behind > at ? behind : this.readOneLine(batch, at, whole);
    }
    return at;
  }

  /** The index behind the lines of batch.bytes[from, cut) that were read. */
  #readBlock(batch: RecordBatch, from: number, cut: number): number {
    if (from >= cut) return from;
    const first = batch.rows;
    const room = Math.min(batch.capacity - first, KERNEL_ROWS);
    const { rows, end: behind, beyondAscii } = this.scanBlock(batch, from, cut, room);
    if (rows === 0) return from;
    if (beyondAscii && !isUtf8(batch.bytes.subarray(from, behind))) {
      this.#suspectTo = behind;
      return from;
    }
    batch.rows += rows;
    batch.resetEvents(first);
    const { columns } = kernel();
    for (const name of ['start', 'end', 'timeStart', 'timeEnd', 'rawStart', 'rawEnd'] as const)
      batch[name].set(columns[name].subarray(0, rows), first);
    for (let i = 0; i < rows; i++) batch.line[first + i] = this.line + 1 + i;
    this.line += rows;
    this.finishBlock(batch, first);
    return behind;
  }

  /** Adds what the kernel does not know of rows [first, batch.rows): their times, or where these are. */
  protected abstract finishBlock(batch: RecordBatch, first: number): void;
}

const LF = 0x0a;
