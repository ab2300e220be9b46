import { Buffer } from 'node:buffer';
import type { Split, SplitReader } from './connector.ts';
import { OverflowFile } from './overflow-file.ts';
import type { ReadingPace } from './reading-pace.ts';

/** Bytes that are read ahead of who takes them, at any time. */
const ROOM = 1 << 20;
/** Bytes of one read. */
const PIECE = 1 << 16;

/**
 * Reads a pipe ahead of who takes its bytes: into memory as far as that has room, and into a temporary file while the pace
 * is unbounded. So a program that writes two pipes by turns goes on though only one of them is wanted for now.
 */
export class ReadingAhead implements SplitReader {
  readonly #input: SplitReader;
  readonly #pace: ReadingPace;
  /** Bytes that were read and not taken: those in [start, end) first, then the file's; freed by `close`. */
  #bytes = Buffer.allocUnsafeSlow(ROOM + PIECE);
  #start = 0;
  #end = 0;
  readonly #overflow: OverflowFile;
  #ended = false;
  #closed = false;
  #error: { readonly error: unknown } | undefined;
  /** Wakes the read that waits for bytes. */
  #arrived: (() => void) | undefined;
  /** Wakes the loop that waits for room. */
  #room: (() => void) | undefined;
  readonly #reading: Promise<void>;

  /** Begins to read at once. @param name for messages */
  constructor(input: SplitReader, name: string, pace: ReadingPace) {
    this.#input = input;
    this.#pace = pace;
    this.#overflow = new OverflowFile(name);
    pace.onHurry(() => this.#room?.());
    this.#reading = this.#read().catch((error: unknown) => {
      this.#error = { error };
    });
    this.#reading.finally(() => {
      this.#ended = true;
      this.#arrived?.();
    });
  }

  read(target: Buffer, offset: number): number | Promise<number> {
    const count = this.#take(target, offset);
    if (count > 0) return count;
    if (this.#error !== undefined) throw this.#error.error;
    if (this.#ended) return 0;
    return new Promise<void>((resolve) => {
      this.#arrived = resolve;
    }).then(() => {
      this.#arrived = undefined;
      return this.read(target, offset);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#room?.();
    await this.#input.close();
    await this.#reading;
    this.#overflow.close();
    this.#bytes = Buffer.alloc(0);
    this.#start = this.#end = 0;
  }

  #take(target: Buffer, offset: number): number {
    const count = Math.min(this.#end - this.#start, target.length - offset);
    if (count > 0) {
      this.#bytes.copy(target, offset, this.#start, this.#start + count);
      this.#start += count;
      if (this.#start === this.#end) this.#start = this.#end = 0;
      this.#room?.();
      return count;
    }
    if (this.#overflow.empty) return 0;
    const taken = this.#overflow.take(target, offset);
    if (this.#overflow.empty) this.#room?.();
    return taken;
  }

  async #read(): Promise<void> {
    /** What goes to the file. */
    let piece: Buffer | undefined;
    while (!this.#closed) {
      const inMemory = this.#overflow.empty && this.#end - this.#start < ROOM;
      if (!inMemory && !this.#pace.unbounded) {
        await this.#untilRoom();
        continue;
      }
      if (!inMemory) piece ??= Buffer.allocUnsafeSlow(PIECE);
      else if (this.#bytes.length - this.#end < PIECE) this.#moveToStart();
      const result = inMemory ? this.#input.read(this.#bytes, this.#end) : this.#input.read(piece!, 0);
      // What is taken meanwhile moves only the start, or both to 0: the bytes are put where the end is then.
      const at = this.#end;
      const count = typeof result === 'number' ? result : await result;
      if (count <= 0) return;
      if (inMemory) {
        if (at !== this.#end) this.#bytes.copyWithin(this.#end, at, at + count);
        this.#end += count;
      } else this.#overflow.append(piece!.subarray(0, count));
      this.#arrived?.();
    }
  }

  #untilRoom(): Promise<void> {
    return new Promise((resolve) => {
      this.#room = () => {
        this.#room = undefined;
        resolve();
      };
    });
  }

  #moveToStart(): void {
    this.#bytes.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }
}

/** The reader, which reads ahead where it is that of a pipe: nobody waits to write a regular file. */
export const readAhead = (reader: SplitReader, name: string, pace: ReadingPace): SplitReader =>
  reader.holdsWriter === true ? new ReadingAhead(reader, name, pace) : reader;

/** The splits of a source whose stream is one of several, with pipes that are read ahead. */
export const readingAhead = (splits: readonly Split[], pace: ReadingPace): Split[] =>
  splits.map((split) => ({
    name: split.name,
    ...(split.endless === undefined ? {} : { endless: split.endless }),
    open: async (signal) => readAhead(await split.open(signal), split.name, pace),
    openBytes: () => split.openBytes?.(),
    ...(split.partOf === undefined ? {} : { partOf: (shard) => split.partOf!(shard) }),
  }));
