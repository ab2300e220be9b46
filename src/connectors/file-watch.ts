import fs from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Tells when something may have changed at a path: by the system's word where it gives one, and in any case
 * every `poll` milliseconds (network file systems tell nothing, and watches run out).
 */
export class FileWatch {
  readonly #path: string;
  readonly #poll: number;
  readonly #signal: AbortSignal;
  /** Watches the folder of the path: creation, rotation, growth. Undefined while there is no such folder. */
  #folder: fs.FSWatcher | undefined;
  /** Watches the file itself where the path is a link to one in another folder. */
  #file: fs.FSWatcher | undefined;
  /** Something happened since `reset`. */
  #dirty = false;
  /** Ends the wait that is going on. */
  #wake: () => void = () => {};

  constructor(path: string, poll: number, signal: AbortSignal) {
    this.#path = path;
    this.#poll = poll;
    this.#signal = signal;
    signal.addEventListener('abort', this.#notify, { once: true });
  }

  /** To be called before looking at the file, so that no change between looking and waiting is lost. */
  reset(): void {
    this.#dirty = false;
    this.#folder ??= this.#start(dirname(this.#path), basename(this.#path));
  }

  /** Another file was opened at the path. */
  opened(): void {
    this.#file?.close();
    this.#file = undefined;
    try {
      const real = fs.realpathSync(this.#path);
      if (real !== join(fs.realpathSync(dirname(this.#path)), basename(this.#path))) {
        this.#file = this.#start(real, undefined);
      }
    } catch {
      // It has gone already: the next look finds that out.
    }
  }

  /** Waits for a change since `reset`, or the signal's abort: true; false after `poll` milliseconds of neither. */
  async changed(): Promise<boolean> {
    if (this.#dirty || this.#signal.aborted) return true;
    const changed = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), this.#poll);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
    this.#wake = () => {};
    return changed;
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#notify);
    this.#folder?.close();
    this.#file?.close();
    this.#wake();
  }

  readonly #notify = (): void => {
    this.#dirty = true;
    this.#wake();
  };

  /** @param name the one entry of a folder that counts; undefined: everything */
  #start(path: string, name: string | undefined): fs.FSWatcher | undefined {
    try {
      const watcher = fs.watch(path, (_event, changed) => {
        if (name === undefined || changed === null || changed === name) this.#notify();
      });
      // A watch that fails (its folder was removed) is as good as none: the polling goes on.
      watcher.on('error', () => watcher.close());
      return watcher;
    } catch {
      return undefined;
    }
  }
}
