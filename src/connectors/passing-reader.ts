import type { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';
import type { SplitReader } from './connector.ts';

/** Passes over the first bytes of a stream, which can only be read from its start; throws when it has fewer. */
export class PassingReader implements SplitReader {
  readonly #reader: SplitReader;
  /** Bytes that are still to be passed over. */
  #left: number;
  readonly #bytes: number;
  readonly #name: string;
  readonly #signal: AbortSignal;

  constructor(reader: SplitReader, bytes: number, name: string, signal: AbortSignal) {
    this.#reader = reader;
    this.#left = bytes;
    this.#bytes = bytes;
    this.#name = name;
    this.#signal = signal;
  }

  read(target: Buffer, offset: number): number | Promise<number> {
    return this.#left === 0 ? this.#reader.read(target, offset) : this.#pass(target, offset);
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  async #pass(target: Buffer, offset: number): Promise<number> {
    while (this.#left > 0) {
      const count = await this.#reader.read(target, offset);
      if (count <= 0) {
        if (this.#signal.aborted) return 0;
        throw new TidemarkError(
          'failed',
          `${this.#name} ends before byte ${this.#bytes}, up to which it was read`,
          {
            hint: 'it is not the file that it was: bring that back, or begin anew with --reset-state',
          },
        );
      }
      const kept = count - this.#left;
      this.#left = Math.max(0, -kept);
      if (kept <= 0) continue;
      target.copyWithin(offset, offset + count - kept, offset + count);
      return kept;
    }
    return this.#reader.read(target, offset);
  }
}
