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
  /** Says that the input has nothing for now. */
  emitIdle(): undefined | Promise<void>;
}

/**
 * When a source looks at the clock: when it begins, before events, and while it waits for some, whenever a line is due. With
 * epochs each look is noted with its place before what follows from it goes out, and comes again at the same place.
 */
export class SourceClock implements Pauses {
  readonly #options: SourceClockOptions;
  readonly #now: () => number;
  readonly #world: SourceContext['world'];
  readonly #out = new Batch(ROWS, 0);
  /** This run has looked at the clock itself. */
  #looked = false;
  /** While decisions of an earlier run are ahead: since when bytes are waited for, epoch ms; undefined: they are not. */
  #waiting: number | undefined;

  constructor(options: SourceClockOptions, { now, world }: SourceContext) {
    this.#options = options;
    this.#now = now;
    this.#world = world;
  }

  /** What the clock said last, epoch ms; -Infinity: nothing yet. */
  get now(): number {
    return this.#options.lines.state.now;
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
    const { lines, patience, events } = this.#options;
    // The earlier run had more events here; where its input is not what it was, they may never come.
    const patient = this.#isAhead ? this.#waiting! + patience - now : 0;
    return Math.max(0, this.#looked ? lines.dueAt(events()) - now : 0, patient);
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
    const { decisions, events } = this.#options;
    for (let noted = this.#noted; noted !== undefined; noted = this.#noted) {
      decisions!.passClock();
      await this.tell(noted);
    }
    if (!this.due()) return;
    const look: ClockReading = {
      events: events(),
      time: this.#now(),
      ...(this.#looked ? {} : { begun: true as const }),
    };
    this.#looked = true;
    decisions?.note({ kind: 'clock', ...look });
    await this.tell(look);
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

  /** Writes the lines of a look. */
  async tell({ events, time, begun }: ClockReading): Promise<void> {
    const { lines, emit, emitIdle } = this.#options;
    this.#out.clear();
    const isIdle = lines.add(time, events, begun === true, this.#out);
    if (this.#out.rows > 0) await emit(this.#out);
    if (isIdle) await emitIdle();
  }

  /** What an earlier run has noted of this place; undefined: nothing, or nothing is left. */
  get #noted(): ClockReading | undefined {
    const { decisions, events } = this.#options;
    return decisions?.clockAt(events());
  }
}
