import type { Batch } from '../stream/batch.ts';
import { EndHeap } from './end-heap.ts';
import type { MergeGroups } from './grouping.ts';
import type { PanedGrouping } from './paned-grouping.ts';
import { SessionGrouping, type SessionsElsewhere } from './session-grouping.ts';

/** Open sessions that are not in memory, some of which the watermark is still to pass. */
export interface PanedSessionsElsewhere extends SessionsElsewhere {
  /** A time before which none of those ends whose ends the watermark (ms) has not passed; Infinity: there are none. */
  firstAhead(watermark: number): number;
  /** Opens in memory all that may end at `firstAhead`. */
  bringAhead(watermark: number): void;
}

/** Sessions that are given out more than once, and merge until they are closed. */
export class PanedSessions extends SessionGrouping implements PanedGrouping {
  override elsewhere: PanedSessionsElsewhere | undefined = undefined;
  /** Told of sessions that were elsewhere and are in memory again. */
  onTakeBack: (session: number, ended: boolean) => void = () => {};
  /** The last watermark of which `ending` has given all that it has passed, ms. */
  ended = Number.NEGATIVE_INFINITY;
  readonly #lateness: number;
  /** Sessions of which the watermark has not passed the end. */
  readonly #ahead = new EndHeap();

  /** @param lateness ms */
  constructor(merge: MergeGroups, lateness: number) {
    super((into, from) => {
      merge(into, from);
      if (this.#ahead.has(from)) this.#ahead.remove(from);
    });
    this.#lateness = lateness;
  }

  override scope(batch: Batch, row: number, watermark: number): number {
    return super.scope(batch, row, watermark - this.#lateness);
  }

  /** A session was placed: whether it is one that the watermark is to pass. */
  note(session: number, watermark: number): void {
    const end = this.end(session);
    if (watermark < end) this.#ahead.set(session, this.start(session), end);
    else if (this.#ahead.has(session)) this.#ahead.remove(session);
  }

  override give(session: number): void {
    if (this.#ahead.has(session)) this.#ahead.remove(session);
    super.give(session);
  }

  override takeBack(session: number, key: number): void {
    super.takeBack(session, key);
    this.note(session, this.ended);
    this.onTakeBack(session, this.hasEnded(session));
  }

  /** Whether the watermark has passed the end of a session, and `ending` does not give it any more. */
  hasEnded(session: number): boolean {
    return this.ended >= this.end(session);
  }

  ending(watermark: number): boolean {
    if (this.elsewhere !== undefined) this.#bringEnding(this.elsewhere, watermark);
    return this.#ahead.firstEnd <= watermark && this.#ahead.size > 0;
  }

  /** Opens what ends before, or together with, the first session in memory that ends. */
  #bringEnding(elsewhere: PanedSessionsElsewhere, watermark: number): void {
    for (;;) {
      const end = elsewhere.firstAhead(this.ended);
      if (end === Number.POSITIVE_INFINITY || end > watermark || end > this.#ahead.firstEnd) return;
      elsewhere.bringAhead(this.ended);
    }
  }

  takeEnding(): Int32Array {
    const { closed } = this;
    const first = this.#ahead.first;
    closed.start = this.start(first);
    closed.end = this.end(first);
    const sessions: number[] = [];
    while (this.#ahead.size > 0 && this.#ahead.firstEnd === closed.end) {
      const session = this.#ahead.first;
      if (this.start(session) !== closed.start) break;
      this.#ahead.remove(session);
      sessions.push(session);
    }
    return Int32Array.from(sessions);
  }

  closing(watermark: number): boolean {
    return this.due(watermark - this.#lateness);
  }

  override closeNext(): Int32Array {
    super.closeNext();
    const { closed } = this;
    const sessions = closed.slots.slice(0, closed.count);
    closed.count = 0;
    for (const session of sessions) if (this.#ahead.has(session)) this.#ahead.remove(session);
    return sessions;
  }

  override release(sessions: Int32Array = NONE): void {
    const { closed } = this;
    closed.slots = sessions;
    closed.count = sessions.length;
    super.release();
  }

  forEach(visit: (slot: number) => void): void {
    this.columns.forEach(visit);
  }

  restored(watermark: number): void {
    this.ended = watermark;
    this.#ahead.clear();
    this.columns.forEach((session) => {
      this.note(session, watermark);
    });
  }
}

const NONE = new Int32Array(0);
