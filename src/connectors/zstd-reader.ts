import { Buffer } from 'node:buffer';
import { cannotDecompress, TRUNCATED } from './compressed-split.ts';
import type { SplitReader } from './connector.ts';
import { READ_PIECE, TURN_AFTER, turn } from './regular-reader.ts';
import { LONGEST_PART, ZstdFrames } from './zstd-frames.ts';

/** Room that a read of the compressed bytes wants at least. */
const READ_MINIMUM = 1 << 12;

/** Decompresses Zstandard, of any number of frames, block by block in the caller's thread. */
export class ZstdReader implements SplitReader {
  readonly #input: SplitReader;
  readonly #name: string;
  readonly #signal: AbortSignal;
  readonly #frames = new ZstdFrames();
  /** Compressed bytes: [#at, #end) have been read and not decompressed. */
  readonly #buffer = Buffer.allocUnsafeSlow(LONGEST_PART + READ_PIECE);
  #at = 0;
  #end = 0;
  #ended = false;
  /** What is left of the block that was decompressed last. */
  #piece: Uint8Array | undefined;
  /** Bytes given since the event loop turned last. */
  #unturned = 0;

  /** @param input the compressed bytes, which it closes */
  constructor(input: SplitReader, name: string, signal: AbortSignal) {
    this.#input = input;
    this.#name = name;
    this.#signal = signal;
  }

  read(target: Buffer, offset: number): number | Promise<number> {
    if (this.#signal.aborted) return 0;
    return this.#piece === undefined ? this.#readOn(target, offset) : this.#give(this.#piece, target, offset);
  }

  async close(): Promise<void> {
    this.#piece = undefined;
    await this.#input.close();
  }

  async #readOn(target: Buffer, offset: number): Promise<number> {
    if (this.#unturned >= TURN_AFTER) {
      await turn();
      this.#unturned = 0;
    }
    for (;;) {
      if (this.#signal.aborted) return 0;
      const behind = this.#take();
      const { output } = this.#frames;
      if (behind >= 0) {
        this.#at = behind;
        if (output !== undefined) return this.#give(output, target, offset);
      } else if (!this.#ended) await this.#fill();
      else if (this.#frames.whole && this.#at === this.#end) return 0;
      else throw cannotDecompress(this.#name, TRUNCATED);
    }
  }

  #take(): number {
    try {
      return this.#frames.take(this.#buffer, this.#at, this.#end);
    } catch (error) {
      throw cannotDecompress(this.#name, error instanceof Error ? error.message : String(error), error);
    }
  }

  async #fill(): Promise<void> {
    const buffer = this.#buffer;
    if (buffer.length - this.#end < READ_MINIMUM) {
      buffer.copyWithin(0, this.#at, this.#end);
      this.#end -= this.#at;
      this.#at = 0;
    }
    const count = await this.#input.read(buffer, this.#end);
    if (count > 0) this.#end += count;
    else this.#ended = true;
  }

  #give(piece: Uint8Array, target: Buffer, offset: number): number {
    const count = Math.min(piece.length, target.length - offset);
    target.set(piece.subarray(0, count), offset);
    this.#piece = count < piece.length ? piece.subarray(count) : undefined;
    this.#unturned += count;
    return count;
  }
}
