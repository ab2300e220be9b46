import { Buffer } from 'node:buffer';
import type { createHash } from 'node:crypto';
import fs from 'node:fs';
import { TidemarkError } from '../errors.ts';
import { cannotRead, cannotWrite } from './system-error.ts';

/** Bytes at the beginning and at the end of what was written that tell whether it is still that. */
const PRINT = 4096;

/**
 * A regular file as it was when it had `length` bytes. The number of its device is no part of it: many file systems get
 * another one when they are mounted again, and a machine that lost power has to find its files.
 */
export interface FileMark {
  /** Absolute, links resolved. */
  readonly path: string;
  readonly inode: string;
  /** When it was made, ns since the epoch: an inode is given out again. `0`: the file system does not know. */
  readonly born: string;
  readonly length: number;
  /** Fingerprints of its first and last 4 KiB before `length`. */
  readonly head: string;
  readonly tail: string;
}

/** Loaded when a target keeps state: every command would start 3 ms later. */
let hash: typeof createHash | undefined;

/** To be called before anything else of this file. */
export async function loadMarks(): Promise<void> {
  hash ??= (await import('node:crypto')).createHash;
}

/** @throws the system's error */
export function markOf(fd: number, path: string, length: number): FileMark {
  const stat = fs.fstatSync(fd, { bigint: true });
  return {
    path,
    inode: String(stat.ino),
    born: String(stat.birthtimeNs),
    length,
    ...fingerprints(fd, length),
  };
}

const { O_RDONLY, O_RDWR, O_APPEND } = fs.constants;

/**
 * Opens a file to be read and appended to (`look`: to be read), if it is the marked one: it may have more bytes, not fewer,
 * and not others.
 * @throws TidemarkError `failed` that says what has become of it
 */
export function openMarked(mark: FileMark, use: 'append' | 'look' = 'append'): number {
  try {
    const stat = fs.statSync(mark.path, { throwIfNoEntry: false });
    if (stat === undefined) throw notTheSame(mark.path, 'is gone');
    // Before it is opened: a FIFO in its place would be waited for.
    if (!stat.isFile())
      throw notTheSame(mark.path, `is ${stat.isDirectory() ? 'a directory' : 'no regular file'}`);
    const fd = fs.openSync(mark.path, use === 'look' ? O_RDONLY : O_RDWR | O_APPEND);
    try {
      const difference = differenceTo(mark, fd);
      if (difference !== undefined) throw notTheSame(mark.path, difference);
      return fd;
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
  } catch (error) {
    throw use === 'look' ? cannotRead(mark.path, error) : cannotWrite(mark.path, error);
  }
}

/** Whether what is open is the marked file, whatever stands in it. */
export function isMarked(mark: FileMark, stat: fs.BigIntStats): boolean {
  if (String(stat.ino) !== mark.inode) return false;
  return mark.born === '0' || stat.birthtimeNs === 0n || String(stat.birthtimeNs) === mark.born;
}

/** That a file is not what a state directory says of it, and what can be done. */
export const notTheSame = (path: string, what: string): TidemarkError =>
  new TidemarkError('failed', `cannot go on with ${path}: it ${what}`, {
    hint: 'put it back as it was; --reset-state begins anew, with --append behind what it holds',
  });

function differenceTo(mark: FileMark, fd: number): string | undefined {
  const stat = fs.fstatSync(fd, { bigint: true });
  if (!isMarked(mark, stat)) return 'was replaced by another file';
  if (stat.size < mark.length) return `has been shortened to ${stat.size} bytes`;
  const { head, tail } = fingerprints(fd, mark.length);
  return head === mark.head && tail === mark.tail ? undefined : 'has been changed by somebody else';
}

function fingerprints(fd: number, length: number): { head: string; tail: string } {
  const size = Math.min(PRINT, length);
  return { head: fingerprint(fd, 0, size), tail: fingerprint(fd, length - size, size) };
}

function fingerprint(fd: number, from: number, size: number): string {
  const bytes = Buffer.alloc(size);
  let read = 0;
  while (read < size) {
    const count = fs.readSync(fd, bytes, read, size - read, from + read);
    if (count === 0) break;
    read += count;
  }
  // 64 of 256 bits: nobody forges them, and positions stay short.
  return hash!('sha256').update(bytes.subarray(0, read)).digest('hex').slice(0, 16);
}
