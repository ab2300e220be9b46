import type { Buffer } from 'node:buffer';
import type { ReaderState, ResumableReader } from '../formats/format.ts';
import { type Fingerprint, FirstBytes } from './fingerprint.ts';

/** A place in a file between two records: all before it have been handed on. */
export interface ReadingPlace {
  /** Bytes before it, decompressed. */
  readonly byte: number;
  readonly fingerprint: Fingerprint;
  /** What the reader of its records knows. */
  readonly reader: ReaderState;
}

/** Bytes that were read stand `shift` bytes further on in their file, from byte `at` of those that were read on. */
interface Run {
  readonly at: number;
  readonly shift: number;
}

/** How far a file has been read, of which parts may be passed over. */
export class FileProgress {
  /** The byte behind the last record that was handed on, among those that were read: those passed over don't count. */
  byte = 0;
  readonly #first = new FirstBytes();
  /** Where `byte` was when the file was begun. */
  #start = 0;
  /** Bytes of files before this one. */
  #before = 0;
  /** From the one that `byte` is in on; never empty. */
  #runs: Run[] = [{ at: 0, shift: 0 }];
  #reader: ResumableReader | undefined;

  /**
   * Begins a file, or goes on with one at a byte.
   * @param known bytes at its start, as many as a fingerprint wants, where there are so many before `byte`
   */
  begin(byte: number, known: Uint8Array): void {
    this.#before = this.taken;
    this.#start = byte;
    this.byte = byte;
    this.#runs = [{ at: byte, shift: 0 }];
    this.#first.begin(known);
  }

  /** Who reads its records. */
  readBy(reader: ResumableReader): void {
    this.#reader = reader;
  }

  /**
   * `bytes[from, to)` were read; what stands before them there was not handed on yet.
   * @param offset where they stand in the file; undefined: behind what was read before
   */
  saw(bytes: Buffer, from: number, to: number, offset: number | undefined): void {
    const at = this.byte + from;
    const { shift } = this.#runs.at(-1)!;
    if (offset !== undefined && offset - at !== shift) {
      this.#leaveRuns();
      this.#runs.push({ at, shift: offset - at });
    }
    this.#first.saw(offset ?? at + shift, bytes, from, to);
  }

  /** Bytes that were handed on here, of all files that were begun. */
  get taken(): number {
    return this.#before + this.byte - this.#start;
  }

  /** The place; undefined before the reading has begun. */
  get place(): ReadingPlace | undefined {
    if (this.#reader === undefined) return undefined;
    this.#leaveRuns();
    const byte = this.byte + this.#runs[0]!.shift;
    return { byte, fingerprint: this.#first.fingerprint(byte), reader: this.#reader.save() };
  }

  /** Forgets runs that lie behind. */
  #leaveRuns(): void {
    while (this.#runs.length > 1 && this.#runs[1]!.at <= this.byte) this.#runs.shift();
  }
}
