import type { Batch } from '../stream/batch.ts';
import { EVENT, endOfWindow, GLOBAL, SKIPPED, TICK } from '../stream/batch.ts';
import type { Firing } from '../stream/firing.ts';
import { needsTicks } from '../stream/firing-rules.ts';
import { throughCommand, withWindowing } from '../stream/header.ts';
import type { Marker } from '../stream/marker.ts';
import { triggerText } from '../stream/trigger-text.ts';
import { MAX_INSTANT, MIN_INSTANT } from '../time/instant.ts';
import type { Assigner } from '../windows/assigner.ts';
import { MAIN, type Operator, type OperatorContext, type Work } from './operator.ts';

/**
 * Stamps each event with its windows, and the stream with its windowing. An event whose window would reach
 * past the years that can be written (the sentinel 9999-12-31, say) is left out, and told.
 */
export class Window implements Operator {
  readonly reads = [];
  readonly #assigner: Assigner;
  readonly #context: OperatorContext;
  /** The start of the window of its own that an event had last, which can be written; ms. */
  #seen = Number.NaN;
  /** Events left out so far. */
  #leftOut = 0;

  /** How windows fire; undefined: once, when they are complete. */
  readonly #firing: Firing | undefined;
  /** Whether a trigger waits for ticks, and none has come. */
  #untold: boolean;

  constructor(assigner: Assigner, context: OperatorContext, firing?: Firing) {
    this.#assigner = assigner;
    this.#context = context;
    this.#firing = firing;
    this.#untold = firing !== undefined && needsTicks(firing.trigger);
  }

  onBatch(_input: number, batch: Batch): Work {
    const { kind, rows, windowStart } = batch;
    for (let row = 0; row < rows; row++) {
      if (kind[row] !== EVENT) {
        if (kind[row] === TICK) this.#untold = false;
        continue;
      }
      this.#assigner.assign(batch, row);
      // One window after the other is the same: its years were seen to.
      if (windowStart[row] === this.#seen && batch.windowCount[row] === 1) continue;
      if (batch.windowCount[row] === GLOBAL) continue;
      const end = endOfWindow(batch, row, Math.max(batch.windowCount[row]!, 1) - 1);
      if (batch.windowStart[row]! >= MIN_INSTANT && end <= MAX_INSTANT) {
        if (batch.windowCount[row] === 1) this.#seen = batch.windowStart[row]!;
        continue;
      }
      batch.kind[row] = SKIPPED;
      this.#leaveOut(batch.line[row]!);
    }
    return this.#context.emit(MAIN, batch);
  }

  #leaveOut(line: number): void {
    this.#context.count('rejected', 1);
    if (++this.#leftOut > 1) return;
    this.#context.notice(
      `line ${line}: the window of the event reaches past the years 0000 to 9999: the event is left out`,
      'see that --time-format at the source has the right unit',
    );
  }

  onMarker(_input: number, marker: Marker): Work {
    if (marker.kind === 'end' && this.#leftOut > 1) {
      this.#context.notice(`${this.#leftOut.toLocaleString('en')} events were left out in all`);
    }
    if (marker.kind === 'end' && this.#untold) {
      this.#untold = false;
      this.#context.notice(
        `no tick was in the stream: nothing has fired by processing time (${triggerText(this.#firing!.trigger)})`,
        'ticks are the clock of a stream: --tick-every 1s at the source writes them, and so does --follow',
      );
    }
    if (marker.kind !== 'stream') return this.#context.emitMarker(MAIN, marker);
    const through = throughCommand(marker.header, 'window');
    const header = withWindowing(through, this.#assigner.windowing, this.#firing);
    return this.#context.emitMarker(MAIN, { kind: 'stream', header });
  }
}
