import type { World } from '../operators/world.ts';

/** A world whose clock stands, but for those who wait: it goes on by as much as they wanted to sleep, at once. */
export class StandingWorld implements World {
  /** Epoch ms. */
  #now: number;

  constructor(start: number) {
    this.#now = start;
  }

  readonly clock = (): number => this.#now;

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (!signal.aborted) this.#now += Math.max(0, milliseconds);
  }

  /** How long input takes is no time that goes by. */
  quiet(_milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve());
    });
  }

  /** No chance: what is retried waits half of what it may. */
  random(): number {
    return 0.5;
  }
}
