import { type Batch, TICK, WATERMARK } from '../stream/batch.ts';
import { MIN_INSTANT } from '../time/instant.ts';

export interface ClockLinesOptions {
  /** Processing time from one tick to the next, ms; undefined: no ticks. */
  readonly tickEvery: number | undefined;
  /** The watermark is what the clock says; undefined: it is not. */
  readonly wall: WallWatermark | undefined;
  /** How long there must be no event for the input to be idle, ms; undefined: it never is. */
  readonly idle: number | undefined;
}

export interface WallWatermark {
  /** How far it is behind the clock, and how far it advances at a time; ms. */
  readonly delay: number;
  readonly every: number;
  /** The watermark of the stream. */
  readonly mark: WatermarkMark;
}

export interface WatermarkMark {
  /** The one written last, epoch ms; -Infinity: none was. */
  readonly watermark: number;
  /** Moves it where it advances by `every` or more; false: it does not. */
  advance(to: number, every: number): boolean;
}

/** Where the lines of a clock stand: epoch ms, -Infinity where there was none. */
export interface ClockState {
  /** The tick written last. */
  readonly tick: number;
  /** What the clock said last. */
  readonly now: number;
  /** When it was first looked at behind the last event. */
  readonly active: number;
  /** Events at the last look, of all runs. */
  readonly events: number;
  readonly idle: boolean;
}

/** Within this part of the time after which an input is idle it is seen when its last event was. */
const IDLE_LOOKS = 4;

/**
 * The lines that a clock puts into a stream. They follow from what it said, and where: whoever tells it the same looks
 * again gets the same lines, whatever the clock says meanwhile. None goes back: while a clock that was set back catches up,
 * there is none.
 */
export class ClockLines {
  readonly #options: ClockLinesOptions;
  state: ClockState = {
    tick: Number.NEGATIVE_INFINITY,
    now: Number.NEGATIVE_INFINITY,
    active: Number.NEGATIVE_INFINITY,
    events: 0,
    idle: false,
  };

  constructor(options: ClockLinesOptions) {
    this.#options = options;
  }

  /** From when on there is something to write, epoch ms; +Infinity: never. @param events of all runs, so far */
  dueAt(events: number): number {
    const { tickEvery, wall } = this.#options;
    const never = Number.POSITIVE_INFINITY;
    const tick = tickEvery === undefined ? never : this.state.tick + tickEvery;
    const mark =
      wall === undefined ? never : Math.max(wall.mark.watermark + wall.every, MIN_INSTANT) + wall.delay;
    return Math.min(tick, mark, this.#idleDueAt(events));
  }

  #idleDueAt(events: number): number {
    const { idle } = this.#options;
    const { now, active, idle: isIdle, events: before } = this.state;
    if (idle === undefined) return Number.POSITIVE_INFINITY;
    if (events !== before) return now + idle / IDLE_LOOKS;
    return isIdle ? Number.POSITIVE_INFINITY : active + idle;
  }

  /**
   * Appends the lines of a moment, epoch ms, to `out`, which has room for them.
   * @param begun it is the first look of a run: how long it was quiet before is not known
   * @returns whether the input is idle now, and was not before
   */
  add(time: number, events: number, begun: boolean, out: Batch): boolean {
    const { tickEvery, wall } = this.#options;
    const { state } = this;
    const now = Math.max(state.now, time);
    let { tick } = state;
    if (tickEvery !== undefined && now >= tick + tickEvery) {
      tick = now;
      out.addTime(TICK, now);
    }
    if (wall?.mark.advance(now - wall.delay, wall.every) === true)
      out.addTime(WATERMARK, wall.mark.watermark);
    const isActive = begun || events !== state.events || state.active === Number.NEGATIVE_INFINITY;
    const active = isActive ? now : state.active;
    const idle = now - active >= (this.#options.idle ?? Number.POSITIVE_INFINITY);
    this.state = { tick, now, active, events, idle };
    return idle && !state.idle;
  }
}
