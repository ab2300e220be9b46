import type { Buffer } from 'node:buffer';
import fs from 'node:fs';
import type { ByteFile, Split, SplitReader } from './connector.ts';
import { READ_PIECE, TURN_AFTER, turn } from './regular-reader.ts';
import { cannotRead } from './system-error.ts';

/**
 * Opens a regular file; undefined for what is none: opening a FIFO would be seen by its writer.
 * @throws TidemarkError `failed`
 */
export function openByteFile(path: string, name: string): ByteFile | undefined {
  try {
    const stat = fs.statSync(path);
    if (!stat.isFile()) return undefined;
    const fd = fs.openSync(path, 'r');
    return {
      fd,
      size: stat.size,
      read(target, offset, length, position) {
        try {
          return fs.readSync(fd, target, offset, length, position);
        } catch (error) {
          throw cannotRead(name, error);
        }
      },
      close: () => fs.closeSync(fd),
    };
  } catch (error) {
    throw cannotRead(name, error);
  }
}

/** Where a part of a file is. */
export interface FilePart {
  /** Bytes at the start of the file that are read first: a header, and what stands with it. */
  readonly head: number;
  /** The byte from which on the file is read to its end; not inside of the head. */
  readonly start: number;
  /** The byte before which it ends; its end when left out. */
  readonly end?: number;
}

/** The head of a file and what follows `start`, as a location, which closes the file. */
export const partOfFile = (file: ByteFile, name: string, part: FilePart): Split => ({
  name,
  open: async (signal) => new PartReader(file, part, signal),
});

class PartReader implements SplitReader {
  readonly #file: ByteFile;
  readonly #part: FilePart;
  readonly #signal: AbortSignal;
  /** The byte that is read next. */
  #position = 0;
  /** Bytes read since the event loop turned last. */
  #unturned = 0;

  constructor(file: ByteFile, part: FilePart, signal: AbortSignal) {
    this.#file = file;
    this.#part = part;
    this.#signal = signal;
    if (part.head === 0) this.#position = part.start;
  }

  read(target: Buffer, offset: number): number | Promise<number> {
    return this.#unturned < TURN_AFTER ? this.#readNow(target, offset) : this.#turnAndRead(target, offset);
  }

  async close(): Promise<void> {
    this.#file.close();
  }

  #readNow(target: Buffer, offset: number): number {
    if (this.#signal.aborted) return 0;
    const { head, start, end = Number.POSITIVE_INFINITY } = this.#part;
    const inHead = this.#position < head;
    const room = Math.min(READ_PIECE, target.length - offset, end - this.#position);
    if (room === 0) return 0;
    const length = inHead ? Math.min(room, head - this.#position) : room;
    const count = this.#file.read(target, offset, length, this.#position);
    this.#position += count;
    this.#unturned += count;
    if (inHead && this.#position === head) this.#position = start;
    return count;
  }

  async #turnAndRead(target: Buffer, offset: number): Promise<number> {
    await turn();
    this.#unturned = 0;
    return this.#readNow(target, offset);
  }
}
