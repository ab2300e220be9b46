import type { Hash } from 'node:crypto';
import fs from 'node:fs';

/** The last line of a file: `#sha256 ` and 64 digits, of what stands before it. */
const CHECK = '#sha256 ';
/** Bytes of that line. */
export const CHECK_LINE_BYTES = CHECK.length + 64 + 1;

/** The line that ends a file whose other bytes the hash was given. */
export const checkLine = (hash: Hash): string => `${CHECK}${hash.digest('hex')}\n`;

/** What makes the hashes of `checkLine`. Loaded here: commands without state start without it. */
export async function checkHashes(): Promise<() => Hash> {
  const { createHash } = await import('node:crypto');
  return () => createHash('sha256');
}

/** Writes bytes to where the file is, however many writes that takes. @throws the system's error */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += fs.writeSync(fd, bytes, at, bytes.length - at);
}

/** Codes of a file system, or of permissions, that lets no folder be synced. */
const UNSYNCED = new Set<unknown>(['EINVAL', 'EACCES', 'EPERM', 'ENOTSUP', 'EISDIR']);

/** Makes what was done in a folder durable, where it can be synced. @throws the system's error */
export function syncFolder(path: string): void {
  try {
    const fd = fs.openSync(path, 'r');
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    if (!UNSYNCED.has((error as NodeJS.ErrnoException).code)) throw error;
  }
}
