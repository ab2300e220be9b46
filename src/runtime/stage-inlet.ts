import type { Operator } from '../operators/operator.ts';
import { PartBatch } from '../operators/part-batch.ts';
import { settle } from '../operators/work.ts';
import { Batch, EVENT, SKIPPED, WATERMARK } from '../stream/batch.ts';
import type { Marker } from '../stream/marker.ts';
import type { Outlet } from './operator-host.ts';

/**
 * Where a stage takes what the stage before it hands on: the batch itself. Rows get the numbers of the lines that
 * they would be in a pipe, so that messages of a stage name the same lines there and here.
 */
export class StageInlet implements Outlet {
  readonly #operator: Operator;
  /** Whether rows have numbers already: those of the lines of standard input. */
  readonly #numbered: boolean;
  /** Lines of the stream so far. */
  #line = 0;
  #begun = false;
  #ended = false;

  constructor(operator: Operator, numbered: boolean) {
    this.#operator = operator;
    this.#numbered = numbered;
  }

  /** The stream had its end, of whatever kind. */
  get ended(): boolean {
    return this.#ended;
  }

  emit(batch: Batch): undefined | Promise<void> {
    if (batch instanceof PartBatch) this.#line += batch.lines;
    else if (!this.#numbered) this.#number(batch);
    return settle(this.#operator.onBatch(0, batch));
  }

  emitMarker(marker: Marker): undefined | Promise<void> {
    this.#line++;
    if (marker.kind === 'stream') this.#begun = true;
    this.#ended = marker.kind === 'end';
    return settle(this.#operator.onMarker(0, marker));
  }

  /**
   * Takes the sudden end of the stream for its end, as `--eof drain` wants it.
   * @returns false: there was no stream at all
   */
  async drain(): Promise<boolean> {
    if (!this.#begun) return false;
    const end = new Batch(1, 0);
    end.addTime(WATERMARK, Number.POSITIVE_INFINITY);
    await this.emit(end);
    await this.emitMarker({ kind: 'end', reason: 'drained' });
    return true;
  }

  #number(batch: Batch): void {
    const { kind, line, rows } = batch;
    let number = this.#line;
    for (let row = 0; row < rows; row++) if (kind[row] !== SKIPPED) line[row] = ++number;
    this.#line = number;
  }
}

/** How many events a batch has, or stands for. */
export function eventsIn(batch: Batch): number {
  if (batch instanceof PartBatch) return batch.tally.events;
  let count = 0;
  for (let row = 0; row < batch.rows; row++) if (batch.kind[row] === EVENT) count++;
  return count;
}
