import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { TidemarkError } from '../errors.ts';
import type { Target } from './connector.ts';
import { type FileTargetOptions, findPlace, resolveLinks } from './file-place.ts';
import { descriptorOf } from './file-split.ts';
import { pathOf } from './file-uri.ts';
import { GrowingFile } from './growing-file.ts';
import { OutputTarget } from './output-target.ts';
import { openOutput } from './stdout.ts';
import { cannotWrite, systemCode } from './system-error.ts';
import { noteOpened } from './unopened-fifos.ts';
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
  if (isSpecial(path, name)) return new OutputTarget(openOutput(await openSpecial(path, name), name));
  const place = findPlace(name, options.mode);
  return options.bounded ? openWholeFile(place, options.mode) : GrowingFile.open(place, options.mode);
}

/**
 * Whether what is written to a place is out at once, and nothing takes it back: an open descriptor, a FIFO, a device.
 * @throws TidemarkError `failed` for a directory, and where there is no folder for the place
 */
export function isLive(location: string): boolean {
  const name = pathOf(location);
  return descriptorOf(name) !== undefined || isSpecial(resolveLinks(name), name);
}

/**
 * Whether there is something at a path that is no regular file: what is written to it is out.
 * @throws TidemarkError `failed` for a directory
 */
export function isSpecial(path: string, name: string): boolean {
  const stat = fs.statSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory() === true) {
    throw new TidemarkError('failed', `cannot write ${name}: it is a directory`);
  }
  return stat !== undefined && !stat.isFile();
}

/**
 * Opens a FIFO, a device or a socket for writing. A FIFO's reader is waited for with timers: waiting in open()
 * would hold a thread of the pool that not even exit() can end.
 */
async function openSpecial(path: string, name: string): Promise<number> {
  const { O_WRONLY, O_NONBLOCK } = fs.constants;
  for (;;) {
    try {
      const descriptor = fs.openSync(path, O_WRONLY | O_NONBLOCK);
      noteOpened(path);
      return descriptor;
    } catch (error) {
      if (systemCode(error) !== 'ENXIO' || !fs.statSync(path).isFIFO()) throw cannotWrite(name, error);
    }
    await sleep(TRY_AGAIN);
  }
}
