import type { World } from '../operators/world.ts';
import { parseDuration } from '../time/duration.ts';

interface Sleeper {
  readonly due: number;
  /** Time goes by for it; else it only sees how time goes by for others. */
  readonly waits: boolean;
  wake(): void;
}

/**
 * Processing time that goes on only when it is told to: for `testPipeline`, and for whatever else in a test asks what time
 * it is.
 */
export class VirtualClock implements World {
  #now: number;
  #sleepers: Sleeper[] = [];
  /** Nobody advances it any more: who sleeps is woken at once, as late as they wanted. */
  #released = false;

  /** How many steps of a script have been taken; it gives undefined while one is at work. Undefined: there is no script. */
  #taken: (() => number | undefined) | undefined;

  /** @param start epoch milliseconds, or a time as in RFC 3339 */
  constructor(start: number | string = 0) {
    this.#now = typeof start === 'string' ? Date.parse(start) : start;
  }

  /** Epoch milliseconds. */
  readonly now = (): number => this.#now;
  readonly clock = this.now;

  /** Always the same. */
  random(): number {
    return 0;
  }

  /** Settles when it has been advanced by so many milliseconds, or the signal is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const sleeper: Sleeper = {
        due: this.#now + milliseconds,
        waits: true,
        wake: () => {
          signal.removeEventListener('abort', sleeper.wake);
          this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
          resolve();
        },
      };
      if (signal.aborted) {
        resolve();
        return;
      }
      signal.addEventListener('abort', sleeper.wake);
      this.#sleepers.push(sleeper);
      if (this.#released) setImmediate(() => this.#wakeUntil(sleeper.due));
      else if (this.#taken !== undefined) void this.#wakeWhereStuck(sleeper, this.#taken);
    });
  }

  /** The same: whoever advances it may do so also while input is waited for. */
  quiet(milliseconds: number, signal: AbortSignal): Promise<void> {
    return this.sleep(milliseconds, signal);
  }

  /** Settles when so many milliseconds have gone by for others, and never once the signal is aborted. */
  deadline(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const leave = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        signal.removeEventListener('abort', leave);
      };
      const sleeper: Sleeper = {
        due: this.#now + milliseconds,
        waits: false,
        wake: () => {
          leave();
          resolve();
        },
      };
      if (signal.aborted) return;
      signal.addEventListener('abort', leave);
      this.#sleepers.push(sleeper);
    });
  }

  /** Goes on by `'90s'` or milliseconds; whoever has slept until then has been woken, in order, when it settles. */
  async advance(by: number | string): Promise<void> {
    const until = this.#now + (typeof by === 'string' ? parseDuration(by) : by);
    await turn();
    for (;;) {
      const due = this.#sleepers.reduce((least, sleeper) => Math.min(least, sleeper.due), Infinity);
      if (due > until) break;
      this.#wakeUntil(due);
      // Who is woken may sleep again.
      await turn();
    }
    this.#now = until;
  }

  /** Of a script: where no step is taken because of somebody who sleeps, that time passes. */
  follow(taken: () => number | undefined): void {
    this.#taken = taken;
  }

  async #wakeWhereStuck(sleeper: Sleeper, taken: () => number | undefined): Promise<void> {
    while (!this.#released && this.#sleepers.includes(sleeper)) {
      const before = taken();
      await turn();
      if (before === undefined) await turn();
      else if (before === taken() && this.#sleepers.includes(sleeper))
        this.#wakeUntil(Math.min(...this.#sleepers.map(({ due }) => due)));
    }
  }

  /** From here on nobody advances it. */
  release(): void {
    this.#released = true;
    for (const { due } of this.#sleepers.filter(({ waits }) => waits).sort(byDue)) this.#wakeUntil(due);
  }

  #wakeUntil(time: number): void {
    this.#now = Math.max(this.#now, time);
    for (const sleeper of [...this.#sleepers].sort(byDue)) if (sleeper.due <= this.#now) sleeper.wake();
  }
}

const byDue = (a: Sleeper, b: Sleeper): number => a.due - b.due;

/** All that can go on without time has gone on. */
async function turn(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}
