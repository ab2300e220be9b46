import type { Buffer } from 'node:buffer';
import type { SplitReader } from './connector.ts';
import type { FileId } from './file-identity.ts';

/** The first bytes of another reader: it ends behind them, as a file does. */
export class LimitedReader implements SplitReader {
  readonly #reader: SplitReader;
  /** Bytes that are still to be given. */
  #left: number;

  /** @param bytes how many */
  constructor(reader: SplitReader, bytes: number) {
    this.#reader = reader;
    this.#left = bytes;
  }

  get offset(): number | undefined {
    return this.#reader.offset;
  }

  get file(): FileId | undefined {
    return this.#reader.file;
  }

  read(target: Buffer, offset: number): number | Promise<number> {
    if (this.#left === 0) return 0;
    const result = this.#reader.read(target, offset);
    return typeof result === 'number' ? this.#take(result) : result.then((count) => this.#take(count));
  }

  /** What was read beyond the limit is read again by who goes on behind it. */
  #take(count: number): number {
    const taken = Math.min(count, this.#left);
    if (taken > 0) this.#left -= taken;
    return taken;
  }

  close(): Promise<void> {
    return this.#reader.close();
  }
}
