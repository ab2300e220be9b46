import fs from 'node:fs';
import { dirname } from 'node:path';
import { syncFolder } from '../files/durable.ts';

/** Folders that are made for files as they are needed. */
export class MadeFolders {
  /** Those that we made, those above first. */
  readonly #made: string[] = [];
  readonly #seen = new Set<string>();
  /** Folders with entries that are not durable yet. */
  readonly #changed = new Set<string>();

  /** Makes the folder of a file, and those above it. @throws the system's error */
  make(file: string): void {
    const folder = dirname(file);
    if (this.#seen.has(folder)) return;
    const first = fs.mkdirSync(folder, { recursive: true });
    this.#seen.add(folder);
    if (first === undefined) return;
    const made: string[] = [];
    for (let at = folder; at.length >= first.length; at = dirname(at)) made.unshift(at);
    this.#made.push(...made);
    for (const one of made) this.#changed.add(dirname(one));
  }

  /** A file was made, or renamed, in its folder. */
  changed(file: string): void {
    this.#changed.add(dirname(file));
  }

  /** @throws the system's error */
  sync(): void {
    for (const folder of this.#changed) syncFolder(folder);
    this.#changed.clear();
  }

  /** Removes those that we made and that are empty. Never throws. */
  remove(): void {
    for (const folder of this.#made.toReversed()) {
      try {
        fs.rmdirSync(folder);
      } catch {
        // Somebody else has put something there.
      }
    }
  }
}
