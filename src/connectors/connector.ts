import type { Buffer } from 'node:buffer';
import type { TargetNotes } from '../state/snapshot.ts';
import type { FileId } from './file-identity.ts';

/** `read` says that what was read so far ends here: a rotated or truncated file; a new one follows. */
export const BOUNDARY = -1;

/** One location of a source: a file, standard input, a generator. Splits are read one after the other. */
export interface Split {
  /** For messages: `access.log`, `standard input`. */
  readonly name: string;
  /** True where no end is to be expected: a followed file, an endless generator. */
  readonly endless?: boolean;
  open(signal: AbortSignal): Promise<SplitReader>;
  /**
   * Its bytes, to be read in any order; undefined where it is no regular file.
   * @throws TidemarkError `failed`
   */
  openBytes?(): ByteFile | undefined;
  /** Cuts itself, where it is not cut by its bytes: the split of one part of several. */
  partOf?(shard: Shard): Split;
}

/** One of several parts of an input; together they are all of it, and no record is in two. */
export interface Shard {
  /** From 0 on. */
  readonly index: number;
  readonly count: number;
}

/** A regular file whose bytes are read in any order. */
export interface ByteFile {
  /** Its descriptor, which all threads of the process can read. */
  readonly fd: number;
  /** Bytes that it had when it was opened. */
  readonly size: number;
  /**
   * Reads bytes from `position` on to `target[offset…]`, `length` of them or fewer.
   * @returns how many, 0 at the end
   * @throws TidemarkError `failed`
   */
  read(target: Buffer, offset: number, length: number, position: number): number;
  close(): void;
}

export interface SplitReader {
  /**
   * Reads more bytes to `target[offset…]`, as many as are there and fit (at least 4 KiB do).
   * @returns how many bytes, 0 at the end (also once the signal was aborted), or BOUNDARY
   * @throws TidemarkError `failed`, with the location
   */
  read(target: Buffer, offset: number): number | Promise<number>;
  close(): Promise<void>;
  /** Whoever writes what it reads waits while it is not read, as for a pipe. */
  readonly holdsWriter?: boolean;
  /** Of a part of a file: where in it the bytes stand that were read last. */
  readonly offset?: number | undefined;
  /** Of a followed file: which one the bytes come from that were read last. */
  readonly file?: FileId | undefined;
}

/** Where results go. */
export interface Target {
  /** `bytes` may be used again once the promise has settled (at once when there is none). */
  write(bytes: Buffer): undefined | Promise<void>;
  /** Everything was written: make it durable and visible. */
  commit(): Promise<void>;
  /** The stream was cut off: leave no trace of a bounded target. Never throws. */
  abandon(): Promise<void>;
}

/** A target that takes back what was not committed: what a sink writes to under `--state`. */
export interface EpochTarget {
  /**
   * Called once, before anything is written: takes back what was written behind the committed epoch.
   * @param position what `prepare` gave for that epoch; undefined: nothing was committed
   * @throws TidemarkError `failed` where the target is not what it was
   */
  recover(position: unknown, notes: TargetNotes): Promise<void>;
  /** `bytes` may be used again once the promise has settled (at once when there is none). */
  write(bytes: Buffer): undefined | Promise<void>;
  /** Makes durable what was written; `recover` can still take it back. @returns the position, JSON */
  prepare(epoch: number): Promise<unknown>;
  /** The epoch is committed: makes visible what is not yet. May be called again for the same epoch. */
  publish(epoch: number): Promise<void>;
  /**
   * The run ends as it should, behind the last epoch that was prepared: writes a text that the next run takes off again
   * (the line that ends a stored stream), or none.
   */
  end(trailer: Buffer): Promise<void>;
  /** Lets go, also without `end`; never throws. */
  close(): Promise<void>;
  /** What is written is out at once: what was not committed comes again in the next run. */
  readonly atLeastOnce?: boolean;
}
