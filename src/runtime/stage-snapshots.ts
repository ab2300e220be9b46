import type { StageState } from '../epochs/stage-state.ts';
import { TidemarkError } from '../errors.ts';
import type { SnapshotReader, SnapshotWriter, StateSummary } from '../state/snapshot.ts';
import { encodeSnapshot, SavedSnapshot } from '../state/snapshot-file.ts';

export const SNAPSHOT = 'snapshot';
/** Files that one may stand on: each is opened by a restore. */
const LONGEST_CHAIN = 100;
const LF = 10;

/** What stands in the first line of a snapshot, for who looks at it from outside. */
export interface SnapshotHead {
  readonly command: string;
  readonly summary: StateSummary | undefined;
  /** Where results and side outputs go. */
  readonly targets: Readonly<Record<string, unknown>>;
}

/** What is read again of the first line. */
export type SavedHead = SnapshotHead & {
  /** The epochs of the snapshots that it stands on, in order. */
  readonly chain: readonly number[];
};

/** The two parts of a snapshot's file, without its checksum. */
export function splitSnapshot(bytes: Buffer): { head: SavedHead; content: Buffer } {
  const end = bytes.indexOf(LF);
  return {
    head: JSON.parse(bytes.toString('utf8', 0, end)) as SavedHead,
    content: bytes.subarray(end + 1),
  };
}

/**
 * The snapshots of one stage. One is whole, or says only what has changed since the one before and stands on that: such
 * are written until they are together half as large as the whole one was.
 */
export class StageSnapshots {
  readonly #state: StageState;
  /** The epochs of the snapshots that make up the last one, in order; by the epoch of that. */
  readonly #chains = new Map<number, readonly number[]>();
  #last: readonly number[] = [];
  /** Bytes of the whole one, and of those behind it. */
  #whole = 0;
  #changes = 0;

  constructor(state: StageState) {
    this.#state = state;
  }

  /** @throws TidemarkError `failed` where a file of it is damaged or missing */
  async load(epoch: number): Promise<SnapshotReader> {
    const { content, chain } = await this.#read(epoch);
    const contents: Buffer[] = [];
    for (const before of chain) contents.push((await this.#read(before)).content);
    contents.push(content);
    this.#last = [...chain, epoch];
    this.#chains.set(epoch, this.#last);
    this.#whole = contents[0]!.length;
    this.#changes = contents.slice(1).reduce((sum, { length }) => sum + length, 0);
    return new SavedSnapshot(contents);
  }

  /**
   * @param head for people
   * @param fill writes the state, whole or what has changed
   */
  async save(epoch: number, head: SnapshotHead, fill: (out: SnapshotWriter) => void): Promise<void> {
    const whole =
      this.#last.length === 0 || this.#last.length > LONGEST_CHAIN || this.#changes * 2 > this.#whole;
    const chain = whole ? [] : this.#last;
    const pieces = encodeSnapshot({ save: fill }, whole);
    const size = pieces.reduce((sum, { length }) => sum + length, 0);
    await this.#state.write(epoch, SNAPSHOT, [
      Buffer.from(`${JSON.stringify({ chain, ...head })}\n`),
      ...pieces,
    ]);
    this.#last = [...chain, epoch];
    this.#chains.set(epoch, this.#last);
    if (whole) {
      this.#whole = size;
      this.#changes = 0;
    } else this.#changes += size;
    await this.#prune();
  }

  /** Removes what the committed epoch and later ones do not stand on. */
  async #prune(): Promise<void> {
    const committed = await this.#state.committed();
    const needed = new Set([...(this.#chains.get(committed) ?? []), ...this.#last]);
    if (committed > 0 && !this.#chains.has(committed)) return;
    for (const epoch of this.#chains.keys()) if (epoch < committed) this.#chains.delete(epoch);
    this.#state.prune((epoch, kind) => epoch >= committed || (kind === SNAPSHOT && needed.has(epoch)));
  }

  async #read(epoch: number): Promise<{ content: Buffer; chain: readonly number[] }> {
    const bytes = await this.#state.read(epoch, SNAPSHOT);
    if (bytes === undefined) {
      throw new TidemarkError('failed', `${this.#state.folder} has no snapshot of epoch ${epoch}`, {
        hint: 'bring it back from a backup of the whole directory; --reset-state begins anew, without what was kept',
      });
    }
    const { head, content } = splitSnapshot(bytes);
    return { content, chain: head.chain };
  }
}
