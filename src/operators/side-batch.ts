import { Batch } from '../stream/batch.ts';
import type { OperatorContext } from './operator.ts';

/** Events for a side output, copied as they came; they are held until `flush`, at the end of a batch. */
export class SideBatch {
  readonly #output: number;
  readonly #context: OperatorContext;
  #batch: Batch | undefined;
  /** Those that are full, where an event is told once for each of several windows; until the next `flush`. */
  #full: Batch[] = [];

  constructor(output: number, context: OperatorContext) {
    this.#output = output;
    this.#context = context;
  }

  add(from: Batch, row: number): void {
    if (!this.#context.connected(this.#output)) return;
    if (this.#batch?.full) {
      this.#full.push(this.#batch);
      this.#batch = undefined;
    }
    this.#batch ??= new Batch(from.capacity);
    this.#batch.copyRow(from, row);
  }

  /** Adds an event with its windows reduced to the first `missed` of them. */
  addMissed(from: Batch, row: number, missed: number): void {
    this.add(from, row);
    const batch = this.#batch;
    if (batch === undefined || from.windowCount[row]! <= 1) return;
    batch.windowCount[batch.rows - 1] = missed;
  }

  /** Adds an event in one window alone; bounds in ms. */
  addIn(from: Batch, row: number, start: number, end: number): void {
    this.add(from, row);
    const batch = this.#batch;
    if (batch === undefined) return;
    batch.windowStart[batch.rows - 1] = start;
    batch.windowEnd[batch.rows - 1] = end;
    batch.windowCount[batch.rows - 1] = 1;
  }

  flush(): undefined | Promise<void> {
    const batch = this.#batch;
    if (batch === undefined || batch.rows === 0) return undefined;
    if (this.#full.length > 0) return this.#flushAll(batch);
    const emitted = this.#context.emit(this.#output, batch);
    if (emitted === undefined) batch.clear();
    else return emitted.then(() => batch.clear());
    return undefined;
  }

  async #flushAll(last: Batch): Promise<void> {
    for (const batch of this.#full.splice(0)) await this.#context.emit(this.#output, batch);
    await this.#context.emit(this.#output, last);
    last.clear();
  }
}
