import { ColumnSet } from './column-set.ts';

/** Rows of state by slot number, with columns over them; slots that are given back are used again. */
export class Slots extends ColumnSet {
  /** Slots given back: a chain through `#freeNext`, -1 at its end. */
  #free = -1;
  readonly #freeNext = this.integers(-1);
  /** Slots ever given out. */
  #high = 0;
  #size = 0;

  /** Slots in use. */
  get size(): number {
    return this.#size;
  }

  /** A slot whose columns hold their initial values. */
  allocate(): number {
    this.#size++;
    if (this.#free >= 0) {
      const slot = this.#free;
      this.#free = this.#freeNext.values[slot]!;
      this.#freeNext.values[slot] = -1;
      return slot;
    }
    if (this.#high === this.capacity) this.grow();
    return this.#high++;
  }

  free(slot: number): void {
    this.#size--;
    this.reset(slot);
    this.#freeNext.values[slot] = this.#free;
    this.#free = slot;
  }
}
