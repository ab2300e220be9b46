import fs from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TidemarkError } from '../errors.ts';
import type { Target } from './connector.ts';
import { type FilePlace, type FileTargetOptions, notEmpty } from './file-place.ts';
import { descriptorOf } from './file-split.ts';
import { pathOf } from './file-uri.ts';
import { GrowingFile } from './growing-file.ts';
import { OutputTarget } from './output-target.ts';
import { openOutput } from './stdout.ts';
import { cannotWrite, systemCode } from './system-error.ts';
import { openWholeFile } from './whole-file.ts';

/** Milliseconds between two tries to open a FIFO that nobody reads yet. */
const TRY_AGAIN = 50;

/**
 * Opens a file as a target (tm-sink(1)). A regular or absent one of a bounded stream is
 * written to a temporary file beside it that replaces it at `commit`, with links resolved and mode and, where
 * permitted, owner kept. A FIFO, a device, /dev/stdout are written as they are.
 * @throws TidemarkError `usage` for a target that is not empty in mode `new`, `failed` where it cannot be written
 */
export async function openFileTarget(location: string, options: FileTargetOptions): Promise<Target> {
  const name = pathOf(location);
  const descriptor = descriptorOf(name);
  if (descriptor !== undefined) return new OutputTarget(openOutput(descriptor, name));
  const path = resolveLinks(name);
  const stat = fs.statSync(path, { throwIfNoEntry: false });
  if (stat !== undefined && !stat.isFile()) {
    if (stat.isDirectory()) throw new TidemarkError('failed', `cannot write ${name}: it is a directory`);
    return new OutputTarget(openOutput(await openSpecial(path, name), name));
  }
  if (stat !== undefined && stat.size > 0 && options.mode === 'new') {
    throw notEmpty(name);
  }
  const openLine = options.mode === 'append' && stat !== undefined && endsInsideLine(path, name, stat.size);
  const place: FilePlace = { name, path, stat, openLine };
  return options.bounded ? openWholeFile(place, options.mode) : GrowingFile.open(place, options.mode);
}

/** Where a path leads, through links, also one to a file that does not exist yet. */
function resolveLinks(name: string): string {
  let path = resolve(name);
  // As many links as Linux follows (path_resolution(7)).
  for (let links = 0; links < 40; links++) {
    let folder: string;
    try {
      folder = fs.realpathSync(dirname(path));
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw cannotWrite(name, error);
      throw new TidemarkError('failed', `cannot write ${name}: there is no directory ${dirname(name)}`, {
        hint: `make it first: mkdir -p ${dirname(name)}`,
        cause: error,
      });
    }
    path = join(folder, basename(path));
    try {
      path = resolve(folder, fs.readlinkSync(path));
    } catch (error) {
      const code = systemCode(error);
      // EINVAL: it is there and no link.
      if (code === 'EINVAL' || code === 'ENOENT') return path;
      throw cannotWrite(name, error);
    }
  }
  throw new TidemarkError('failed', `cannot write ${name}: too many links`);
}

function endsInsideLine(path: string, name: string, size: number): boolean {
  if (size === 0) return false;
  const last = new Uint8Array(1);
  try {
    const fd = fs.openSync(path, 'r');
    try {
      fs.readSync(fd, last, 0, 1, size - 1);
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    throw cannotWrite(name, error);
  }
  return last[0] !== LF;
}

/**
 * Opens a FIFO, a device or a socket for writing. A FIFO's reader is waited for with timers: waiting in open()
 * would hold a thread of the pool that not even exit() can end.
 */
async function openSpecial(path: string, name: string): Promise<number> {
  const { O_WRONLY, O_NONBLOCK } = fs.constants;
  for (;;) {
    try {
      return fs.openSync(path, O_WRONLY | O_NONBLOCK);
    } catch (error) {
      if (systemCode(error) !== 'ENXIO' || !fs.statSync(path).isFIFO()) throw cannotWrite(name, error);
    }
    await sleep(TRY_AGAIN);
  }
}

const LF = 10;
