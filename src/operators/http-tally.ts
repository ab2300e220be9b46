import type { SnapshotReader, SnapshotWriter } from '../state/snapshot.ts';
import { formatDuration } from '../time/duration.ts';
import type { OperatorContext } from './operator.ts';

/** What becomes of an event without an answer; `letter`: it goes to the dead letters. */
export type OnFailure = 'fail' | 'drop' | 'pass' | 'letter';

/** A wait that is told: with a server that asks for an hour the stream stands still. */
const LONG_WAIT = 60_000;

/** What happens to an event that failed, in words. */
const FATES = { drop: 'left out', pass: 'passed on with null', letter: 'a dead letter' } as const;

/** Counts what became of requests, and tells what of it people should know. */
export class HttpTally {
  readonly #context: OperatorContext;
  readonly #onFailure: OnFailure;
  /** In this run and in those that it goes on from. */
  #answers = 0;
  /** Answers that nothing is known; of all runs too. */
  #unknown = 0;
  /** In this run: each tells its own. */
  #failures = 0;
  #longWaitTold = false;

  constructor(onFailure: OnFailure, context: OperatorContext) {
    this.#onFailure = onFailure;
    this.#context = context;
  }

  answer(status: number): void {
    this.#answers++;
    if (status === 404) this.#unknown++;
  }

  /** @param line 0: from no line of this input */
  failure(line: number, reason: string): void {
    this.#context.count('failed', 1);
    if (++this.#failures > 1 || this.#onFailure === 'fail') return;
    this.#context.notice(
      `${line === 0 ? '' : `line ${line}: `}${reason}: the event is ${FATES[this.#onFailure]}`,
    );
  }

  wait(url: string, milliseconds: number): void {
    this.#context.count('retries', 1);
    if (milliseconds < LONG_WAIT || this.#longWaitTold) return;
    this.#longWaitTold = true;
    this.#context.notice(
      `the server asks to wait ${formatDuration(Math.round(milliseconds / 1000) * 1000)} (${url})`,
      '--until AGE gives up on events that grow too old',
    );
  }

  /** The run ends, and these events have no answer. */
  left(events: number): void {
    if (events === 0) return;
    const subject = events === 1 ? 'one event has' : `${events.toLocaleString('en')} events have`;
    this.#context.notice(`${subject} no answer yet: the next run asks again`);
  }

  end(): void {
    if (this.#failures > 1) {
      const fate = this.#onFailure === 'pass' ? 'had no answer' : 'were left out';
      this.#context.notice(`${this.#failures.toLocaleString('en')} events ${fate} in all`);
    }
    if (this.#answers > 1 && this.#unknown === this.#answers)
      this.#context.notice('every answer was 404, not found: is the URL right?');
  }

  save(out: SnapshotWriter): void {
    out.value('answers', [this.#answers, this.#unknown]);
  }

  restore(from: SnapshotReader): void {
    const counted = from.value('answers') as [number, number] | undefined;
    if (counted !== undefined) [this.#answers, this.#unknown] = counted;
  }
}
