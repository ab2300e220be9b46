import { KERNEL_ROWS } from '../kernel/columns.ts';
import type { RecordBatch } from './format.ts';
import { KernelTurns } from './kernel-turns.ts';
import { LineReader } from './location-reader.ts';
import { type ScannedBlock, takeBlock } from './scanned-block.ts';

/** A format whose usual lines are read by the kernel, many at once; a line that it leaves is read by `readLine`. */
export abstract class BlockReader extends LineReader {
  /** Lines before this index are read one by one: not all are UTF-8. Meant for one call of `readLines`. */
  #suspectTo = 0;
  readonly #turns = new KernelTurns();

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
    if (from >= cut || !this.#turns.isNext()) return from;
    const first = batch.rows;
    const room = Math.min(batch.capacity - first, KERNEL_ROWS);
    const scanned = this.scanBlock(batch, from, cut, room);
    this.#turns.took(scanned.rows);
    if (scanned.rows === 0) return from;
    if (!takeBlock(batch, from, scanned, this.line)) {
      this.#suspectTo = scanned.end;
      return from;
    }
    this.line += scanned.lines;
    this.finishBlock(batch, first);
    return scanned.end;
  }

  /** Adds what the kernel does not know of rows [first, batch.rows): their times, or where these are. */
  protected finishBlock(_batch: RecordBatch, _first: number): void {}
}

const LF = 0x0a;
