import type { Buffer } from 'node:buffer';

/** Files of one stage for state that does not fit in memory. They hold records, which are written once. */
export interface SpillFiles {
  /** Begins a file. @throws TidemarkError `failed` when the system gives none */
  create(): SpillFile;
  /**
   * Opens a file that a snapshot names.
   * @throws TidemarkError `failed` unless it is there, as long as it was
   */
  open(saved: SavedFile): SpillFile;
  /** Makes durable all files that are there: the snapshot that is being written names them. */
  sync(): void;
}

/** The name of the value of a snapshot that tells which files hold state: `savedFiles` finds them, whatever stands around them. */
export const ON_DISK = 'on disk';

/** A file as a snapshot names it. */
export interface SavedFile {
  readonly name: string;
  /** Bytes. */
  readonly length: number;
}

export interface SpillFile {
  /** Its length is known when it is finished. */
  readonly saved: SavedFile;
  /** Where the next record will begin. */
  readonly length: number;
  /**
   * Writes a record behind the others.
   * @returns where it begins
   * @throws TidemarkError `failed` where there is no space left
   */
  append(pieces: readonly Uint8Array[]): number;
  /** Nothing more is written: it can be read. */
  finish(): void;
  /**
   * The record that begins at a place: 0, `next` of the one before, or `length` when it was written; undefined: there is none
   * behind.
   * @throws TidemarkError `failed` where it is not what was written
   */
  read(at: number): SpilledRecord | undefined;
  /**
   * The record between two such places, for who wants one here and one there: nothing around it is read. Valid until the
   * next call.
   * @throws TidemarkError `failed` where it is not what was written
   */
  lookAt(at: number, next: number): Buffer;
  /** It is not needed any more, unless by a snapshot that names it. */
  remove(): void;
}

export interface SpilledRecord {
  /** Valid as long as somebody holds it. */
  readonly bytes: Buffer;
  /** Where the next one begins. */
  readonly next: number;
}

/** All files that are named somewhere in a value of a snapshot. */
export function savedFiles(value: unknown): SavedFile[] {
  if (typeof value !== 'object' || value === null) return [];
  const { name, length } = value as Partial<SavedFile>;
  if (typeof name === 'string' && typeof length === 'number') return [{ name, length }];
  return Object.values(value).flatMap(savedFiles);
}
