import { Buffer } from 'node:buffer';
import type { Shard, SplitReader } from './connector.ts';
import { READ_PIECE, TURN_AFTER, turn } from './regular-reader.ts';

/** Bytes of the blocks that files are cut into: block k belongs to shard k mod count, wherever the file ends. */
const SHARD_BLOCK = 1 << 22;

/** Bytes of a file, asked for at places that come one behind the other. */
export interface BytesAt {
  /** Reads bytes from `position` on to `target[offset…]`. @returns how many, 0 at the end */
  read(target: Buffer, offset: number, length: number, position: number): number | Promise<number>;
  close(): void | Promise<void>;
}

/** Where the reading of a shard begins. */
export interface ShardStart {
  readonly byte: number;
  /** It is inside of a line that this shard was reading. */
  readonly insideLine: boolean;
}

const LF = 0x0a;
/** Bytes in which the end of a line is sought at once. */
const PROBE = 1 << 16;

/**
 * The lines of a shard: those that begin in one of its blocks, each to its end. The rule needs no more of a file than
 * the bytes around the ends of blocks, and gives the same for a file that grows.
 */
export class ShardReader implements SplitReader {
  /** Where in the file the bytes stand that were read last. */
  offset = 0;
  readonly #bytes: BytesAt;
  readonly #shard: Shard;
  readonly #block: number;
  readonly #signal: AbortSignal;
  /** The byte that is read next. */
  #position: number;
  /** The lines are the shard's up to the one that holds the byte before this; 0: the next one is to be sought. */
  #until: number;
  #probe: Buffer | undefined;
  /** Bytes read since the event loop turned last. */
  #unturned = 0;

  /** @param block bytes */
  constructor(bytes: BytesAt, shard: Shard, start: ShardStart, signal: AbortSignal, block = SHARD_BLOCK) {
    this.#bytes = bytes;
    this.#shard = shard;
    this.#block = block;
    this.#signal = signal;
    this.#position = start.byte;
    this.#until = start.insideLine ? start.byte : 0;
  }

  async read(target: Buffer, offset: number): Promise<number> {
    if (this.#unturned >= TURN_AFTER) {
      await turn();
      this.#unturned = 0;
    }
    if (this.#signal.aborted || (this.#until === 0 && !(await this.#seek()))) return 0;
    const room = Math.min(READ_PIECE, target.length - offset);
    const read = await this.#bytes.read(target, offset, room, this.#position);
    const count = this.#ownBytes(target.subarray(offset, offset + read));
    this.offset = this.#position;
    this.#position += count;
    this.#unturned += count;
    return count;
  }

  async close(): Promise<void> {
    await this.#bytes.close();
  }

  /** How many of the bytes are of lines of the block that is read. */
  #ownBytes(bytes: Buffer): number {
    const from = Math.max(0, this.#until - 1 - this.#position);
    const feed = from < bytes.length ? bytes.indexOf(LF, from) : -1;
    if (feed < 0) return bytes.length;
    this.#until = 0;
    return feed + 1;
  }

  /** From the start of a line goes to that of the shard's next one; false: there is none yet. */
  async #seek(): Promise<boolean> {
    const { index, count } = this.#shard;
    for (;;) {
      const block = Math.floor(this.#position / this.#block);
      const blocks = (index - (block % count) + count) % count;
      if (blocks === 0) {
        this.#until = (block + 1) * this.#block;
        return true;
      }
      // A line begins at the first byte of a block when one ends before it.
      const line = await this.#lineBehind((block + blocks) * this.#block - 1);
      if (line < 0) return false;
      this.#position = line;
    }
  }

  /** The start of the line behind the first line end from `position` on; -1: there is no such end. */
  async #lineBehind(position: number): Promise<number> {
    this.#probe ??= Buffer.allocUnsafe(PROBE);
    for (let at = position; !this.#signal.aborted; ) {
      const count = await this.#bytes.read(this.#probe, 0, PROBE, at);
      if (count === 0) return -1;
      const feed = this.#probe.subarray(0, count).indexOf(LF);
      if (feed >= 0) return at + feed + 1;
      at += count;
    }
    return -1;
  }
}

/** Bytes that can only be read from their start, as those of a compressed file. */
export class ForwardBytes implements BytesAt {
  readonly #reader: SplitReader;
  /** What was read last, and where it stands: what is asked for next may begin in it. */
  readonly #piece = Buffer.allocUnsafe(READ_PIECE);
  #start = 0;
  #length = 0;

  constructor(reader: SplitReader) {
    this.#reader = reader;
  }

  async read(target: Buffer, offset: number, length: number, position: number): Promise<number> {
    while (position >= this.#start + this.#length) {
      const count = await this.#reader.read(this.#piece, 0);
      if (count <= 0) return 0;
      this.#start += this.#length;
      this.#length = count;
    }
    const from = position - this.#start;
    return this.#piece.copy(target, offset, from, Math.min(this.#length, from + length));
  }

  close(): Promise<void> {
    return this.#reader.close();
  }
}
