import { Buffer } from 'node:buffer';
import { setTimeout as sleep } from 'node:timers/promises';
import { TidemarkError } from '../errors.ts';
import type { SplitReader } from './connector.ts';
import { type ModuleRecord, messageOf, type SourceModule } from './source-module.ts';
import type { Tracker } from './tracker.ts';

export interface ModuleReading {
  /** For messages. */
  readonly name: string;
  readonly source: SourceModule;
  readonly tracker: Tracker;
  readonly parameters: Readonly<Record<string, string>>;
  /** Where an earlier run has stopped. */
  readonly position: unknown;
  /** Told of each record, in their order, before its line is given: false leaves it out. */
  onRecord(record: ModuleRecord): boolean;
}

/** Reads the records of a source module as lines of JSON, each as soon as it comes. */
export class ModuleReader implements SplitReader {
  readonly #reading: ModuleReading;
  readonly #stop = new AbortController();
  readonly #tracker: Tracker;
  #records: AsyncGenerator<ModuleRecord, unknown, void> | undefined;
  /** The step of the generator that has not been taken yet. */
  #next: Promise<IteratorResult<ModuleRecord, unknown>> | undefined;
  /** What of a line has not been given. */
  #rest: Buffer = Buffer.alloc(0);
  /** Where the module goes on when it is asked again. */
  #position: unknown;
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => this.#stop.abort();

  constructor(reading: ModuleReading, signal: AbortSignal) {
    this.#reading = reading;
    this.#position = reading.position;
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort);
    const { tracker } = reading;
    this.#tracker = {
      get restriction() {
        return tracker.restriction;
      },
      tryClaim: (position) => !this.#stop.signal.aborted && tracker.tryClaim(position),
      trySplit: (fraction) => tracker.trySplit(fraction),
      progress: () => tracker.progress(),
    };
  }

  async read(target: Buffer, offset: number): Promise<number> {
    let at = offset;
    while (at < target.length && !this.#stop.signal.aborted) {
      if (this.#rest.length > 0) {
        const count = this.#rest.copy(target, at);
        this.#rest = this.#rest.subarray(count);
        at += count;
        continue;
      }
      const step = await this.#step(at > offset);
      if (step === 'none') break;
      if (step === 'later') return at - offset;
      this.#take(step);
    }
    return this.#stop.signal.aborted ? 0 : at - offset;
  }

  /** The next record; `later`: none is there, and what is at hand need not wait; `none`: there are no more. */
  async #step(hasSome: boolean): Promise<ModuleRecord | 'later' | 'none'> {
    const { source, parameters, name } = this.#reading;
    for (;;) {
      this.#records ??= source.read(this.#tracker, {
        position: this.#position,
        parameters,
        signal: this.#stop.signal,
      });
      this.#next ??= this.#records.next();
      let result: IteratorResult<ModuleRecord, unknown> | 'later';
      try {
        result = await (hasSome ? Promise.race([this.#next, turn()]) : this.#untilStopped(this.#next));
      } catch (error) {
        throw new TidemarkError('failed', `${name} failed: ${messageOf(error)}`, { cause: error });
      }
      if (result === 'later') return this.#stop.signal.aborted ? 'none' : 'later';
      this.#next = undefined;
      if (result.done !== true) return result.value;
      this.#records = undefined;
      const { resumeAfter } = (result.value ?? {}) as { resumeAfter?: number };
      if (resumeAfter === undefined || this.#stop.signal.aborted) {
        this.#records = EMPTY;
        return 'none';
      }
      if (hasSome) {
        // What is at hand goes first; the wait begins with the next read.
        this.#next = this.#afterwards(resumeAfter);
        return 'later';
      }
      await this.#sleep(resumeAfter);
    }
  }

  /** Asks the module again after a while. */
  async #afterwards(milliseconds: number): Promise<IteratorResult<ModuleRecord, unknown>> {
    await this.#sleep(milliseconds);
    const { source, parameters } = this.#reading;
    this.#records = source.read(this.#tracker, {
      position: this.#position,
      parameters,
      signal: this.#stop.signal,
    });
    return this.#records.next();
  }

  #take(record: ModuleRecord): void {
    this.#position = record.position ?? this.#position;
    if (!this.#reading.onRecord(record)) return;
    const { value } = record;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (text === undefined || text.includes('\n')) {
      throw new TidemarkError('failed', `${this.#reading.name} gave what is no line of JSON`, {
        hint: 'a record is { value: OBJECT }, or { value: TEXT } where TEXT is JSON without line ends',
      });
    }
    this.#rest = Buffer.from(`${text}\n`);
  }

  async #sleep(milliseconds: number): Promise<void> {
    try {
      await sleep(milliseconds, undefined, { signal: this.#stop.signal });
    } catch {
      // The run is to stop.
    }
  }

  /** Also ends when the run is to stop: then it is `later`. */
  async #untilStopped<T>(promise: Promise<T>): Promise<T | 'later'> {
    if (this.#stop.signal.aborted) return 'later';
    let onAbort = (): void => {};
    const stopped = new Promise<'later'>((resolve) => {
      onAbort = () => resolve('later');
      this.#stop.signal.addEventListener('abort', onAbort, { once: true });
    });
    try {
      return await Promise.race([promise, stopped]);
    } finally {
      this.#stop.signal.removeEventListener('abort', onAbort);
    }
  }

  async close(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#stop.abort();
    // What it still does is of no use; what it throws then is not told.
    this.#next?.catch(() => {});
    this.#records?.return(undefined).catch(() => {});
  }
}

const turn = (): Promise<'later'> => new Promise((resolve) => setImmediate(() => resolve('later')));

/** A module that has said that it is done is not asked again. */
const EMPTY: AsyncGenerator<ModuleRecord, unknown, void> = (async function* () {})();
