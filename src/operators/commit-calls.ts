import { TidemarkError, usageError } from '../errors.ts';
import type { EndReason, Header } from '../stream/marker.ts';
import { isThenable, type ModuleHost } from './map-module.ts';

/**
 * Functions that wait until what was done is committed: with `--state` until the epoch is in which they were given, without
 * it until the stream has its end; where it has none, until what was done is handed on. They are not kept: what was given
 * and not called when the process dies is called when its events come again, and never if their epoch was committed.
 */
export class CommitCalls {
  /** Whether the stage takes part in epochs, where there are any. */
  readonly inEpochs: boolean;
  readonly #host: ModuleHost;
  /** Given since the last barrier. */
  #given: (() => unknown)[] = [];
  /** Those of epochs that are not committed, in order. */
  #waiting: { readonly epoch: number; readonly calls: (() => unknown)[] }[] = [];
  #kept = false;
  #bounded = true;

  constructor(host: ModuleHost, inEpochs: boolean) {
    this.#host = host;
    this.inEpochs = inEpochs;
  }

  begin(header: Header): void {
    this.#kept = header.state !== undefined;
    this.#bounded = header.bounded;
  }

  /** @throws TidemarkError `usage` where nobody would tell of the commit */
  expectPossible(): void {
    if (this.#kept && !this.inEpochs)
      throw usageError(
        'context.afterCommit is called by a module that takes no part in epochs',
        'it says so by commits: true beside its functions; with --by FIELDS it does anyway',
      );
  }

  add(call: () => unknown): void {
    this.#given.push(call);
  }

  barrier(epoch: number): void {
    if (this.#given.length === 0) return;
    this.#waiting.push({ epoch, calls: this.#given });
    this.#given = [];
  }

  /** May be called again for the same epoch. */
  async committed(epoch: number): Promise<void> {
    while (this.#waiting.length > 0 && this.#waiting[0]!.epoch <= epoch) {
      await this.#call(this.#waiting.shift()!.calls);
    }
  }

  /** All of a batch has been handed on. */
  handedOn(): undefined | Promise<void> {
    return this.#kept || this.#bounded || this.#given.length === 0 ? undefined : this.#callGiven();
  }

  /** The end has been handed on. */
  async ended(reason: EndReason): Promise<void> {
    if (!this.#kept && reason === 'drained') await this.#callGiven();
  }

  #callGiven(): Promise<void> {
    const calls = this.#given;
    this.#given = [];
    return this.#call(calls);
  }

  async #call(calls: readonly (() => unknown)[]): Promise<void> {
    for (const call of calls) {
      try {
        const given = call();
        if (isThenable(given)) await this.#host.within(given, 'afterCommit');
      } catch (error) {
        throw new TidemarkError('failed', `${this.#host.reason(error)} (in afterCommit)`, { cause: error });
      }
    }
  }
}
