/**
 * Intervals by number, the one that ends (then starts) first on top, of equal ones the lesser number: the order in which
 * they came does not show. A binary heap whose entries can be changed and removed by number. All operations cost
 * O(log size).
 */
export class EndHeap {
  readonly #numbers: number[] = [];
  /** Where a number stands in the heap; -1: it does not. */
  readonly #position: number[] = [];
  readonly #start: number[] = [];
  readonly #end: number[] = [];

  get size(): number {
    return this.#numbers.length;
  }

  /** The number on top; there is one. */
  get first(): number {
    return this.#numbers[0]!;
  }

  /** The end of the interval on top; Infinity when there is none. */
  get firstEnd(): number {
    return this.#numbers.length === 0 ? Number.POSITIVE_INFINITY : this.#end[this.#numbers[0]!]!;
  }

  /** The end of the interval of a number that it has. */
  endOf(number: number): number {
    return this.#end[number]!;
  }

  clear(): void {
    for (const number of this.#numbers) this.#position[number] = -1;
    this.#numbers.length = 0;
  }

  /** Adds a number with its interval, or gives it another interval. */
  set(number: number, start: number, end: number): void {
    this.#start[number] = start;
    this.#end[number] = end;
    let at = this.#position[number] ?? -1;
    if (at < 0) at = this.#numbers.push(number) - 1;
    this.#place(number, this.#lift(number, at));
  }

  has(number: number): boolean {
    return (this.#position[number] ?? -1) >= 0;
  }

  remove(number: number): void {
    const at = this.#position[number]!;
    const moved = this.#numbers.pop()!;
    this.#position[number] = -1;
    if (moved !== number) this.#place(moved, this.#lift(moved, at));
  }

  #before(a: number, b: number): boolean {
    const [endA, endB] = [this.#end[a]!, this.#end[b]!];
    if (endA !== endB) return endA < endB;
    const [startA, startB] = [this.#start[a]!, this.#start[b]!];
    return startA < startB || (startA === startB && a < b);
  }

  /** Moves the hole at `at` up to where `number` may stand; returns where that is. */
  #lift(number: number, at: number): number {
    let hole = at;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = this.#numbers[parent]!;
      if (!this.#before(number, above)) break;
      this.#numbers[hole] = above;
      this.#position[above] = hole;
      hole = parent;
    }
    return hole;
  }

  /** Moves the hole at `at` down to where `number` may stand, and puts it there. */
  #place(number: number, at: number): void {
    const numbers = this.#numbers;
    let hole = at;
    for (let child = hole * 2 + 1; child < numbers.length; child = hole * 2 + 1) {
      if (child + 1 < numbers.length && this.#before(numbers[child + 1]!, numbers[child]!)) child++;
      const below = numbers[child]!;
      if (below === number || !this.#before(below, number)) break;
      numbers[hole] = below;
      this.#position[below] = hole;
      hole = child;
    }
    numbers[hole] = number;
    this.#position[number] = hole;
  }
}
