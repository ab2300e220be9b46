import type { Clock } from '../commands/stage.ts';

/** A clock that stands, but for those who wait: it goes on by as much as they wanted to sleep, at once. */
export class StandingClock implements Clock {
  /** Epoch ms. */
  #now: number;

  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (!signal.aborted) this.#now += Math.max(0, milliseconds);
  }
}
