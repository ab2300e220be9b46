import { TidemarkError } from '../errors.ts';
import { MAIN, type Operator, type OperatorContext } from '../operators/operator.ts';
import { type Batch, EVENT } from '../stream/batch.ts';
import type { Marker } from '../stream/marker.ts';
import { eventAt, eventCount, type TimedEvent } from './event.ts';

interface Waiting<T> {
  resolve(result: IteratorResult<TimedEvent<T>, undefined>): void;
  reject(error: unknown): void;
}

const DONE = { done: true, value: undefined } as const;

/**
 * The end of a pipeline that is read event by event. A batch is given back when the reader asks for what is behind its last
 * event: so a slow reader holds the source, and what is saved at a barrier has been dealt with.
 */
export class EventReader<T> {
  /** The batch that is read, from `#row` and its window `#index` on; undefined: none. */
  #batch: Batch | undefined;
  #row = 0;
  #index = 0;
  /** Gives the batch back. */
  #giveBack: () => void = () => {};
  /** Calls of `next` that wait for an event. */
  #waiting: Waiting<T>[] = [];
  /** Nobody reads on. */
  #left = false;
  /** The run has ended; an error is told once. */
  #ended = false;
  #failure: { readonly error: unknown } | undefined;

  /** The operator that gives the events to the reader. */
  operator(context: OperatorContext): Operator {
    return {
      // What was given is given again behind a barrier that was not committed: each event at least once.
      leaf: {
        recover: async () => {},
        prepare: async () => {
          if (this.#left) throw new TidemarkError('cut', 'the events are not read on');
          return null;
        },
        publish: async () => {},
      },
      onBatch: (_input: number, batch: Batch) => this.#give(batch),
      onMarker: (_input: number, marker: Marker) => context.emitMarker(MAIN, marker),
    };
  }

  next(): Promise<IteratorResult<TimedEvent<T>, undefined>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#serve();
    });
  }

  /** Nobody reads on: what comes now is dropped. */
  leave(): void {
    this.#left = true;
    this.#batch = undefined;
    this.#giveBack();
    this.#serve();
  }

  /** The run has ended. */
  end(): void {
    this.#ended = true;
    this.#serve();
  }

  fail(error: unknown): void {
    this.#failure = { error };
    this.end();
  }

  #give(batch: Batch): undefined | Promise<void> {
    if (this.#left) return undefined;
    this.#batch = batch;
    this.#row = -1;
    this.#advance();
    if (this.#batch === undefined) return undefined;
    const taken = new Promise<void>((resolve) => {
      this.#giveBack = resolve;
    });
    this.#serve();
    return taken;
  }

  /** To the next event; behind the last one there is no batch. */
  #advance(): void {
    const batch = this.#batch!;
    if (this.#row >= 0 && ++this.#index < eventCount(batch, this.#row)) return;
    this.#index = 0;
    do this.#row++;
    while (this.#row < batch.rows && batch.kind[this.#row] !== EVENT);
    if (this.#row === batch.rows) this.#batch = undefined;
  }

  #serve(): void {
    while (this.#waiting.length > 0) {
      const batch = this.#batch;
      if (batch !== undefined) {
        const { resolve, reject } = this.#waiting.shift()!;
        try {
          resolve({ done: false, value: eventAt<T>(batch, this.#row, this.#index) });
        } catch (error) {
          reject(error);
        }
        this.#advance();
        continue;
      }
      if (this.#failure !== undefined && !this.#left) {
        const { error } = this.#failure;
        this.#failure = undefined;
        this.#waiting.shift()!.reject(error);
      } else if (this.#ended || this.#left) this.#waiting.shift()!.resolve(DONE);
      else {
        // All that the batch had is dealt with.
        this.#giveBack();
        return;
      }
    }
  }
}
