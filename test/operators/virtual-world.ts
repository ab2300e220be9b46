import type { World } from '../../src/operators/world.ts';

/**
 * Time that passes only when everybody sleeps: whoever sleeps shortest wakes first, at once. Chance is a list.
 */
export class VirtualWorld implements World {
  now: number;
  /** All sleeps so far, ms. */
  readonly slept: number[] = [];
  readonly #chances: readonly number[];
  #chance = 0;
  #order = 0;
  #sleepers: { at: number; order: number; wake: () => void }[] = [];
  #scheduled = false;

  constructor(now = 0, chances: readonly number[] = [1]) {
    this.now = now;
    this.#chances = chances;
  }

  clock(): number {
    return this.now;
  }

  random(): number {
    return this.#chances[this.#chance++ % this.#chances.length]!;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    this.slept.push(milliseconds);
    return this.pass(milliseconds, signal);
  }

  quiet(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return this.sleep(milliseconds, signal);
  }

  /** Lets time pass that is not a sleep of the operator's: an answer that takes so long. */
  pass(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#sleepers.push({ at: this.now + milliseconds, order: this.#order++, wake: resolve });
      signal?.addEventListener('abort', () => resolve(), { once: true });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#sleepers.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#sleepers.sort((a, b) => a.at - b.at || a.order - b.order);
      const next = this.#sleepers.shift()!;
      this.now = next.at;
      next.wake();
      this.#schedule();
    });
  }
}
