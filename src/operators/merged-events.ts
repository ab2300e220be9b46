import type { RowBlock } from './row-block.ts';

/** Events in order of time; the first of them stands in `block` at `row`, while there is one. */
export abstract class EventSource {
  /** Of the first, ms; infinite: there is none. */
  time = Number.POSITIVE_INFINITY;
  declare block: RowBlock;
  row = 0;
  /** Where it stands among those that it is merged with: of equal times the events of the lesser come first. */
  age = 0;

  /** Takes the first. */
  abstract advance(): void;
}

/**
 * Merges sources by time; of events of equal times those of the earlier source come first. The first one stays where it is
 * as long as no other has its turn, so that what comes in order is not compared with much.
 */
export class MergedEvents {
  /** What has the next event; undefined: there is none. */
  first: EventSource | undefined;
  readonly #before: number;
  /** All but the first one, a heap: the least is at 0. */
  readonly #others: EventSource[] = [];
  /** The first one has its turn while its time is less than this. */
  #limit = 0;

  /** @param before events of this time and later ones stay where they are, ms */
  constructor(sources: readonly EventSource[], before: number) {
    this.#before = before;
    sources.forEach((source, age) => {
      if (source.time >= before) return;
      source.age = age;
      this.#others.push(source);
      for (let at = this.#others.length - 1; at > 0; at = (at - 1) >> 1)
        this.#swapIfBefore(at, (at - 1) >> 1);
    });
    this.#choose();
  }

  /** Takes the first event. */
  advance(): void {
    const first = this.first!;
    first.advance();
    if (first.time < this.#limit) return;
    if (first.time < this.#before) {
      // It has been less than all others until now: one of these takes its place.
      const others = this.#others;
      if (others.length === 0 || this.#isBefore(first, others[0]!)) {
        this.#setLimit(first);
        return;
      }
      this.first = others[0]!;
      others[0] = first;
      this.#sink();
      this.#setLimit(this.first);
      return;
    }
    this.#choose();
  }

  /** Makes the least of the others the first. */
  #choose(): void {
    const others = this.#others;
    this.first = others[0];
    const last = others.pop();
    if (this.first === undefined) return;
    if (others.length > 0) {
      others[0] = last!;
      this.#sink();
    }
    this.#setLimit(this.first);
  }

  #setLimit(first: EventSource): void {
    const next = this.#others[0];
    const own = next === undefined ? this.#before : next.time + (first.age < next.age ? 1 : 0);
    this.#limit = Math.min(own, this.#before);
  }

  #sink(): void {
    const others = this.#others;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      if (left >= others.length) return;
      const right = left + 1;
      const child = right < others.length && this.#isBefore(others[right]!, others[left]!) ? right : left;
      if (!this.#isBefore(others[child]!, others[at]!)) return;
      this.#swapIfBefore(child, at);
      at = child;
    }
  }

  #swapIfBefore(at: number, parent: number): void {
    const others = this.#others;
    const one = others[at]!;
    if (!this.#isBefore(one, others[parent]!)) return;
    others[at] = others[parent]!;
    others[parent] = one;
  }

  #isBefore(a: EventSource, b: EventSource): boolean {
    return a.time < b.time || (a.time === b.time && a.age < b.age);
  }
}
