import { TidemarkError } from '../errors.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import { type EventView, type Origin, type UserEvent, writeMembers } from './user-event.ts';

/** An event with a time of its own, made by `context.timed`. */
export class TimedEvent {
  readonly time: number;
  readonly event: object;

  constructor(time: number, event: object) {
    this.time = time;
    this.event = event;
  }
}

/** What a result comes from. */
export interface Giver {
  readonly origin: Origin;
  /** Undefined: a timer. */
  readonly view: EventView | undefined;
}

/** One result of a call. */
export interface Gain {
  readonly call: Giver;
  readonly output: number;
  /** ms. */
  readonly time: number;
  /** Where its members are in the bytes of the gains; -1: it is the event, as it came. */
  readonly start: number;
  readonly end: number;
}

/** What calls of a user's functions have given, until it is known whether they go well: then all of it counts, or nothing. */
export class Gains {
  results: Gain[] = [];
  readonly #bytes = new ByteWriter(1 << 8);
  /** Counters, and what is to be called when it is committed. */
  counted: [name: string, by: number][] = [];
  toCommit: (() => unknown)[] = [];
  /** Some results are out: it cannot be undone any more. */
  begun = false;

  /** Of results whose members are not those of their events. */
  get bytes(): Buffer {
    return this.#bytes.bytes;
  }

  /**
   * A result of a call, as it is now: what the function does with it later does not show.
   * @throws TidemarkError `failed` for what is no event
   */
  add(call: Giver, output: number, event: unknown): void {
    const timed = event instanceof TimedEvent;
    const members = timed ? event.event : event;
    if (typeof members !== 'object' || members === null || Array.isArray(members))
      throw new TidemarkError('failed', `${inWords(members)} is no event: an event is an object`);
    const time = timed ? event.time : call.origin.time;
    const { view } = call;
    if (view?.isUntouched(members as UserEvent) === true) {
      this.results.push({ call, output, time, start: -1, end: -1 });
      return;
    }
    const start = this.#bytes.length;
    if (view === undefined) writeMembers(members as UserEvent, this.#bytes);
    else view.write(members as UserEvent, this.#bytes);
    this.results.push({ call, output, time, start, end: this.#bytes.length });
  }

  /** The results are out, or do not count. */
  forgetResults(): void {
    if (this.results.length > 0) this.results = [];
    this.#bytes.clear();
  }

  /** Nothing was given. */
  forget(): void {
    this.begun = false;
    this.forgetResults();
    if (this.counted.length > 0) this.counted = [];
    if (this.toCommit.length > 0) this.toCommit = [];
  }
}

const inWords = (value: unknown): string =>
  Array.isArray(value) ? 'a list' : typeof value === 'object' ? String(value) : `a ${typeof value}`;
