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

/** How far a file has been read. */
export class FileProgress {
  /** The byte behind the last record that was handed on. */
  byte = 0;
  readonly #first = new FirstBytes();
  #reader: ResumableReader | undefined;

  /**
   * Begins a file, or goes on with one.
   * @param known the bytes before `byte`, as many as a fingerprint wants
   */
  begin(byte: number, known: Uint8Array): void {
    this.byte = byte;
    this.#first.begin(known);
  }

  /** Who reads its records. */
  readBy(reader: ResumableReader): void {
    this.#reader = reader;
  }

  /** `bytes[from, to)` were read; `from` is at byte `at` of the file. */
  saw(at: number, bytes: Buffer, from: number, to: number): void {
    this.#first.saw(at, bytes, from, to);
  }

  /** The place; undefined before the reading has begun. */
  get place(): ReadingPlace | undefined {
    if (this.#reader === undefined) return undefined;
    return {
      byte: this.byte,
      fingerprint: this.#first.fingerprint(this.byte),
      reader: this.#reader.save(),
    };
  }
}
