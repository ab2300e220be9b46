import type { Pauses } from '../connectors/record-loop.ts';
import type { ClockLines } from '../operators/clock-lines.ts';
import { Batch } from '../stream/batch.ts';
import type { ClockReading, SourceDecisions } from './source-decisions.ts';
import type { SourceContext } from './stage.ts';

/** Rows that one look at the clock makes at most. */
const ROWS = 4;

export interface SourceClockOptions {
  readonly lines: ClockLines;
  /** What is looked at again after a restore; undefined: nothing is kept. */
  readonly decisions: SourceDecisions | undefined;
  /** How long it may be quiet, where an earlier run had more, until that is given up; ms. */
  readonly patience: number;
  /** Events that were handed on, of all runs. */
  events(): number;
  /** Hands on lines. */
  emit(lines: Batch): undefined | Promise<void>;
}

/**
 * When a source looks at the clock: before events and while it waits for some, whenever a line is due. With epochs each look
 * is noted with its place before what follows from it goes out, and comes again at the same place.
 */
export class SourceClock implements Pauses {
  readonly #options: SourceClockOptions;
  readonly #now: () => number;
  readonly #world: SourceContext['world'];
  readonly #out = new Batch(ROWS, 0);
  /** While decisions of an earlier run are ahead: since when bytes are waited for, epoch ms; undefined: they are not. */
  #waiting: number | undefined;

  constructor(options: SourceClockOptions, { now, world }: SourceContext) {
    this.#options = options;
    this.#now = now;
    this.#world = world;
  }

  due(): boolean {
    if (this.#noted !== undefined) return true;
    if (this.#isAhead && this.#waiting === undefined) return false;
    return this.#untilDue(this.#now()) === 0;
  }

  untilDue(): number {
    if (this.#noted !== undefined) return 0;
    const now = this.#now();
    // A clock that was set back must not make it wait longer.
    if (this.#isAhead) this.#waiting = Math.min(this.#waiting ?? now, now);
    return this.#untilDue(now);
  }

  #untilDue(now: number): number {
    const { lines, patience } = this.#options;
    // The earlier run had more events here; where its input is not what it was, they may never come.
    const patient = this.#isAhead ? this.#waiting! + patience - now : 0;
    return Math.max(0, lines.dueAt - now, patient);
  }

  get #isAhead(): boolean {
    return this.#options.decisions?.isAhead === true;
  }

  get sleep(): Pauses['sleep'] {
    const world = this.#world;
    return world === undefined ? undefined : (milliseconds, signal) => world.quiet(milliseconds, signal);
  }

  /** Writes what is due at this place. */
  async pause(): Promise<void> {
    const { decisions } = this.#options;
    for (let noted = this.#noted; noted !== undefined; noted = this.#noted) {
      decisions!.passClock();
      await this.tell(noted.time);
    }
    if (!this.due()) return;
    const time = this.#now();
    decisions?.note({ kind: 'clock', events: this.#options.events(), time });
    await this.tell(time);
  }

  /** The same before events are handed on. */
  beforeEvents(): undefined | Promise<void> {
    this.#waiting = undefined;
    return this.due() ? this.pause() : undefined;
  }

  /** Writes what there was at this place in an earlier run, and nothing else. */
  async again(): Promise<void> {
    if (this.#noted !== undefined) await this.pause();
  }

  /** Writes the lines of a moment, epoch ms. */
  async tell(time: number): Promise<void> {
    const { lines, emit } = this.#options;
    this.#out.clear();
    lines.add(time, this.#out);
    if (this.#out.rows > 0) await emit(this.#out);
  }

  /** What an earlier run has noted of this place; undefined: nothing, or nothing is left. */
  get #noted(): ClockReading | undefined {
    const { decisions, events } = this.#options;
    return decisions?.clockAt(events());
  }
}
