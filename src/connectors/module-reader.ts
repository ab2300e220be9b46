import { Buffer } from 'node:buffer';
import { setTimeout as sleep } from 'node:timers/promises';
import { TidemarkError } from '../errors.ts';
import type { SplitReader } from './connector.ts';
import { failureOf, type ModuleRecord, type SourceModule } from './source-module.ts';
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
    const { name } = this.#reading;
    for (;;) {
      let result: IteratorResult<ModuleRecord, unknown> | 'later';
      try {
        this.#records ??= this.#begin();
        this.#next ??= this.#records.next();
        result = await (hasSome ? Promise.race([this.#next, turn()]) : this.#untilStopped(this.#next));
      } catch (error) {
        throw failureOf(name, error);
      }
      if (result === 'later') return this.#stop.signal.aborted ? 'none' : 'later';
      this.#next = undefined;
      if (result.done !== true) return result.value;
      this.#records = undefined;
      const resumeAfter = this.#stop.signal.aborted ? undefined : waitOf(name, result.value);
      if (resumeAfter === undefined) {
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
    this.#records = this.#begin();
    return this.#records.next();
  }

  /** @throws TidemarkError `failed` where `read` is no generator */
  #begin(): AsyncGenerator<ModuleRecord, unknown, void> {
    const { source, parameters, name } = this.#reading;
    const { signal } = this.#stop;
    const records = source.read(this.#tracker, { position: this.#position, parameters, signal });
    if (typeof records?.next === 'function') return records;
    throw new TidemarkError('failed', `read of ${name} is no generator`, {
      hint: 'it is written async *read(tracker, context), and yields records',
    });
  }

  #take(record: ModuleRecord): void {
    const { name, onRecord } = this.#reading;
    const { value, position, id } = Object(record) as Partial<ModuleRecord>;
    const text = typeof value === 'string' ? value : jsonOf(value);
    if (text === undefined || text === '' || text.includes('\n')) {
      throw new TidemarkError('failed', `${name} gave what is no line of JSON`, {
        hint: 'a record is { value: OBJECT }, or { value: TEXT } where TEXT is JSON without line ends',
      });
    }
    const own = ownPosition(name, position);
    if (own !== undefined) this.#position = own;
    if (onRecord({ value, position: own, id })) this.#rest = Buffer.from(`${text}\n`);
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
    Promise.resolve(this.#records?.return?.(undefined)).catch(() => {});
  }
}

/** Milliseconds that a timer takes at most. */
const LONGEST_WAIT = 2 ** 31 - 1;

/**
 * What `read` has returned: milliseconds to wait, or undefined at the end.
 * @throws TidemarkError `failed` for anything else
 */
function waitOf(name: string, returned: unknown): number | undefined {
  if (returned === undefined) return undefined;
  const { resumeAfter } = Object(returned) as { resumeAfter?: unknown };
  if (typeof resumeAfter === 'number' && resumeAfter >= 0) return Math.min(resumeAfter, LONGEST_WAIT);
  throw new TidemarkError('failed', `read of ${name} returned what is no { resumeAfter: MILLISECONDS }`, {
    hint: 'where all is read it returns nothing',
  });
}

/** @returns undefined for what has no JSON */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/**
 * A position as it is now: a module may go on with the object that it gave.
 * @throws TidemarkError `failed` for one that would not be given back as it is
 */
function ownPosition(name: string, position: unknown): unknown {
  if (position === undefined || typeof position === 'string' || Number.isFinite(position)) return position;
  const text = jsonOf(position);
  // Also what becomes null (NaN): who reads it back takes it for the start.
  if (text !== undefined && text !== 'null') return JSON.parse(text) as unknown;
  throw new TidemarkError('failed', `${name} gave a position that is no JSON, or null`, {
    hint: 'a position is given back to the next run, and says where to go on',
  });
}

const turn = (): Promise<'later'> => new Promise((resolve) => setImmediate(() => resolve('later')));

/** A module that has said that it is done is not asked again. */
const EMPTY: AsyncGenerator<ModuleRecord, unknown, void> = (async function* () {})();
