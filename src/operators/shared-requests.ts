import { formatDuration } from '../time/duration.ts';
import { retryDelay } from './retry-delay.ts';
import type { World } from './world.ts';

/** What one attempt came to. */
export type Attempt<V> =
  | { readonly kind: 'done'; readonly value: V }
  /** To try again would not help. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** It may work later. `wait`: milliseconds until then, where the other side told. */
  | { readonly kind: 'failed'; readonly reason: string; readonly wait?: number };

/** What a request came to, for one of those who waited for it. */
export type Outcome<V> =
  | { readonly ok: true; readonly value: V }
  | { readonly ok: false; readonly reason: string };

export interface SharedRequestsOptions<V> {
  /** Requests that are under way at once, those that wait for their next attempt included. */
  readonly concurrency: number;
  /** Attempts behind the first. */
  readonly retry: number;
  /** No attempt is made for an event that is older than this, processing time − event time, ms. */
  readonly until: number | undefined;
  readonly world: World;
  /** Asks once. Equal keys that are wanted at the same time are asked for once. */
  attempt(key: string): Promise<Attempt<V>>;
  /** A key as it stands in messages. */
  named(key: string): string;
  settle(ticket: number, outcome: Outcome<V>): void;
  /** An attempt is to wait for so many milliseconds. */
  waiting(key: string, milliseconds: number): void;
  /** What an attempt rejected with: a bug. */
  broken(error: unknown): void;
}

interface Request {
  readonly key: string;
  /** Those who wait for it, and the times of their events, ms. */
  tickets: number[];
  times: number[];
}

/**
 * Requests with retries, a bounded number at once, shared by those who ask for the same at the same time. Each
 * event gives up for itself: the request goes on as long as one waits for it.
 */
export class SharedRequests<V> {
  readonly #options: SharedRequestsOptions<V>;
  /** What is under way, by key. */
  readonly #running = new Map<string, Request>();
  readonly #stop = new AbortController();
  /** Wakes the one who waits for a slot. */
  #wake: () => void = () => {};

  constructor(options: SharedRequestsOptions<V>) {
    this.#options = options;
  }

  /**
   * Waits until `join` may be called for the key; undefined: it may now. After `abort` nobody waits.
   */
  slot(key: string): undefined | Promise<void> {
    return this.#mayJoin(key) ? undefined : this.#untilFree(key);
  }

  /** Asks for an event of the time `time`; `settle` is called with the ticket when it is done, never at once. */
  join(key: string, time: number, ticket: number): void {
    if (this.#stop.signal.aborted) return;
    const request = this.#running.get(key);
    if (request !== undefined) {
      request.tickets.push(ticket);
      request.times.push(time);
      return;
    }
    const begun: Request = { key, tickets: [ticket], times: [time] };
    this.#running.set(key, begun);
    this.#run(begun).catch((error) => this.#options.broken(error));
  }

  /** Ends all waiting; nothing is settled any more. */
  abort(): void {
    this.#stop.abort();
    this.#wake();
  }

  #mayJoin(key: string): boolean {
    return (
      this.#running.size < this.#options.concurrency || this.#running.has(key) || this.#stop.signal.aborted
    );
  }

  async #untilFree(key: string): Promise<void> {
    while (!this.#mayJoin(key)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async #run(request: Request): Promise<void> {
    const { retry, world, attempt } = this.#options;
    const name = this.#options.named(request.key);
    const { signal } = this.#stop;
    // An answer that is there at once must not come before `join` has returned.
    await undefined;
    for (let made = 0, reason = `${name} was not asked for`; ; ) {
      this.#giveUpOld(request, world.clock(), reason);
      if (signal.aborted || request.tickets.length === 0) break;
      const result = await attempt(request.key);
      made++;
      if (signal.aborted) break;
      if (result.kind === 'done') {
        this.#settle(request, { ok: true, value: result.value });
        break;
      }
      reason = `${name}: ${result.reason}${made === 1 ? '' : `, after ${made} attempts`}`;
      if (result.kind === 'refused' || made > retry) {
        this.#settle(request, { ok: false, reason });
        break;
      }
      const delay = retryDelay(made, world.random(), result.wait);
      // Whoever would be too old at the next attempt need not wait for it.
      this.#giveUpOld(request, world.clock() + delay, reason);
      if (request.tickets.length === 0) break;
      this.#options.waiting(request.key, delay);
      await world.sleep(delay, signal);
    }
    this.#running.delete(request.key);
    this.#wake();
  }

  #giveUpOld(request: Request, now: number, reason: string): void {
    const { until, settle } = this.#options;
    if (until === undefined) return;
    const { tickets, times } = request;
    request.tickets = [];
    request.times = [];
    tickets.forEach((ticket, index) => {
      const time = times[index]!;
      if (now - time > until) {
        settle(ticket, { ok: false, reason: `${reason}; the event is older than ${formatDuration(until)}` });
        return;
      }
      request.tickets.push(ticket);
      request.times.push(time);
    });
  }

  #settle(request: Request, outcome: Outcome<V>): void {
    for (const ticket of request.tickets) this.#options.settle(ticket, outcome);
    request.tickets = [];
  }
}
