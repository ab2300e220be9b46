import type { EndReason } from '../stream/marker.ts';

const NEVER = Number.NEGATIVE_INFINITY;
const COMPLETE = Number.POSITIVE_INFINITY;

/** How an input stands. Suspended is also one whose run had nothing to do: it is not complete. */
type Standing = 'active' | 'idle' | 'drained' | 'suspended' | 'skipped';

/** What of it goes into a snapshot; times that are no number as text, for JSON has no word for them. */
export interface SavedTimes {
  readonly inputs: readonly { readonly watermark: string; readonly tick: string; readonly idle: boolean }[];
  readonly watermark: string;
  readonly tick: string;
  readonly idle: boolean;
}

/**
 * How far several inputs are together. The watermark of all is the lowest of those that are neither idle nor drained; one that
 * is suspended keeps its own, for what is behind that will still come. The tick of all is the lowest as well, of inputs
 * that tick at all: so what follows a tick was read at that time or later, as it was in each input. Neither ever goes back.
 * All are idle when each that has not ended is.
 */
export class InputTimes {
  /** Of all inputs together, as they were told last. */
  watermark = NEVER;
  tick = NEVER;
  idle = false;
  readonly #watermarks: Float64Array;
  readonly #ticks: Float64Array;
  readonly #standing: Standing[];
  /** 1: nothing more is read of the input in this run, but its end. */
  readonly #exhausted: Uint8Array;
  /** 1: it is known that the input will have ticks. */
  readonly #ticking: Uint8Array;

  /** @param count of inputs, at least one */
  constructor(count: number) {
    this.#watermarks = new Float64Array(count).fill(NEVER);
    this.#ticks = new Float64Array(count).fill(NEVER);
    this.#ticking = new Uint8Array(count);
    this.#exhausted = new Uint8Array(count);
    this.#standing = Array.from({ length: count }, () => 'active');
  }

  /** The input that has the lowest watermark of those that have not ended, of equal ones the first; -1: all have ended. */
  get first(): number {
    let first = -1;
    for (let input = 0; input < this.#watermarks.length; input++)
      if (!this.ended(input) && (first < 0 || this.#watermarks[input]! < this.#watermarks[first]!))
        first = input;
    return first;
  }

  /** An input has had the last barrier of its run. */
  exhaust(input: number): void {
    this.#exhausted[input] = 1;
  }

  isExhausted(input: number): boolean {
    return this.#exhausted[input] === 1;
  }

  ended(input: number): boolean {
    const standing = this.#standing[input]!;
    return standing !== 'active' && standing !== 'idle';
  }

  isIdle(input: number): boolean {
    return this.#standing[input] === 'idle';
  }

  /** How all together have ended. */
  get end(): EndReason {
    const all = (standing: Standing): boolean => this.#standing.every((each) => each === standing);
    return all('drained') ? 'drained' : all('skipped') ? 'skipped' : 'suspended';
  }

  /** A watermark of an input: also one that does not rise says that the input is not idle. */
  advance(input: number, time: number): void {
    this.wake(input);
    if (time > this.#watermarks[input]!) this.#watermarks[input] = time;
  }

  /** The header of an input says that it will have ticks: they are waited for from the start. */
  expectTicks(input: number): void {
    this.#ticking[input] = 1;
  }

  tickOf(input: number, time: number): void {
    if (time > this.#ticks[input]!) this.#ticks[input] = time;
  }

  /** An input has an event. */
  wake(input: number): void {
    if (this.isIdle(input)) this.#standing[input] = 'active';
    this.idle = false;
  }

  fallIdle(input: number): void {
    this.#standing[input] = 'idle';
  }

  finish(input: number, reason: EndReason): void {
    this.#standing[input] = reason;
  }

  /** Whether the watermark of all has risen since it was asked last; it is told. */
  risen(): boolean {
    const lowest = this.#lowest(this.#watermarks);
    if (lowest <= this.watermark) return false;
    this.watermark = lowest;
    return true;
  }

  /** The same of the tick. */
  ticked(): boolean {
    const lowest = this.#lowest(this.#ticks);
    if (lowest <= this.tick || lowest === COMPLETE) return false;
    this.tick = lowest;
    return true;
  }

  /** Whether all inputs have become idle since one was not; it is told. */
  becameIdle(): boolean {
    if (this.idle) return false;
    const open = this.#standing.filter((_, input) => !this.ended(input));
    this.idle = open.length > 0 && open.every((standing) => standing === 'idle');
    return this.idle;
  }

  save(): SavedTimes {
    const { watermark, tick, idle } = this;
    return {
      watermark: String(watermark),
      tick: String(tick),
      idle,
      inputs: this.#standing.map((_, input) => ({
        watermark: String(this.#watermarks[input]),
        tick: String(this.#ticks[input]),
        idle: this.isIdle(input),
      })),
    };
  }

  restore({ watermark, tick, idle, inputs }: SavedTimes): void {
    this.watermark = Number(watermark);
    this.tick = Number(tick);
    this.idle = idle;
    inputs.forEach((saved, input) => {
      this.#watermarks[input] = Number(saved.watermark);
      this.#ticks[input] = Number(saved.tick);
      this.#standing[input] = saved.idle ? 'idle' : 'active';
    });
  }

  /**
   * The lowest of the inputs that count; where none does, as high as can be once all are drained, else nothing. An input
   * whose watermark is at its end is as good as drained.
   */
  #lowest(times: Float64Array): number {
    let lowest = COMPLETE;
    let idle = false;
    for (let input = 0; input < times.length; input++) {
      if (this.#standing[input] === 'drained' || this.#watermarks[input] === COMPLETE) continue;
      if (this.isIdle(input)) idle = true;
      // One that never ticks has no clock that others could wait for.
      else if (times !== this.#ticks || times[input]! > NEVER || this.#ticking[input] === 1)
        lowest = Math.min(lowest, times[input]!);
    }
    return lowest === COMPLETE && idle ? NEVER : lowest;
  }
}
