import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { TidemarkError } from '../errors.ts';
import { FileLock } from './file-lock.ts';
import type { StateDirectory } from './state-directory.ts';
import { steadyNow } from './steady-clock.ts';

/** Between two looks at a lock, ms. */
const LOOK_EVERY = 100;
/** How long the run may take until it is told that it is waited for, ms. */
const TELL_AFTER = 5000;

/**
 * Asks the run that has a directory to suspend, and waits until it has: until its source and its stages are gone.
 * @throws TidemarkError `failed` where none is running, or the request cannot be written
 */
export async function stopRun(directory: StateDirectory, notice: (message: string) => void): Promise<void> {
  const attempt = directory.attempt();
  if (!(await FileLock.isTaken(directory.lockPath))) {
    throw new TidemarkError('failed', `nothing is running in ${directory.path}`, {
      hint: 'tm state DIR tells where the last run has stopped',
    });
  }
  writeRequest(directory, attempt);
  let tellAt = steadyNow() + TELL_AFTER;
  for (const path of lockPaths(directory)) {
    while (directory.attempt() === attempt && (await FileLock.isTaken(path))) {
      if (steadyNow() > tellAt) {
        tellAt = Number.POSITIVE_INFINITY;
        notice(`the run has been asked to suspend, and is waited for: ${path} is still locked`);
      }
      await sleep(LOOK_EVERY);
    }
  }
  if (directory.attempt() === attempt) fs.rmSync(directory.stopPath, { force: true });
}

/** The source first: the others end behind it. */
function* lockPaths(directory: StateDirectory): Generator<string> {
  yield directory.lockPath;
  for (const stage of directory.stages()) yield directory.lockPathOf(stage);
}

/** The next run takes it away, should this one end without having seen it. */
function writeRequest(directory: StateDirectory, attempt: number): void {
  try {
    fs.writeFileSync(directory.stopPath, `${JSON.stringify({ attempt })}\n`);
  } catch (error) {
    throw new TidemarkError('failed', `the run cannot be asked to suspend: ${(error as Error).message}`, {
      hint: 'SIGTERM to its source does the same',
      cause: error,
    });
  }
}
