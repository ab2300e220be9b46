import type { Buffer } from 'node:buffer';
import { Table } from '../state/table.ts';

/** How long keys are kept at least before those that are idle are forgotten, ms. */
const GENERATION = 10_000;

/** Of a token, what may be missing of it: the times of buckets are sums of intervals, which are rounded. */
const ROUNDING = 0.001;

/** Keys of a time, each with its bucket. */
class Generation {
  readonly keys = new Table();
  /** When the bucket of a key is full again, ms. */
  readonly full = this.keys.doubles(Number.NEGATIVE_INFINITY);
}

/**
 * Token buckets, one a key: a bucket holds `burst` tokens, gets one each `interval` and never more than it holds, and an event
 * takes one. Kept as the one number of the generic cell rate algorithm in its form of virtual scheduling (ITU-T I.371,
 * annex A): the time at which the bucket is full again. There is a token at the time t when `full - (burst - 1) · interval <= t`,
 * and who takes it moves `full` to `max(t, full) + interval`. All times in ms.
 *
 * A bucket that is full is like one that never was: keys whose buckets must be full by now are forgotten, all keys of the
 * generation before last at once.
 */
export class TokenBuckets {
  readonly #interval: number;
  readonly #tolerance: number;
  /** ms */
  readonly #rounding: number;
  readonly #lifetime: number;
  #now = new Generation();
  #before = new Generation();
  /** When the generations change. */
  #until = Number.NEGATIVE_INFINITY;
  /** The row of the key that `earliest` was asked for. */
  #slot = 0;

  /** @param interval between two tokens, ms */
  constructor(interval: number, burst: number) {
    this.#interval = interval;
    this.#tolerance = (burst - 1) * interval;
    this.#rounding = interval * ROUNDING;
    this.#lifetime = Math.max(burst * interval, GENERATION);
  }

  /** Keys that are remembered. */
  get count(): number {
    return this.#now.keys.count + this.#before.keys.count;
  }

  /** Forgets who has been idle for long, by this time. */
  advance(time: number): void {
    if (time < this.#until) return;
    if (this.#before.keys.count > 0) this.#before = new Generation();
    [this.#before, this.#now] = [this.#now, this.#before];
    this.#until = time + this.#lifetime;
  }

  /** When the key has a token, at the earliest; `take` is for the same key then. */
  earliest(bytes: Buffer, start: number, end: number): number {
    const { keys, full } = this.#now;
    this.#slot = keys.upsert(0, bytes, start, end);
    if (keys.inserted) {
      const old = this.#before.keys.find(0, bytes, start, end);
      if (old >= 0) full.values[this.#slot] = this.#before.full.values[old]!;
    }
    return full.values[this.#slot]! - this.#tolerance;
  }

  /** Whether the key has a token at a time, but for rounding; `take` is for the same key then. */
  has(time: number, bytes: Buffer, start: number, end: number): boolean {
    return this.earliest(bytes, start, end) - this.#rounding <= time;
  }

  /** Takes a token at a time from `earliest` on. */
  take(time: number): void {
    const { values } = this.#now.full;
    values[this.#slot] = Math.max(time, values[this.#slot]!) + this.#interval;
  }
}
