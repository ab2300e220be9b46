import { Buffer } from 'node:buffer';
import type { ByteFile } from './connector.ts';

/** Bytes that are looked through at once for a line end. */
const LOOK = 1 << 14;

/** Cuts a file into blocks of whole lines, in order; what is left is the rest. */
export class BlockCuts {
  readonly #file: ByteFile;
  readonly #size: number;
  readonly #maxLine: number;
  readonly #look = Buffer.alloc(LOOK);
  #position = 0;

  /**
   * @param size bytes of a block; one is longer by as much as its last line goes on
   * @param maxLine bytes that a line may have: behind a longer one no block begins
   */
  constructor(file: ByteFile, size: number, maxLine: number) {
    this.#file = file;
    this.#size = size;
    this.#maxLine = maxLine;
  }

  /** The byte at which the next block, or the rest of the file, begins. */
  get position(): number {
    return this.#position;
  }

  /** The next block [from, to), which ends behind an LF; undefined: what is left is less than one. */
  next(): { readonly from: number; readonly to: number } | undefined {
    const from = this.#position;
    const to = this.#behindLine(from + this.#size);
    if (to === undefined) return undefined;
    this.#position = to;
    return { from, to };
  }

  /** The byte behind the first LF at or behind the byte before `at`. */
  #behindLine(at: number): number | undefined {
    const last = Math.min(at + this.#maxLine, this.#file.size);
    for (let position = at - 1; position < last; ) {
      const count = this.#file.read(this.#look, 0, Math.min(LOOK, last - position), position);
      if (count === 0) return undefined;
      const found = this.#look.subarray(0, count).indexOf(LF);
      if (found >= 0) return position + found + 1;
      position += count;
    }
    return undefined;
  }
}

const LF = 10;
