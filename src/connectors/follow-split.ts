import type { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { TidemarkError } from '../errors.ts';
import { BOUNDARY, type Split, type SplitReader } from './connector.ts';
import { type FileId, idOf, sameInode } from './file-identity.ts';
import { FileWatch } from './file-watch.ts';
import { READ_PIECE, TURN_AFTER, turn } from './regular-reader.ts';
import { cannotRead, systemCode, systemReason } from './system-error.ts';

export interface FollowOptions {
  /** Milliseconds between two looks at the file where the system tells nothing; 1000 when left out. */
  readonly poll?: number;
  /** The file that is gone on with, opened, and the byte; the file at the path, from its start, when left out. */
  readonly begun?: { readonly fd: number; readonly id: FileId; readonly position: number } | undefined;
  /** For what the user should know: one line, lower case, no full stop. */
  notice(message: string): void;
}

/**
 * A file that is read as it grows, for ever: the path is followed, not the file, as in `tail -F`. When the path
 * names another file (rotation by rename) the old one is read to its end first; a file that became shorter is
 * read from its start; one that is missing is waited for. Bytes behind the last newline are given as they come.
 */
export class FollowSplit implements Split {
  readonly name: string;
  readonly endless = true;
  readonly #path: string;
  readonly #options: FollowOptions;

  constructor(path: string, name: string, options: FollowOptions) {
    this.#path = path;
    this.name = name;
    this.#options = options;
  }

  async open(signal: AbortSignal): Promise<SplitReader> {
    return new FollowReader(this.#path, this.name, this.#options, signal);
  }
}

class FollowReader implements SplitReader {
  readonly #path: string;
  readonly #name: string;
  readonly #notice: (message: string) => void;
  readonly #signal: AbortSignal;
  readonly #watch: FileWatch;
  /** The file that is being read, held open until its successor is; -1: none was there yet. */
  #fd = -1;
  /** Which file that is; undefined: none was there yet. */
  #id: FileId | undefined;
  /** Bytes read of it. */
  #position = 0;
  /** Bytes read since the event loop turned last. */
  #unturned = 0;
  /** Why there is no file at the path, once that was told; '' while there is one. */
  #missing = '';
  /** Waits in a row that ended without a change: a rotation's short gap is nothing to tell of. */
  #quiet = 0;

  constructor(path: string, name: string, options: FollowOptions, signal: AbortSignal) {
    this.#path = path;
    this.#name = name;
    this.#notice = options.notice;
    this.#signal = signal;
    this.#watch = new FileWatch(path, options.poll ?? 1000, signal);
    if (options.begun !== undefined) {
      this.#fd = options.begun.fd;
      this.#id = options.begun.id;
      this.#position = options.begun.position;
      this.#watch.opened();
    }
  }

  get file(): FileId | undefined {
    return this.#id;
  }

  read(target: Buffer, offset: number): number | Promise<number> {
    if (this.#signal.aborted) return 0;
    if (this.#fd >= 0 && this.#unturned < TURN_AFTER) {
      const count = this.#readMore(target, offset);
      if (count > 0) return count;
    }
    return this.#wait(target, offset);
  }

  async close(): Promise<void> {
    this.#watch.close();
    if (this.#fd >= 0) fs.closeSync(this.#fd);
    this.#fd = -1;
  }

  async #wait(target: Buffer, offset: number): Promise<number> {
    await turn();
    this.#unturned = 0;
    while (!this.#signal.aborted) {
      this.#watch.reset();
      const successor = this.#look();
      // Only now, with the successor seen, is the old file's end its end.
      const count = this.#fd < 0 ? 0 : this.#readMore(target, offset);
      if (count > 0) return count;
      const first = this.#fd < 0;
      if (successor && this.#openPath()) {
        if (!first) return BOUNDARY;
      } else if (!first && fs.fstatSync(this.#fd).size < this.#position) {
        this.#notice(`${this.#name} was truncated: reading it from its start`);
        this.#position = 0;
        return BOUNDARY;
      } else if (!(await this.#watch.changed())) this.#quiet++;
    }
    return 0;
  }

  #readMore(target: Buffer, offset: number): number {
    try {
      const length = Math.min(READ_PIECE, target.length - offset);
      const count = fs.readSync(this.#fd, target, offset, length, this.#position);
      this.#position += count;
      this.#unturned += count;
      return count;
    } catch (error) {
      throw cannotRead(this.#name, error);
    }
  }

  /**
   * Whether the path names a file to go on to. An empty one is not gone on to yet: whoever rotated the old file
   * may have writers that still have it open, and until the new one has bytes nothing is missed by staying.
   */
  #look(): boolean {
    let stat: fs.BigIntStats;
    try {
      stat = fs.statSync(this.#path, { bigint: true });
    } catch (error) {
      if (systemCode(error) !== 'ENOENT' && this.#fd < 0) throw cannotRead(this.#name, error);
      this.#tellMissing(error);
      return false;
    }
    if (!stat.isFile())
      throw new TidemarkError('failed', `cannot follow ${this.#name}: it is not a regular file`);
    this.#missing = '';
    this.#quiet = 0;
    if (this.#fd < 0) return true;
    return !sameInode(idOf(stat), this.#id!) && stat.size > 0n;
  }

  #tellMissing(error: unknown): void {
    const reason = systemReason(error);
    if (reason === this.#missing || (this.#fd >= 0 && this.#quiet < 2)) return;
    this.#missing = reason;
    this.#notice(
      this.#fd < 0
        ? `${this.#name} does not exist yet: waiting for it`
        : `${this.#name} is gone (${reason}): waiting for it to come back`,
    );
  }

  /** Opens what the path names now; false where it has gone since it was seen: then all stays as it is. */
  #openPath(): boolean {
    let fd: number;
    try {
      fd = fs.openSync(this.#path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return false;
      throw cannotRead(this.#name, error);
    }
    const stat = fs.fstatSync(fd, { bigint: true });
    if (this.#fd >= 0) fs.closeSync(this.#fd);
    this.#fd = fd;
    this.#id = idOf(stat);
    this.#position = 0;
    this.#watch.opened();
    return true;
  }
}
