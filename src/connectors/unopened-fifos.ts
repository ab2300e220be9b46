import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { resolveLinks } from './file-place.ts';
import { descriptorOf } from './file-split.ts';
import { pathOf } from './file-uri.ts';

/** How long a reader is waited for that may still come, ms. */
const PATIENCE = 3000;
/** Between two tries, ms. */
const TRY_AGAIN = 50;

/** FIFOs that this process has opened for writing: who reads them sees an end when it closes them. Never freed. */
const opened = new Set<string>();

/** @param path without links */
export const noteOpened = (path: string): void => void opened.add(path);

/**
 * Opens FIFOs that were to be written and have not been opened, and closes them: who reads one, or is about to, sees that
 * nothing comes instead of waiting for ever. Never throws.
 * @param places whatever may be one
 */
export async function endUnopened(places: readonly string[]): Promise<void> {
  const until = Date.now() + PATIENCE;
  await Promise.all(fifosAmong(places).map((path) => end(path, until)));
}

function fifosAmong(places: readonly string[]): string[] {
  const paths = new Set<string>();
  for (const place of places) {
    try {
      const name = pathOf(place);
      if (descriptorOf(name) !== undefined) continue;
      const path = resolveLinks(name);
      if (!opened.has(path) && fs.statSync(path, { throwIfNoEntry: false })?.isFIFO() === true)
        paths.add(path);
    } catch {
      // What cannot be looked at is no place that anybody waits at.
    }
  }
  return [...paths];
}

/** @param until when it is given up; epoch ms */
async function end(path: string, until: number): Promise<void> {
  const { O_WRONLY, O_NONBLOCK } = fs.constants;
  for (;;) {
    try {
      fs.closeSync(fs.openSync(path, O_WRONLY | O_NONBLOCK));
      return;
    } catch (error) {
      // Nobody reads it yet.
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO' || Date.now() >= until) return;
    }
    await sleep(TRY_AGAIN);
  }
}
