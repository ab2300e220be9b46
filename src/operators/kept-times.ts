import type { Buffer } from 'node:buffer';
import { Slots } from '../state/slots.ts';
import type { SnapshotReader, SnapshotWriter } from '../state/snapshot.ts';
import { Table } from '../state/table.ts';
import { BATCH_ROWS } from '../stream/batch.ts';
import { alignedStart } from '../windows/assigner.ts';
import { type OpenCounts, restoreRows } from '../windows/grouping.ts';
import { OpenWindows } from '../windows/open-windows.ts';
import type { SeenKeys } from './seen-keys.ts';
import type { KeyNumbers, SpilledKeys } from './spilled-keys.ts';

/** Buckets of time that a distance is cut into: times are forgotten bucket by bucket. */
const BUCKETS = 8;

/**
 * The event times that were kept, by key. A time t is a duplicate of a kept one k when abs(t − k) < within.
 * It is late when W ≥ t + within; so once W ≥ k + 2·within no event can be a duplicate of k any more, and k is
 * forgotten (at most an eighth of `within` later). All in ms.
 */
export class KeptTimes implements SeenKeys {
  disk: SpilledKeys | undefined;
  /** On disk a key is found by its cell, which has one kept time. */
  readonly numbers: KeyNumbers;
  readonly #within: number;
  readonly #bucket: number;
  readonly #keys = new Table();
  /**
   * The kept times of a key in one cell of the length `within`: a chain from its first, -1 at its end; the row is
   * freed with the last. Kept times are `within` apart or more, so a cell has one, and an event looks at three
   * cells, however many times of its key are held. (The number of a cell is taken modulo 2^32; cells that share
   * it share a chain.)
   */
  readonly #first = this.#keys.integers(-1);
  readonly #kept = new Slots();
  readonly #time = this.#kept.doubles();
  readonly #key = this.#kept.integers(-1);
  readonly #next = this.#kept.integers(-1);
  /** Times of one bucket: a chain from the bucket's head. */
  readonly #nextInBucket = this.#kept.integers(-1);
  readonly #buckets = new OpenWindows();

  constructor(within: number) {
    this.#within = within;
    this.#bucket = Math.max(1, Math.ceil(within / BUCKETS));
    this.numbers = {
      named: 1,
      forgottenAt: (time) => alignedStart(time, this.#bucket, 0) + this.#bucket + 2 * within,
    };
  }

  /** The watermark from which on an event of this time is late. */
  lateFrom(time: number): number {
    return time + this.#within;
  }

  /** Keeps the time unless it is a duplicate; false: it is one. */
  keep(time: number, bytes: Buffer, start: number, end: number): boolean {
    const cell = Math.floor(time / this.#within);
    const key = this.#keys.upsert(cell | 0, bytes, start, end);
    if (
      this.#isNear(key, time) ||
      this.#isNear(this.#keys.find((cell - 1) | 0, bytes, start, end), time) ||
      this.#isNear(this.#keys.find((cell + 1) | 0, bytes, start, end), time) ||
      (this.disk?.any === true && this.#isNearOnDisk(this.disk, cell, time, bytes, start, end))
    ) {
      if (this.#first.values[key]! < 0) this.#keys.remove(key);
      return false;
    }
    const kept = this.#kept.allocate();
    this.#time.values[kept] = time;
    this.#key.values[kept] = key;
    this.#next.values[kept] = this.#first.values[key]!;
    this.#first.values[key] = kept;
    this.#keys.mark(key);
    const bucketStart = alignedStart(time, this.#bucket, 0);
    let bucket = this.#buckets.find(bucketStart, bucketStart + this.#bucket);
    if (bucket < 0) bucket = this.#buckets.open(bucketStart, bucketStart + this.#bucket);
    this.#nextInBucket.values[kept] = this.#buckets.head(bucket);
    this.#buckets.setHead(bucket, kept);
    return true;
  }

  /** Whether a kept time of the row (-1: none) is less than `within` away. */
  #isNear(key: number, time: number): boolean {
    if (key < 0) return false;
    for (let kept = this.#first.values[key]!; kept >= 0; kept = this.#next.values[kept]!) {
      if (Math.abs(time - this.#time.values[kept]!) < this.#within) return true;
    }
    return false;
  }

  #isNearOnDisk(
    disk: SpilledKeys,
    cell: number,
    time: number,
    bytes: Buffer,
    start: number,
    end: number,
  ): boolean {
    for (let near = cell - 1; near <= cell + 1; near++) {
      if (disk.find(near, 0, bytes, start, end) === 0) continue;
      if (Math.abs(time - disk.seconds[0]!) < this.#within) return true;
    }
    return false;
  }

  exceeds(memory: number): boolean {
    // A time takes about so much less than its key.
    return (
      this.#keys.memoryFor(BATCH_ROWS) > (memory * 3) / 5 ||
      this.#kept.memoryFor(BATCH_ROWS) > (memory * 2) / 5
    );
  }

  spill(disk: SpilledKeys): void {
    const keys = this.#keys;
    disk.spill(this.#kept.count, (staged) => {
      this.#kept.forEach((kept) => {
        const key = this.#key.values[kept]!;
        const time = this.#time.values[kept]!;
        staged.add(Math.floor(time / this.#within), time, keys.keys, keys.keyStart(key), keys.keyEnd(key));
      });
    });
    this.#forgetUntil(Number.POSITIVE_INFINITY);
  }

  /** Forgets the times that nothing can be a duplicate of any more. */
  forget(watermark: number): void {
    this.#forgetUntil(watermark - 2 * this.#within);
    this.disk?.forget(watermark);
  }

  /** Forgets the times of buckets that end then or before. */
  #forgetUntil(time: number): void {
    while (this.#buckets.due(time)) {
      const bucket = this.#buckets.first;
      this.#buckets.close(bucket);
      for (let kept = this.#buckets.head(bucket); kept >= 0; ) {
        const next = this.#nextInBucket.values[kept]!;
        this.#remove(kept);
        kept = next;
      }
    }
  }

  /** Times that are kept: one for each event that was passed and still makes duplicates. */
  get open(): OpenCounts {
    return { keys: this.#kept.count + (this.disk?.count ?? 0), windows: 0 };
  }

  track(): void {
    this.#keys.track();
    this.#kept.track();
    this.#buckets.track();
  }

  save(out: SnapshotWriter): void {
    out.rows('keys', this.#keys);
    out.rows('times', this.#kept);
    out.rows('buckets', this.#buckets);
  }

  /** Called before the first event. @throws TidemarkError `failed` */
  restore(from: SnapshotReader): void {
    restoreRows(from, 'keys', this.#keys);
    restoreRows(from, 'times', this.#kept);
    restoreRows(from, 'buckets', this.#buckets);
  }

  #remove(kept: number): void {
    const key = this.#key.values[kept]!;
    const next = this.#next.values[kept]!;
    if (this.#first.values[key] !== kept) {
      let at = this.#first.values[key]!;
      while (this.#next.values[at] !== kept) at = this.#next.values[at]!;
      this.#next.values[at] = next;
      this.#kept.mark(at);
    } else if (next >= 0) {
      this.#first.values[key] = next;
      this.#keys.mark(key);
    } else this.#keys.remove(key);
    this.#kept.free(kept);
  }
}
