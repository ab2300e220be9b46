import type { SourceJournal } from './stage.ts';

/** What a run of a source has decided that its input does not tell; locations by their number. */
type Decision =
  /** The events up to this number, of all runs, came at this time, epoch ms. */
  | { readonly kind: 'arrived'; readonly events: number; readonly time: number }
  | ({ readonly kind: 'clock' } & ClockReading)
  /** The events up to this number, of all runs, went out, and the clock was looked at no more. */
  | { readonly kind: 'passed'; readonly events: number }
  /** The files of a directory or a pattern are read in the order of these keys. */
  | { readonly kind: 'files'; readonly location: number; readonly keys: readonly string[] }
  | Step;

/** The clock was looked at behind so many events, of all runs, and said this, epoch ms. */
export interface ClockReading {
  readonly events: number;
  readonly time: number;
  /** It was the first look of a run. */
  readonly begun?: true;
}

/** What bounds how far a location is read at a time. */
export type Step =
  /** The location was left when so many bytes of it had been read, in all runs. */
  | { readonly kind: 'left'; readonly location: number; readonly bytes: number }
  /** The clock said that the input was complete up to this time, epoch ms. */
  | { readonly kind: 'complete'; readonly time: number };

const isStep = (decision: Decision): decision is Step =>
  decision.kind === 'left' || decision.kind === 'complete';

/** What a source has decided and comes to again, at the same places, after a restore. */
export class SourceDecisions {
  readonly #journal: SourceJournal;
  /** Looks at the clock that were met among events which are stamped, and not asked for yet. */
  #met: ClockReading[] = [];

  constructor(journal: SourceJournal) {
    this.#journal = journal;
  }

  get #next(): Decision | undefined {
    return this.#journal.next as Decision | undefined;
  }

  *#ahead(): Iterable<Decision> {
    yield* this.#journal.ahead() as Iterable<Decision>;
  }

  /** An earlier run has decided more than this one has come to. */
  get isAhead(): boolean {
    return this.#next !== undefined;
  }

  note(decision: Decision): void {
    this.#journal.note(decision);
  }

  /** The look at the clock that is next, if it is behind at most so many events; undefined: it is not. */
  clockAt(events: number): ClockReading | undefined {
    let next = this.#next;
    while (next?.kind === 'passed' && next.events <= events) {
      this.#journal.pass();
      next = this.#next;
    }
    return next?.kind === 'clock' && next.events <= events ? next : undefined;
  }

  /** The look that is next has been taken. */
  passClock(): void {
    this.#journal.pass();
  }

  /** Looks at the clock between the next events, in order: they are passed. @param before events before them, of all runs */
  clockAmong(before: number, events: number): readonly ClockReading[] {
    const met = this.#met;
    this.#met = [];
    for (let next = this.clockAt(before + events - 1); next !== undefined; ) {
      met.push(next);
      this.passClock();
      next = this.clockAt(before + events - 1);
    }
    return met;
  }

  /** Events up to this number are about to go out: notes that, where an earlier run has not. */
  notePassed(events: number): void {
    if (!this.isAhead) this.note({ kind: 'passed', events });
  }

  /** The first step that is ahead; undefined: none is. */
  get step(): Step | undefined {
    for (const decision of this.#ahead()) if (isStep(decision)) return decision;
    return undefined;
  }

  /** The first step that is ahead has been taken: what stands before it is behind, too. */
  passStep(): void {
    let count = 0;
    for (const decision of this.#ahead()) {
      count++;
      if (isStep(decision)) break;
    }
    this.#journal.pass(count);
  }

  /** In which order the files of a location were read before its next step. */
  *filesOf(location: number): Iterable<string> {
    for (const decision of this.#ahead()) {
      if (isStep(decision)) break;
      // A later decision is about files that have come since.
      if (decision.kind === 'files' && decision.location === location) yield* decision.keys;
    }
  }

  /** A file is begun, in the order that is known. */
  passFiles(): void {
    while (this.#next?.kind === 'files') this.#journal.pass();
  }

  /**
   * Writes the times at which the next events came to the front of `times`: those of the run before, and behind them now.
   * @param before events before them, of all runs
   */
  stampArrival(times: Float64Array, before: number, events: number, now: () => number): void {
    let done = 0;
    while (done < events) {
      const clock = this.clockAt(before + done);
      if (clock !== undefined) {
        this.#met.push(clock);
        this.passClock();
        continue;
      }
      const next = this.#next;
      if (next?.kind !== 'arrived') break;
      const upTo = Math.max(done, Math.min(events, next.events - before));
      times.fill(next.time, done, upTo);
      done = upTo;
      if (before + done < next.events) break;
      this.#journal.pass();
    }
    if (done === events) return;
    const time = now();
    this.note({ kind: 'arrived', events: before + events, time });
    times.fill(time, done, events);
  }
}
