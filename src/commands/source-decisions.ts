import type { SourceJournal } from './stage.ts';

/** What a run of a source has decided that its input does not tell; locations by their number. */
type Decision =
  /** The events up to this number, of all runs, came at this time, epoch ms. */
  | { readonly kind: 'arrived'; readonly events: number; readonly time: number }
  /** The files of a directory or a pattern are read in the order of these keys. */
  | { readonly kind: 'files'; readonly location: number; readonly keys: readonly string[] }
  | Step;

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

  constructor(journal: SourceJournal) {
    this.#journal = journal;
  }

  get #next(): Decision | undefined {
    return this.#journal.next as Decision | undefined;
  }

  *#ahead(): Iterable<Decision> {
    yield* this.#journal.ahead() as Iterable<Decision>;
  }

  note(decision: Decision): void {
    this.#journal.note(decision);
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
    for (;;) {
      const next = this.#next;
      if (next?.kind !== 'arrived' || done === events) break;
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
