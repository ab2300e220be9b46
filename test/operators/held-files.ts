import { Buffer } from 'node:buffer';
import type { SavedFile, SpillFile, SpillFiles } from '../../src/state/spill-files.ts';

/** Files for spilled state, in memory. What was named by a snapshot stays, as a restore may ask for it. */
export class HeldFiles implements SpillFiles {
  /** Files that were written whole. */
  readonly #files = new Map<string, readonly Buffer[]>();
  /** How many have been begun, and were not removed. */
  created = 0;
  inUse = 0;
  /** Whether a snapshot was written. */
  #synced = false;

  create(): SpillFile {
    const name = `run-${this.created++}`;
    const records: Buffer[] = [];
    this.inUse++;
    return this.#file(name, records);
  }

  open({ name, length }: SavedFile): SpillFile {
    const records = this.#files.get(name);
    if (records === undefined || lengthOf(records) !== length) throw new Error(`${name} is not there`);
    return this.#file(name, records);
  }

  sync(): void {
    this.#synced = true;
  }

  #file(name: string, records: readonly Buffer[]): SpillFile {
    let finished = this.#files.has(name);
    return {
      get saved() {
        return { name, length: lengthOf(records) };
      },
      get length() {
        return records.length;
      },
      append: (pieces) => {
        if (finished) throw new Error('the file is finished');
        return (records as Buffer[]).push(Buffer.concat(pieces)) - 1;
      },
      finish: () => {
        finished = true;
        this.#files.set(name, records);
      },
      read: (at) => {
        if (!finished) throw new Error('the file is not finished');
        const bytes = records[at];
        return bytes === undefined ? undefined : { bytes, next: at + 1 };
      },
      lookAt: (at, next) => {
        if (next !== at + 1) throw new Error('that is no single record');
        return records[at]!;
      },
      remove: () => {
        this.inUse--;
        if (!this.#synced) this.#files.delete(name);
      },
    };
  }
}

const lengthOf = (records: readonly Buffer[]): number => records.reduce((sum, { length }) => sum + length, 0);
