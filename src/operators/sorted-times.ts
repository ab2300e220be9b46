import { insertInOrder, mergeTimes, sortedByTime, type TimedNumbers } from './time-order.ts';

/** So many that came last are looked through at each watermark rather than sorted. */
const FEW = 64;
/** Numbers that a list has room for at first. */
const FIRST = 64;

/** Numbers with their times, in order: those in [from, to). */
export class TimeRun implements TimedNumbers {
  times: Float64Array;
  numbers: Uint32Array;
  from = 0;
  to: number;

  constructor({ times, numbers }: TimedNumbers, count: number) {
    this.times = times;
    this.numbers = numbers;
    this.to = count;
  }

  get size(): number {
    return this.to - this.from;
  }

  get first(): number {
    return this.times[this.from]!;
  }

  /** Appends those of a run none of whose times is before its last. */
  append(other: TimeRun): void {
    if (this.to + other.size > this.times.length) {
      const room = Math.max(this.size + other.size, this.size * 2);
      const grown = { times: new Float64Array(room), numbers: new Uint32Array(room) };
      grown.times.set(this.times.subarray(this.from, this.to));
      grown.numbers.set(this.numbers.subarray(this.from, this.to));
      this.to -= this.from;
      this.from = 0;
      this.times = grown.times;
      this.numbers = grown.numbers;
    }
    this.times.set(other.times.subarray(other.from, other.to), this.to);
    this.numbers.set(other.numbers.subarray(other.from, other.to), this.to);
    this.to += other.size;
  }
}

/**
 * Numbers that come with times in any order and leave by time, those of equal times as they came. What came last is a list; when
 * some of it is due it becomes a run in order, and runs are merged with the one before so that each is more than twice as
 * long as the next: what is held costs nothing while it is not due, and what leaves costs as many steps as there
 * are runs. What comes in order is one run, and is never moved.
 */
export class SortedTimes {
  /** In the order in which their numbers came; none is empty when `due` returns. */
  #runs: TimeRun[] = [];
  #times = new Float64Array(FIRST);
  #numbers = new Uint32Array(FIRST);
  #count = 0;
  /** The least time in the list, ms. */
  #least = Number.POSITIVE_INFINITY;

  /** Bytes that they take in memory. */
  get size(): number {
    return this.#runs.reduce((sum, { times }) => sum + times.length * 12, this.#times.length * 12);
  }

  add(time: number, number: number): void {
    if (this.#count === this.#times.length) this.#grow();
    this.#times[this.#count] = time;
    this.#numbers[this.#count++] = number;
    if (time < this.#least) this.#least = time;
  }

  /**
   * The runs, in the order in which their numbers came, that have all whose times are before `time`. Whoever takes
   * numbers out moves `from`, and takes all of those before it asks again.
   */
  due(time: number): readonly TimeRun[] {
    this.#runs = this.#runs.filter(({ size }) => size > 0);
    if (this.#least >= time) return this.#runs;
    if (this.#count <= FEW) return [...this.#runs, this.#take(time)];
    this.#seal();
    return this.#runs;
  }

  /** All of them are gone. */
  clear(): void {
    this.#runs = [];
    this.#times = new Float64Array(FIRST);
    this.#numbers = new Uint32Array(FIRST);
    this.#count = 0;
    this.#least = Number.POSITIVE_INFINITY;
  }

  /** Puts another number in the place of each. */
  renumber(to: (number: number) => number): void {
    for (let i = 0; i < this.#count; i++) this.#numbers[i] = to(this.#numbers[i]!);
    for (const { numbers, from, to: end } of this.#runs)
      for (let i = from; i < end; i++) numbers[i] = to(numbers[i]!);
  }

  /** Takes those that are due out of the list. */
  #take(time: number): TimeRun {
    const taken = { times: new Float64Array(this.#count), numbers: new Uint32Array(this.#count) };
    let count = 0;
    let left = 0;
    this.#least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#count; i++) {
      const here = this.#times[i]!;
      const number = this.#numbers[i]!;
      if (here < time) {
        taken.times[count] = here;
        taken.numbers[count++] = number;
      } else {
        if (here < this.#least) this.#least = here;
        this.#times[left] = here;
        this.#numbers[left++] = number;
      }
    }
    this.#count = left;
    insertInOrder(taken, 0, count);
    return new TimeRun(taken, count);
  }

  /** Makes a run of the list. */
  #seal(): void {
    const runs = this.#runs;
    const run = new TimeRun(
      sortedByTime({ times: this.#times, numbers: this.#numbers }, this.#count),
      this.#count,
    );
    this.#times = new Float64Array(FIRST);
    this.#numbers = new Uint32Array(FIRST);
    this.#count = 0;
    this.#least = Number.POSITIVE_INFINITY;
    runs.push(run);
    while (runs.length > 1) {
      const last = runs.at(-1)!;
      const before = runs.at(-2)!;
      if (before.times[before.to - 1]! <= last.first) before.append(last);
      else if (before.size <= last.size * 2) runs[runs.length - 2] = merged(before, last);
      else return;
      runs.pop();
    }
  }

  #grow(): void {
    const times = new Float64Array(this.#count * 2);
    times.set(this.#times);
    this.#times = times;
    const numbers = new Uint32Array(this.#count * 2);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
  }
}

function merged(a: TimeRun, b: TimeRun): TimeRun {
  const count = a.size + b.size;
  const out = { times: new Float64Array(count), numbers: new Uint32Array(count) };
  mergeTimes(a, a.from, a.to, b, b.from, b.to, out, 0);
  return new TimeRun(out, count);
}
