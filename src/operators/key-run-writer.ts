import { Buffer } from 'node:buffer';
import { BytePieces } from '../state/byte-pieces.ts';
import type { KeyFilter } from '../state/key-filter.ts';
import { writeNumbers } from '../state/saved-numbers.ts';
import type { SavedFile, SpillFile } from '../state/spill-files.ts';
import type { EntryCursor } from './key-entry.ts';

const NO_WORDS = new Int32Array(0);

/** Bytes of a block that are aimed at: what is read to look for one key. */
const BLOCK_BYTES = 1536;

/** A run as a snapshot names it. */
export interface SavedKeyRun extends SavedFile {
  /** Where its last record begins, which tells of the others. */
  readonly index: number;
  readonly level: number;
}

/** The block, of so many, in which a hash of [0, 2^53) is. */
export const blockOf = (hash: number, blocks: number): number => Math.floor((hash / 2 ** 53) * blocks);

/**
 * Writes a run of keys: blocks of entries in the order of their hashes, each a record; then the filter, which
 * is empty where there is no memory for one; then the index. Hashes are spread evenly, so that the block of a key is computed and not sought.
 */
export class KeyRunWriter {
  readonly blocks: number;
  readonly #file: SpillFile;
  readonly #filter: KeyFilter | undefined;
  readonly #forgottenAt: (second: number) => number;
  /** Where each record begins: the blocks, and the filter behind them. */
  readonly #places: Float64Array;
  /** The block that is being written: #bytes[0, #used). */
  #block = 0;
  #bytes = Buffer.allocUnsafeSlow(BLOCK_BYTES * 2);
  #used = 0;
  #length = 0;
  /** How many keys are forgotten at which watermark, ms. */
  readonly #forgotten = new Map<number, number>();
  #lastAt = Number.NaN;
  #lastCount = 0;

  /**
   * @param bytes about how many all entries have
   * @param filter has room for all keys; undefined: there is no memory for one
   * @param forgottenAt the watermark at which an entry of this second number is forgotten, ms
   */
  constructor(
    file: SpillFile,
    bytes: number,
    filter: KeyFilter | undefined,
    forgottenAt: (second: number) => number,
  ) {
    this.#file = file;
    this.#filter = filter;
    this.#forgottenAt = forgottenAt;
    this.blocks = Math.max(1, Math.ceil(bytes / BLOCK_BYTES));
    this.#places = new Float64Array(this.blocks + 1);
  }

  /** Writes an entry among these bytes. Blocks come in order. */
  add(hash: number, bytes: Buffer, { start, end, second }: EntryCursor): void {
    const block = blockOf(hash, this.blocks);
    while (this.#block < block) this.#end();
    const size = end - start;
    if (this.#used + size > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow((this.#used + size) * 2);
      this.#bytes.copy(grown, 0, 0, this.#used);
      this.#bytes = grown;
    }
    bytes.copy(this.#bytes, this.#used, start, end);
    this.#used += size;
    this.#filter?.add(hash);
    const at = this.#forgottenAt(second);
    if (at !== this.#lastAt) this.#count(at);
    this.#lastCount++;
  }

  finish(): SavedKeyRun['index'] {
    while (this.#block < this.blocks) this.#end();
    this.#count(Number.NaN);
    const words = this.#filter?.words ?? NO_WORDS;
    this.#places[this.blocks] = this.#file.append([new Uint8Array(words.buffer)]);
    const out = new BytePieces();
    out.varint(this.#length);
    out.varint(words.length);
    out.varint(this.blocks);
    writeNumbers(out, this.#places);
    const forgotten = [...this.#forgotten].sort(([a], [b]) => a - b);
    out.varint(forgotten.length);
    for (const [at, count] of forgotten) {
      out.double(at);
      out.varint(count);
    }
    const index = this.#file.append(out.take());
    this.#file.finish();
    return index;
  }

  #end(): void {
    this.#places[this.#block++] = this.#file.append([this.#bytes.subarray(0, this.#used)]);
    this.#length += this.#used;
    this.#used = 0;
  }

  /** Notes those of the last time, and begins with another. */
  #count(at: number): void {
    if (this.#lastCount > 0)
      this.#forgotten.set(this.#lastAt, (this.#forgotten.get(this.#lastAt) ?? 0) + this.#lastCount);
    this.#lastAt = at;
    this.#lastCount = 0;
  }
}
