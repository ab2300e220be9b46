import type { Steps } from './module-calls.ts';
import { settle } from './work.ts';

/** What stands in the order of the input. */
interface Entry {
  running: boolean;
  /** Nothing before it is left: it may hand on what it has, as it comes. */
  isFirst: boolean;
  /** Tells it so, where it waits. */
  tell: (() => void) | undefined;
  finish: () => Steps;
}

/** For a call that has much to give: what it gives goes out in the order of the input. */
export interface Turn {
  /** Settles when all before it is out; undefined: it is. */
  come(): undefined | Promise<void>;
}

/**
 * Calls that are under way side by side, a bounded number of them; what is to be done when they are over is done in the
 * order in which they were begun, and what stands between them keeps its place.
 */
export class CallsInOrder {
  readonly #limit: number;
  readonly #flush: () => Steps;
  /** In order; those before `#gone` are done. Freed whenever all are. */
  #entries: Entry[] = [];
  #gone = 0;
  #running = 0;
  /** Wakes who waits until a call is over. */
  #wake: () => void = () => {};

  /** @param flush hands on what is done, before anything is waited for */
  constructor(limit: number, flush: () => Steps) {
    this.#limit = limit;
    this.#flush = flush;
  }

  /** How many calls are under way. */
  get running(): number {
    return this.#running;
  }

  /** Waits until one more call may begin, and `free` says so. */
  *room(free: () => boolean): Steps {
    while (this.#running >= this.#limit || !free()) yield* this.#goOn();
  }

  /**
   * Begins a call. There is room.
   * @param work what it throws is thrown when its turn has come
   * @param finish called when it is over and its turn has come
   */
  begin(work: (turn: Turn) => Steps, finish: () => Steps): void {
    const entry: Entry = { running: true, isFirst: false, tell: undefined, finish };
    this.#entries.push(entry);
    this.#running++;
    const over = (): void => {
      entry.running = false;
      this.#running--;
      this.#wake();
    };
    const turn: Turn = {
      come: () =>
        entry.isFirst
          ? undefined
          : new Promise((resolve) => {
              entry.tell = resolve;
            }),
    };
    const waiting = settle(work(turn));
    if (waiting === undefined) over();
    else
      waiting.then(over, (error: unknown) => {
        // biome-ignore lint/correctness/useYield: it throws in the place of steps
        entry.finish = function* () {
          throw error;
        };
        over();
      });
  }

  /** Does something when its turn has come. */
  *inTurn(finish: () => Steps): Steps {
    if (this.#gone === this.#entries.length) yield* finish();
    else this.#entries.push({ running: false, isFirst: false, tell: undefined, finish });
  }

  /** Waits until all is done. */
  *drained(): Steps {
    while (this.#gone < this.#entries.length) yield* this.#goOn();
  }

  /** Does what can be done, or waits until a call is over. */
  *#goOn(): Steps {
    const first = this.#entries[this.#gone]!;
    if (!first.running) {
      yield* this.#finishFirst();
      return;
    }
    if (!first.isFirst) {
      const running = this.#running;
      yield* this.#flush();
      // What is over by now would wake nobody any more.
      if (this.#running < running) return;
      first.isFirst = true;
      first.tell?.();
    }
    yield new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  *#finishFirst(): Steps {
    while (this.#gone < this.#entries.length && !this.#entries[this.#gone]!.running)
      yield* this.#entries[this.#gone++]!.finish();
    if (this.#gone < this.#entries.length) return;
    this.#entries = [];
    this.#gone = 0;
  }
}
