import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { writeAll } from '../files/durable.ts';
import type { Target } from './connector.ts';
import type { FilePlace, FileTargetOptions } from './file-place.ts';
import { cannotWrite } from './system-error.ts';

const LINE_END = Buffer.from('\n');

/** A file that is written in place, for a stream without an end: each write is in the file when it returns. */
export class GrowingFile implements Target {
  readonly #place: FilePlace;
  readonly #fd: number;
  /** To be done before the first write: what was there has to go, or to end its last line. */
  #truncates: boolean;
  #endsLine: boolean;
  /** The file was made by us and has no bytes: abandoned, it goes. */
  #fresh: boolean;
  #open = true;

  /** @throws TidemarkError `failed` */
  static open(place: FilePlace, mode: FileTargetOptions['mode']): GrowingFile {
    const { O_WRONLY, O_CREAT, O_APPEND } = fs.constants;
    try {
      return new GrowingFile(place, mode, fs.openSync(place.path, O_WRONLY | O_CREAT | O_APPEND, 0o666));
    } catch (error) {
      throw cannotWrite(place.name, error);
    }
  }

  private constructor(place: FilePlace, mode: FileTargetOptions['mode'], fd: number) {
    this.#place = place;
    this.#fd = fd;
    this.#truncates = mode === 'overwrite';
    this.#endsLine = place.openLine;
    this.#fresh = place.stat === undefined;
  }

  write(bytes: Buffer): undefined {
    try {
      this.#begin();
      writeAll(this.#fd, bytes);
    } catch (error) {
      throw cannotWrite(this.#place.name, error);
    }
  }

  async commit(): Promise<void> {
    try {
      // An empty result replaces what was there too.
      if (this.#truncates) this.#begin();
      fs.fsyncSync(this.#fd);
      this.#open = false;
      fs.closeSync(this.#fd);
    } catch (error) {
      throw cannotWrite(this.#place.name, error);
    }
  }

  /** Leaves what was written: it was true when it was. */
  async abandon(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    try {
      fs.closeSync(this.#fd);
      if (this.#fresh) fs.unlinkSync(this.#place.path);
    } catch {
      // The stream was cut off, which is told already.
    }
  }

  /** What waited for the first write: a run that writes nothing and is abandoned leaves the file as it was. */
  #begin(): void {
    if (this.#truncates) fs.ftruncateSync(this.#fd, 0);
    if (this.#endsLine) writeAll(this.#fd, LINE_END);
    this.#truncates = this.#endsLine = this.#fresh = false;
  }
}
