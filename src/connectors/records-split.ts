import { Buffer } from 'node:buffer';
import { setMaxListeners } from 'node:events';
import { Readable } from 'node:stream';
import { TidemarkError } from '../errors.ts';
import { plainText } from '../json/plain-value.ts';
import type { Split, SplitReader } from './connector.ts';
import { turn } from './regular-reader.ts';
import { cannotRead } from './system-error.ts';

/**
 * What a program gives as a location: objects, each of which is a record, or pieces of text and bytes, which are read as
 * those of a file. One is asked for when the one before has been handed on, or fits behind it.
 */
export const recordsSplit = (name: string, records: Iterable<unknown> | AsyncIterable<unknown>): Split => ({
  name,
  open: async (signal) => new RecordsReader(name, records, signal),
});

/** It is not there yet. */
const LATER = Symbol('later');
/** Turns of the microtask queue in which a generator gives what it has at hand. */
const TURNS = 8;
/** After so many of them the event loop turns once: a generator that never waits must not deafen the process. */
const TURN_AFTER_RECORDS = 1024;

class RecordsReader implements SplitReader {
  readonly #name: string;
  readonly #given: unknown;
  readonly #records: Iterator<unknown> | AsyncIterator<unknown>;
  readonly #aborted: Promise<typeof LATER>;
  readonly #signal: AbortSignal;
  #stop: () => void = () => {};
  /** Asked for, and not there yet. */
  #pending: Promise<IteratorResult<unknown>> | undefined;
  /** What did not fit. */
  #rest: Buffer | undefined;
  #ended = false;
  /** Asked for since the event loop turned last. */
  #unturned = 0;
  /** Objects so far. */
  #count = 0;

  constructor(name: string, records: Iterable<unknown> | AsyncIterable<unknown>, signal: AbortSignal) {
    this.#name = name;
    this.#given = records;
    this.#signal = signal;
    this.#records =
      Symbol.asyncIterator in records ? records[Symbol.asyncIterator]() : records[Symbol.iterator]();
    this.#aborted = new Promise((resolve) => {
      this.#stop = () => resolve(LATER);
    });
    // As many as a program has pipelines may wait for one signal.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', this.#stop);
    if (signal.aborted) this.#stop();
  }

  /** So does a stream of bytes, which may be one of several that one writer gives to by turns. */
  get holdsWriter(): boolean {
    return this.#given instanceof Readable && !this.#given.readableObjectMode;
  }

  async read(target: Buffer, offset: number): Promise<number> {
    let at = offset;
    if (this.#rest !== undefined) {
      at = this.#put(this.#rest, target, at);
      if (this.#rest !== undefined) return at - offset;
    }
    while (!this.#ended && !this.#signal.aborted) {
      if (++this.#unturned >= TURN_AFTER_RECORDS) {
        this.#unturned = 0;
        await turn();
        if (this.#signal.aborted) break;
      }
      const step = await this.#next(at > offset);
      if (step === LATER) break;
      if (step.done === true) this.#ended = true;
      else at = this.#write(step.value, target, at);
      if (this.#rest !== undefined) break;
    }
    return at - offset;
  }

  /** @param atOnce gives LATER where there is nothing at hand */
  async #next(atOnce: boolean): Promise<IteratorResult<unknown> | typeof LATER> {
    try {
      if (this.#pending === undefined) {
        const step = this.#records.next();
        if (!(step instanceof Promise)) return step;
        this.#pending = step;
        // Whoever waits for it is told; while nobody does, that is no reason to end the process.
        step.catch(() => {});
      }
      const step = await Promise.race([this.#pending, atOnce ? turns() : this.#aborted]);
      if (step !== LATER) this.#pending = undefined;
      return step;
    } catch (error) {
      this.#ended = true;
      throw cannotRead(this.#name, error);
    }
  }

  /** Puts as much as fits; the rest waits. @returns where it ends */
  #put(bytes: Buffer, target: Buffer, at: number): number {
    const count = bytes.copy(target, at);
    this.#rest = count < bytes.length ? bytes.subarray(count) : undefined;
    return at + count;
  }

  #write(value: unknown, target: Buffer, at: number): number {
    if (value instanceof Uint8Array)
      return this.#put(Buffer.from(value.buffer, value.byteOffset, value.byteLength), target, at);
    const text = typeof value === 'string' ? value : `${this.#textOf(value)}\n`;
    // What surely fits needs no bytes of its own: a code unit of UTF-16 has three at most.
    if (text.length * 3 <= target.length - at) return at + target.write(text, at);
    return this.#put(Buffer.from(text), target, at);
  }

  #textOf(value: unknown): string {
    this.#count++;
    try {
      return plainText(value);
    } catch (error) {
      if (!(error instanceof TidemarkError)) throw error;
      throw new TidemarkError('failed', error.message, {
        where: this.#name,
        line: this.#count,
        hint: 'a record is an object of texts, numbers, bigints, true, false, null, lists and objects',
        cause: error,
      });
    }
  }

  async close(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#stop);
    if (this.#ended) return;
    this.#ended = true;
    // A stream ends also while it waits; a generator hears of it when it has its next record, if ever.
    if (this.#given instanceof Readable) this.#given.destroy();
    const left = this.#records.return?.();
    if (!(left instanceof Promise)) return;
    if (this.#pending === undefined) await left.catch(() => {});
    else left.catch(() => {});
  }
}

async function turns(): Promise<typeof LATER> {
  for (let i = 0; i < TURNS; i++) await undefined;
  return LATER;
}
