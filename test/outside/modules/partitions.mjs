// Named partitions of a store: a folder of ndjson files. A tracker of its own gives whole partitions away.
// tm source './partitions.mjs?in=store' --time at
import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const source = {
  restriction: ({ in: folder }) => readdirSync(folder).sort(),

  tracker: (names) => new Partitions(names),

  // The position: the partition, and the lines of it that were given.
  async *read(tracker, { position, parameters: { in: folder } }) {
    for (const name of [...tracker.restriction]) {
      if (position !== undefined && name < position.name) continue;
      const given = name === position?.name ? position.line : 0;
      let line = 0;
      for await (const text of createInterface({ input: createReadStream(join(folder, name)) })) {
        if (line++ < given) continue;
        if (!tracker.tryClaim({ name, line })) return;
        yield { value: text, position: { name, line } };
      }
    }
  },
};

class Partitions {
  #names;
  /** Partitions that have been begun: they stay. */
  #begun = 0;

  constructor(names) {
    this.#names = names;
  }

  get restriction() {
    return this.#names;
  }

  tryClaim({ name }) {
    const at = this.#names.indexOf(name);
    if (at < 0) return false;
    this.#begun = Math.max(this.#begun, at + 1);
    return true;
  }

  trySplit(fraction) {
    const untouched = this.#names.length - this.#begun;
    const kept = this.#begun + Math.floor(untouched * fraction);
    if (kept === this.#names.length) return undefined;
    const given = this.#names.slice(kept);
    this.#names = this.#names.slice(0, kept);
    return given;
  }

  progress() {
    return this.#names.length === 0 ? 1 : this.#begun / this.#names.length;
  }
}
