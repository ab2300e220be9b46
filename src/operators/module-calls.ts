import { TidemarkError } from '../errors.ts';
import { isThenable, type ModuleHost, TooLong } from './map-module.ts';

/** Work that the runtime drains: see `Work`. */
export type Steps<T = void> = Generator<undefined | Promise<void>, T, void>;

/** Calls functions of a module, sync or async, and waits for what they give. */
export class ModuleCalls {
  readonly #host: ModuleHost;

  constructor(host: ModuleHost) {
    this.#host = host;
  }

  /** Calls what belongs to no event: what it throws ends the run. @throws TidemarkError */
  *around(what: string, call: () => unknown): Steps {
    try {
      const given = call();
      if (isThenable(given)) yield* this.#wait(given, what);
    } catch (error) {
      throw this.failure(what, error);
    }
  }

  /**
   * Takes what a call has given: nothing, an event, or several, each as soon as it is there.
   * @param take deals with one of several
   */
  *each(given: unknown, what: string, take: (event: unknown) => Steps): Steps {
    const value = isThenable(given) ? yield* this.#wait(given, what) : given;
    if (value === undefined || value === null) return;
    const several = value as Partial<Iterable<unknown> & AsyncIterable<unknown>>;
    if (typeof value === 'object' && typeof several[Symbol.asyncIterator] === 'function') {
      yield* this.#eachAsync(several as AsyncIterable<unknown>, what, take);
      return;
    }
    if (typeof value !== 'object' || typeof several[Symbol.iterator] !== 'function') yield* take(value);
    else
      for (const event of several as Iterable<unknown>)
        if (event !== undefined && event !== null) yield* take(event);
  }

  *#eachAsync(several: AsyncIterable<unknown>, what: string, take: (event: unknown) => Steps): Steps {
    const events = several[Symbol.asyncIterator]();
    let over = false;
    try {
      for (;;) {
        over = true;
        const step = (yield* this.#wait(events.next(), what)) as IteratorResult<unknown>;
        if (step.done === true) return;
        over = false;
        if (step.value !== undefined && step.value !== null) yield* take(step.value);
      }
    } finally {
      // What it gave is no event, or cannot be handed on: it may have something to close, and nobody waits for that.
      if (!over) events.return?.()?.then(undefined, () => undefined);
    }
  }

  /** What is told of an error that ends the run. */
  failure(what: string, error: unknown): TidemarkError {
    if (error instanceof TooLong || (error instanceof TidemarkError && error.code === 'usage')) return error;
    return new TidemarkError('failed', `${this.#host.reason(error)} (in ${what})`, { cause: error });
  }

  *#wait(promise: PromiseLike<unknown>, what: string): Steps<unknown> {
    // Who drains the steps does not throw into them: what was rejected is kept, and thrown here.
    const settled: { value?: unknown; error?: { readonly thrown: unknown } } = {};
    yield this.#host.within(promise, what).then(
      (value) => {
        settled.value = value;
      },
      (thrown) => {
        settled.error = { thrown };
      },
    );
    if (settled.error !== undefined) throw settled.error.thrown;
    return settled.value;
  }
}
