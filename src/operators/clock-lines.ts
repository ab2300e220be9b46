import { type Batch, TICK } from '../stream/batch.ts';

export interface ClockLinesOptions {
  /** Processing time from one tick to the next, ms; undefined: no ticks. */
  readonly tickEvery: number | undefined;
}

/** Where the lines of a clock stand, ms; -Infinity: there was none. */
export interface ClockState {
  readonly tick: number;
}

/**
 * The lines that a clock puts into a stream. They follow from what it said, and where: whoever tells it the same readings
 * again gets the same lines, whatever the clock says meanwhile. None goes back: while a clock that was set back catches up,
 * there is none.
 */
export class ClockLines {
  readonly #options: ClockLinesOptions;
  /** The tick written last, epoch ms. */
  #tick = Number.NEGATIVE_INFINITY;

  constructor(options: ClockLinesOptions) {
    this.#options = options;
  }

  /** From when on there is something to write, epoch ms; +Infinity: never. */
  get dueAt(): number {
    const { tickEvery } = this.#options;
    return tickEvery === undefined ? Number.POSITIVE_INFINITY : this.#tick + tickEvery;
  }

  /** Appends the lines of a moment, epoch ms, to `out`, which has room for them. */
  add(time: number, out: Batch): void {
    const { tickEvery } = this.#options;
    if (tickEvery === undefined || time < this.#tick + tickEvery) return;
    this.#tick = time;
    out.addTime(TICK, time);
  }

  get state(): ClockState {
    return { tick: this.#tick };
  }

  set state({ tick }: ClockState) {
    this.#tick = tick;
  }
}
