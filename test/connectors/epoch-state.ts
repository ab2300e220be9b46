import { Buffer } from 'node:buffer';
import type { EpochTarget } from '../../src/connectors/connector.ts';
import { TidemarkError } from '../../src/errors.ts';
import type { TargetNotes } from '../../src/state/snapshot.ts';

/** Thrown where a run is killed. */
export class Killed extends TidemarkError {
  constructor() {
    super('cut', 'killed');
  }
}

/** What a state directory keeps for one target, over all its runs. */
export class EpochState {
  /** The epoch being written, and the last that is committed. */
  epoch = 1;
  committed = 0;
  /** As they are kept: by the epoch that was saved last when they were made, in whatever attempt. */
  readonly #notes: { readonly behind: number; readonly text: string }[] = [];
  #saved = 0;
  readonly #positions = new Map<number, string>();
  /** Notes until one is not made any more: the run is killed before or after it is durable. */
  #notesUntilKilled = Number.POSITIVE_INFINITY;
  #noteIsMade = false;

  /** The next run's view of it. */
  get notes(): TargetNotes {
    const uncommitted = this.#notes
      .filter(({ behind }) => behind >= this.committed)
      .sort((a, b) => a.behind - b.behind)
      .map(({ text }) => JSON.parse(text) as unknown);
    return {
      uncommitted,
      add: (note) => {
        const killed = --this.#notesUntilKilled === 0;
        if (!killed || this.#noteIsMade)
          this.#notes.push({ behind: this.#saved, text: JSON.stringify(note) });
        if (killed) throw new Killed();
      },
    };
  }

  killAtNote(count: number, made: boolean): void {
    this.#notesUntilKilled = count;
    this.#noteIsMade = made;
  }

  get position(): unknown {
    const text = this.#positions.get(this.committed);
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** Begins a run. */
  async recover<T extends EpochTarget>(target: T): Promise<T> {
    const { notes } = this;
    this.#saved = this.committed;
    await target.recover(this.position, notes);
    for (const epoch of this.#positions.keys()) if (epoch > this.committed) this.#positions.delete(epoch);
    // Numbers of epochs are never used twice.
    this.epoch++;
    return target;
  }

  async prepare(target: EpochTarget): Promise<void> {
    this.#positions.set(this.epoch, JSON.stringify(await target.prepare(this.epoch)));
    this.#saved = this.epoch++;
  }

  /** The source commits what was prepared last. */
  commit(): void {
    this.committed = Math.max(this.committed, ...this.#positions.keys());
  }

  /** A whole epoch. */
  async write(target: EpochTarget, text: string): Promise<void> {
    await target.write(Buffer.from(text));
    await this.prepare(target);
    this.commit();
    await target.publish(this.committed);
  }
}
