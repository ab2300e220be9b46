import type fs from 'node:fs';

/** A file as its file system knows it, as long as it exists: numbers, which may be beyond 2^53, as text. */
export interface FileId {
  readonly device: string;
  readonly inode: string;
}

export const idOf = (stat: fs.BigIntStats): FileId => ({ device: `${stat.dev}`, inode: `${stat.ino}` });

export const sameFile = (a: FileId, b: FileId): boolean => a.device === b.device && a.inode === b.inode;
