import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { TidemarkError } from '../errors.ts';
import { syncFolder } from '../files/durable.ts';
import type { SavedFile, SpilledRecord, SpillFile, SpillFiles } from '../state/spill-files.ts';
import { SPILLED } from './stage-state.ts';

/** Bytes that are written at once, and read where what is read stands behind what was read before. */
const BLOCK = 1 << 18;
/** Bytes that are read elsewhere. */
const LEAP = 1 << 14;
/** A record stands behind its length, and where the file outlives the process, the first bytes of its SHA-256. */
const LENGTH_BYTES = 4;
const CHECK_BYTES = 8;

/** Where a stage that keeps its state has its files, and what has to be true when one is written. */
export interface KeptFolder {
  readonly path: string;
  readonly attempt: number;
  /** @throws TidemarkError `cut` where a later run has taken over */
  check(): void;
}

/**
 * Files of one stage for state that does not fit in memory: in the stage's folder of the state directory, where snapshots name
 * them, or temporary ones ($TMPDIR), which have no name any more when they are open: nothing of them outlives the
 * process, however it ends.
 */
export class SpillFolder implements SpillFiles {
  readonly #kept: KeptFolder | undefined;
  readonly #path: string;
  readonly #open = new Set<DiskFile>();
  #created = 0;
  /** Files in use when the last snapshot was written, and those before: by name, how many snapshots have been written since. */
  readonly #removed = new Map<string, number>();
  #snapshots = 0;
  /** Whether a file has come since the folder was synced. */
  #unsynced = false;

  /** @param kept undefined: temporary files */
  constructor(kept: KeptFolder | undefined) {
    this.#kept = kept;
    this.#path = kept?.path ?? tmpdir();
  }

  create(): SpillFile {
    const kept = this.#kept;
    kept?.check();
    const number = this.#created++;
    const name = kept === undefined ? `tidemark-${process.pid}-${number}` : `run-${kept.attempt}-${number}`;
    const path = join(this.#path, `${name}${SPILLED}`);
    try {
      const fd = fs.openSync(path, 'wx+', 0o600);
      if (kept === undefined) fs.unlinkSync(path);
      else this.#unsynced = true;
      return this.#file(path, fd, 0);
    } catch (error) {
      throw this.#unusable(error);
    }
  }

  open({ name, length }: SavedFile): SpillFile {
    const path = join(this.#path, name);
    let size = -1;
    // A name is that of a file in the folder, whoever has written it.
    if (basename(name) === name) size = fs.statSync(path, { throwIfNoEntry: false })?.size ?? -1;
    if (size < length) throw damagedFile(path, size < 0 ? 'it is not there' : 'it is shorter than it was');
    return this.#file(path, fs.openSync(path, 'r'), length);
  }

  sync(): void {
    this.#kept?.check();
    for (const file of this.#open) file.sync();
    if (this.#unsynced) syncFolder(this.#path);
    this.#unsynced = false;
    this.#snapshots++;
    // Those that were removed before the last snapshot but one: the one that names them is not what a run goes on from any more.
    for (const [path, at] of this.#removed) {
      if (this.#snapshots - at < 2) continue;
      fs.rmSync(path, { force: true });
      this.#removed.delete(path);
    }
  }

  /** Removes files of runs that were cut off. Called when those that are needed are open. */
  removeOthers(): void {
    const needed = new Set([...this.#open].map(({ path }) => path));
    for (const name of fs.readdirSync(this.#path)) {
      const path = join(this.#path, name);
      if (name.endsWith(SPILLED) && !needed.has(path)) fs.rmSync(path, { force: true });
    }
  }

  /** Closes all files. */
  release(): void {
    for (const file of this.#open) file.close();
    this.#open.clear();
  }

  #file(path: string, fd: number, length: number): DiskFile {
    const file = new DiskFile(path, fd, length, this.#kept !== undefined, {
      removed: (wasSynced) => {
        this.#open.delete(file);
        if (wasSynced) this.#removed.set(path, this.#snapshots);
        else if (this.#kept !== undefined) fs.rmSync(path, { force: true });
      },
      unusable: (error) => this.#unusable(error),
    });
    this.#open.add(file);
    return file;
  }

  #unusable(error: unknown): TidemarkError {
    const { code, message } = error as NodeJS.ErrnoException;
    const full = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
    const elsewhere =
      this.#kept === undefined ? 'TMPDIR=DIR names another folder' : '--state DIR names another';
    return new TidemarkError(
      'failed',
      full
        ? `there is no space left in ${this.#path} for state that is larger than --memory`
        : `state that is larger than --memory cannot be written to ${this.#path}: ${message}`,
      {
        cause: error,
        hint: `free some, or give a larger --memory; ${elsewhere}`,
      },
    );
  }
}

/** What a file tells its folder. */
interface Owner {
  /** @param wasSynced whether a snapshot may name it */
  removed(wasSynced: boolean): void;
  unusable(error: unknown): TidemarkError;
}

class DiskFile implements SpillFile {
  readonly path: string;
  readonly #fd: number;
  readonly #owner: Owner;
  /** Whether it outlives the process, so that what is read must be what was written. */
  readonly #checked: boolean;
  /** What was written last and is not in the file yet: #block[0, #used). Let go when all is. */
  #block: Buffer | undefined;
  #used = 0;
  /** Bytes in the file. */
  #length: number;
  #synced: boolean;
  #closed = false;
  /** What was read last, from this place on. */
  #read = NOTHING;
  #readFrom = 0;
  /** Where single records are read. */
  #single = NOTHING;

  constructor(path: string, fd: number, length: number, checked: boolean, owner: Owner) {
    this.path = path;
    this.#fd = fd;
    this.#length = length;
    this.#synced = length > 0;
    this.#checked = checked;
    this.#owner = owner;
  }

  get saved(): SavedFile {
    return { name: basename(this.path), length: this.#length };
  }

  get length(): number {
    return this.#length + this.#used;
  }

  append(pieces: readonly Uint8Array[]): number {
    const at = this.length;
    const head = Buffer.alloc(this.#headBytes);
    head.writeUInt32LE(pieces.reduce((sum, { length }) => sum + length, 0));
    if (this.#checked) digest(pieces).copy(head, LENGTH_BYTES, 0, CHECK_BYTES);
    this.#write(head);
    for (const piece of pieces) this.#write(piece);
    return at;
  }

  finish(): void {
    this.#flush();
    this.#block = undefined;
  }

  read(at: number): SpilledRecord | undefined {
    if (at >= this.#length) return undefined;
    const head = this.#bytes(at, this.#headBytes);
    const start = at + head.length;
    const bytes = this.#bytes(start, head.readUInt32LE(0));
    this.#check(head, bytes);
    return { bytes, next: start + bytes.length };
  }

  lookAt(at: number, next: number): Buffer {
    const size = next - at;
    if (!(size >= this.#headBytes && next <= this.#length)) throw this.#damaged;
    let block = this.#single;
    if (size > block.length) {
      block = Buffer.allocUnsafeSlow(size > BLOCK ? size : Math.min(size * 2, BLOCK));
      if (size <= BLOCK) this.#single = block;
    }
    this.#fill(block, size, at);
    const head = block.subarray(0, this.#headBytes);
    const bytes = block.subarray(head.length, size);
    if (head.readUInt32LE(0) !== bytes.length) throw this.#damaged;
    this.#check(head, bytes);
    return bytes;
  }

  remove(): void {
    this.close();
    this.#owner.removed(this.#synced);
  }

  sync(): void {
    if (this.#synced) return;
    try {
      fs.fsyncSync(this.#fd);
    } catch (error) {
      throw this.#owner.unusable(error);
    }
    this.#synced = true;
  }

  close(): void {
    if (!this.#closed) fs.closeSync(this.#fd);
    this.#closed = true;
  }

  get #headBytes(): number {
    return LENGTH_BYTES + (this.#checked ? CHECK_BYTES : 0);
  }

  #write(bytes: Uint8Array): void {
    this.#block ??= Buffer.allocUnsafeSlow(BLOCK);
    for (let at = 0; at < bytes.length; ) {
      const some = bytes.subarray(at, at + BLOCK - this.#used);
      this.#block.set(some, this.#used);
      this.#used += some.length;
      at += some.length;
      if (this.#used === BLOCK) this.#flush();
    }
  }

  #flush(): void {
    const block = this.#block ?? NOTHING;
    try {
      for (let at = 0; at < this.#used; )
        at += fs.writeSync(this.#fd, block, at, this.#used - at, this.#length + at);
    } catch (error) {
      throw this.#owner.unusable(error);
    }
    this.#length += this.#used;
    this.#used = 0;
  }

  /** Bytes of the file: a view of a block that is not written to any more. */
  #bytes(at: number, count: number): Buffer {
    const from = at - this.#readFrom;
    if (from >= 0 && from + count <= this.#read.length) return this.#read.subarray(from, from + count);
    if (at + count > this.#length) throw damagedFile(this.path, 'it ends too early');
    const follows = from >= 0 && from <= this.#read.length;
    const block = Buffer.allocUnsafeSlow(
      Math.min(Math.max(count, follows ? BLOCK : LEAP), this.#length - at),
    );
    this.#fill(block, block.length, at);
    this.#read = block;
    this.#readFrom = at;
    return block.subarray(0, count);
  }

  /** Reads block[0, size). */
  #fill(block: Buffer, size: number, at: number): void {
    for (let have = 0; have < size; ) {
      const more = fs.readSync(this.#fd, block, have, size - have, at + have);
      if (more === 0) throw damagedFile(this.path, 'it ends too early');
      have += more;
    }
  }

  #check(head: Buffer, bytes: Buffer): void {
    if (!this.#checked) return;
    if (digest([bytes]).compare(head, LENGTH_BYTES, head.length, 0, CHECK_BYTES) !== 0) throw this.#damaged;
  }

  get #damaged(): TidemarkError {
    return damagedFile(this.path, 'it is not what was written');
  }
}

const NOTHING = Buffer.alloc(0);

function digest(pieces: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
}

const damagedFile = (path: string, why: string): TidemarkError =>
  new TidemarkError('failed', `${path} is damaged: ${why}`, {
    hint: 'bring it back from a backup of the whole directory; --reset-state begins anew, without what was kept',
  });
