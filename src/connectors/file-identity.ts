import type fs from 'node:fs';

/** A file as its file system knows it, as long as it exists: numbers, which may be beyond 2^53, as text. */
export interface FileId {
  readonly device: string;
  readonly inode: string;
  /** When it was made, ns since the epoch; 0 where the file system does not know: an inode is given to other files too. */
  readonly born: string;
  /** When it was written last before it was opened, ns since the epoch. */
  readonly modified: string;
}

export const idOf = (stat: fs.BigIntStats): FileId => ({
  device: `${stat.dev}`,
  inode: `${stat.ino}`,
  born: `${stat.birthtimeNs}`,
  modified: `${stat.mtimeNs}`,
});

/** Whether they have the same device and inode; the one may be a later file all the same. */
export const sameInode = (a: FileId, b: FileId): boolean => a.device === b.device && a.inode === b.inode;

/** Whether they are known not to be the same file, though they have one inode. */
export const bornApart = (a: FileId, b: FileId): boolean =>
  a.born !== b.born && a.born !== '0' && b.born !== '0';
