import { EVENT } from '../stream/batch.ts';

/** Rows that wait for their turn, in order: what kind they are, and their times. They are freed as they leave. */
export class PendingRows {
  /** Events among them. */
  events = 0;
  #kind = new Uint8Array(1024);
  #time = new Float64Array(1024);
  #first = 0;
  #behind = 0;

  get empty(): boolean {
    return this.#first === this.#behind;
  }

  /** Of the first row. */
  get kind(): number {
    return this.#kind[this.#first]!;
  }

  /** Of the first row, ms. */
  get time(): number {
    return this.#time[this.#first]!;
  }

  add(kind: number, time: number): void {
    if (this.#behind === this.#kind.length) this.#makeRoom();
    this.#kind[this.#behind] = kind;
    this.#time[this.#behind++] = time;
    if (kind === EVENT) this.events++;
  }

  /** The first row leaves. */
  shift(): void {
    if (this.#kind[this.#first++] === EVENT) this.events--;
    if (this.empty) this.#first = this.#behind = 0;
  }

  #makeRoom(): void {
    const rows = this.#behind - this.#first;
    const capacity = rows * 2 > this.#kind.length ? this.#kind.length * 2 : this.#kind.length;
    const [kind, time] = [new Uint8Array(capacity), new Float64Array(capacity)];
    kind.set(this.#kind.subarray(this.#first, this.#behind));
    time.set(this.#time.subarray(this.#first, this.#behind));
    [this.#kind, this.#time] = [kind, time];
    this.#first = 0;
    this.#behind = rows;
  }
}
