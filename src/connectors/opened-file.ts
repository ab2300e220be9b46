import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { TidemarkError } from '../errors.ts';
import { compressionOf } from '../formats/compression.ts';
import { openByteFile, partOfFile } from './byte-file.ts';
import { fileSplit } from './compressed-split.ts';
import type { ByteFile, Shard, SplitReader } from './connector.ts';
import { type FileId, idOf, sameInode } from './file-identity.ts';
import { PassingReader } from './passing-reader.ts';
import { ForwardBytes, ShardReader, type ShardStart } from './shard.ts';
import { cannotRead, systemCode } from './system-error.ts';

/** A file of which it is known which one it is; its bytes are those behind a decompression, where its name says so. */
export interface OpenedFile {
  readonly path: string;
  readonly id: FileId;
  /** Bytes on disk when it was opened. */
  readonly size: number;
  readonly compressed: boolean;
  /** Its first bytes: `length`, or all when there are fewer. @throws TidemarkError `failed` */
  first(length: number): Promise<Buffer>;
  /**
   * Its bytes from `byte` on: of a file that has fewer, none. The file is closed behind the reader.
   * @throws TidemarkError `failed`
   */
  read(byte: number, signal: AbortSignal): Promise<SplitReader>;
  /** The lines of a shard, from a place on; the file is closed behind the reader. @throws TidemarkError `failed` */
  readShard(shard: Shard, start: ShardStart, signal: AbortSignal): Promise<SplitReader>;
  /** Takes over its descriptor; undefined where it has none. */
  take(): number | undefined;
  close(): void;
}

/**
 * Opens a regular file, so that it stays the same when its path is given to another; undefined: it is none.
 * @throws TidemarkError `failed`
 */
function openFile(path: string): OpenedFile | undefined {
  const file = openByteFile(path, path);
  if (file === undefined) return undefined;
  return compressionOf(path) === undefined ? new PlainFile(path, file) : new CompressedFile(path, file);
}

/**
 * As `openFile`, of a path at which something may be.
 * @throws TidemarkError `failed` where it cannot be read, or is no regular file
 */
export function openIfThere(path: string): OpenedFile | undefined {
  try {
    const file = openFile(path);
    if (file === undefined) throw new TidemarkError('failed', `${path} is no regular file`);
    return file;
  } catch (error) {
    if (error instanceof TidemarkError && systemCode(error.cause) === 'ENOENT') return undefined;
    throw error;
  }
}

class PlainFile implements OpenedFile {
  readonly path: string;
  readonly id: FileId;
  readonly size: number;
  readonly compressed = false;
  /** Undefined once somebody else closes it. */
  #file: ByteFile | undefined;

  constructor(path: string, file: ByteFile) {
    const stat = fs.fstatSync(file.fd, { bigint: true });
    this.path = path;
    this.id = idOf(stat);
    this.size = Number(stat.size);
    this.#file = file;
  }

  async first(length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    let have = 0;
    while (have < length) {
      const count = this.#file?.read(bytes, have, length - have, have) ?? 0;
      if (count === 0) break;
      have += count;
    }
    return bytes.subarray(0, have);
  }

  async read(byte: number, signal: AbortSignal): Promise<SplitReader> {
    const file = this.#file!;
    this.#file = undefined;
    return partOfFile(file, this.path, { head: 0, start: byte }).open(signal);
  }

  async readShard(shard: Shard, start: ShardStart, signal: AbortSignal): Promise<SplitReader> {
    const file = this.#file!;
    this.#file = undefined;
    return new ShardReader(file, shard, start, signal);
  }

  take(): number | undefined {
    const fd = this.#file?.fd;
    this.#file = undefined;
    return fd;
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}

class CompressedFile implements OpenedFile {
  readonly path: string;
  readonly id: FileId;
  readonly size: number;
  readonly compressed = true;
  /** Holds the file, whatever becomes of its path; undefined once it is closed. */
  #file: ByteFile | undefined;

  constructor(path: string, file: ByteFile) {
    const stat = fs.fstatSync(file.fd, { bigint: true });
    this.#file = file;
    this.path = path;
    this.id = idOf(stat);
    this.size = Number(stat.size);
  }

  async first(length: number): Promise<Buffer> {
    const reader = await this.#open(new AbortController().signal);
    const bytes = Buffer.alloc(ROOM);
    let have = 0;
    try {
      while (have < length) {
        const count = await reader.read(bytes, have);
        if (count <= 0) break;
        have += count;
      }
    } finally {
      await reader.close();
    }
    return bytes.subarray(0, Math.min(have, length));
  }

  async read(byte: number, signal: AbortSignal): Promise<SplitReader> {
    const reader = await this.#open(signal);
    return byte === 0 ? reader : new PassingReader(reader, byte, this.path, signal);
  }

  async readShard(shard: Shard, start: ShardStart, signal: AbortSignal): Promise<SplitReader> {
    return new ShardReader(new ForwardBytes(await this.#open(signal)), shard, start, signal);
  }

  take(): undefined {
    return undefined;
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  /** Decompressors open a path: that of the open file where the system has one, else its own, if it is still its own. */
  async #open(signal: AbortSignal): Promise<SplitReader> {
    const held = `/proc/${process.pid}/fd/${this.#file!.fd}`;
    if (fs.existsSync(held)) return fileSplit(this.path, held).open(signal);
    const reader = await fileSplit(this.path).open(signal);
    if (sameInode(idOf(statOf(this.path)), this.id)) return reader;
    await reader.close();
    throw new TidemarkError('failed', `${this.path} was replaced while it was read`, {
      hint: 'run the same line again: it goes on where this run has stopped',
    });
  }
}

/** Room for the first bytes: a read of a decompressor wants at least 4 KiB behind those that it has. */
const ROOM = 1 << 14;

function statOf(path: string): fs.BigIntStats {
  try {
    return fs.statSync(path, { bigint: true });
  } catch (error) {
    throw cannotRead(path, error);
  }
}
