import { Slots } from '../state/slots.ts';
import type { SnapshotReader, SnapshotWriter } from '../state/snapshot.ts';
import { Table } from '../state/table.ts';
import type { Batch } from '../stream/batch.ts';
import { EndHeap } from './end-heap.ts';
import {
  addSlot,
  type Grouping,
  type MergeGroups,
  NO_GROUP,
  noClosedWindow,
  type OpenCounts,
  restoreRows,
} from './grouping.ts';

/** Open sessions that are not in memory. */
export interface SessionsElsewhere {
  /** A time before which none of them ends, ms; Infinity: there are none. */
  readonly firstEnd: number;
  /** Opens in memory all that may end at `firstEnd`. */
  bringFirst(): void;
  /** Opens in memory those of a key, which is a row of `keys`, that overlap [start, end). */
  bring(key: number, start: number, end: number): void;
}

/**
 * Groups of sessions: an event is `[t, t + gap)`, and sessions of a key that overlap merge. An event merges
 * first and is judged late then (tm-time(7)), so one that touches an open session is never late.
 */
export class SessionGrouping implements Grouping {
  readonly columns = new Slots();
  readonly keys = new Table();
  readonly direct = false;
  missed = 0;
  opened = false;
  /** Whether the last `place` has given a session other bounds. */
  grown = false;
  readonly closed = noClosedWindow();
  /** Those that were given away; undefined: none ever were. */
  elsewhere: SessionsElsewhere | undefined;
  readonly #merge: MergeGroups;
  /** Open sessions by end. */
  readonly #heap = new EndHeap();
  /** Bounds of an open session, ms. */
  readonly #start = this.columns.doubles();
  readonly #end = this.columns.doubles();
  /** The row of `keys` of a session; freed when the last session of the key has closed. */
  readonly #key = this.columns.integers(-1);
  /** The open sessions of the key before and behind this one in time, -1: none. */
  readonly #previous = this.columns.integers(-1);
  readonly #next = this.columns.integers(-1);
  /**
   * The session of the key that was touched last: the next event is sought from it on, so that input which is
   * nearly in order, or begins anew with another file, finds its place in a step or two among any number of sessions.
   */
  readonly #near = this.keys.integers(NOTHING);
  /** Rows of `keys` that only late events have had; freed by `placed`. */
  readonly #orphans: number[] = [];
  /**
   * Of the events that were given scopes and not all placed yet: how many, which were behind the watermark then, how many are
   * placed, and the first end of those that were not behind it, ms.
   */
  #waiting = 0;
  #late = new Uint8Array(64);
  #placed = 0;
  #firstEnd = Number.POSITIVE_INFINITY;

  constructor(merge: MergeGroups) {
    this.#merge = merge;
  }

  /** Whether an event is late shows when it is placed: it may be in a session that is still open. */
  scope(batch: Batch, row: number, watermark: number): number {
    this.missed = 0;
    const end = batch.windowEnd[row]!;
    if (this.#waiting === this.#late.length) this.#late = grown(this.#late);
    this.#late[this.#waiting++] = watermark >= end ? 1 : 0;
    if (watermark < end && end < this.#firstEnd) this.#firstEnd = end;
    return 0;
  }

  place(batch: Batch, row: number, key: number, _inserted: boolean): number {
    const start = batch.windowStart[row]!;
    const end = batch.windowEnd[row]!;
    const late = this.#late[this.#placed++] === 1;
    this.opened = false;
    this.grown = false;
    this.missed = 0;
    if (this.elsewhere !== undefined) this.#bring(this.elsewhere, key, start, end);
    const before = this.#lastBefore(key, end);
    let session = before < 0 ? -1 : this.#mergeOverlapping(before, start, end);
    if (session < 0) {
      if (late) {
        this.missed = 1;
        if (this.#near.values[key] === NOTHING) this.#near.values[key] = ORPHAN;
        if (this.#near.values[key] === ORPHAN) this.#orphans.push(key);
        return NO_GROUP;
      }
      session = this.columns.allocate();
      this.opened = true;
      this.#start.values[session] = start;
      this.#end.values[session] = end;
      this.#key.values[session] = key;
      this.#chain(key, before, session);
      this.#heap.set(session, start, end);
    }
    this.#setNear(key, session);
    return session;
  }

  /** Frees the keys that only late events have had. */
  placed(): void {
    this.#waiting = 0;
    this.#placed = 0;
    this.#firstEnd = Number.POSITIVE_INFINITY;
    for (const key of this.#orphans) {
      if (this.#near.values[key] !== ORPHAN) continue;
      this.#near.values[key] = NOTHING;
      this.keys.remove(key);
    }
    this.#orphans.length = 0;
  }

  /** The last session of the key that starts before `end`; -1: there is none. */
  #lastBefore(key: number, end: number): number {
    let at = this.#near.values[key]!;
    while (at >= 0 && this.#start.values[at]! >= end) at = this.#previous.values[at]!;
    if (at < 0) return -1;
    for (let next = this.#next.values[at]!; next >= 0 && this.#start.values[next]! < end; ) {
      at = next;
      next = this.#next.values[at]!;
    }
    return at;
  }

  /**
   * Merges all sessions that overlap [start, end) into one that covers it; -1: there is none. Sessions of a key do
   * not overlap, so they are `last`, the last one that starts before `end`, and those right before it.
   */
  #mergeOverlapping(last: number, start: number, end: number): number {
    if (this.#end.values[last]! <= start) return -1;
    this.#widen(last, start, end);
    for (let session = this.#previous.values[last]!; session >= 0; session = this.#previous.values[last]!) {
      if (this.#end.values[session]! <= start) break;
      this.#widen(last, this.#start.values[session]!, this.#end.values[session]!);
      this.#merge(last, session);
      this.#unchain(this.#key.values[session]!, session);
      this.#heap.remove(session);
      this.columns.free(session);
    }
    return last;
  }

  #widen(session: number, start: number, end: number): void {
    if (start >= this.#start.values[session]! && end <= this.#end.values[session]!) return;
    this.columns.mark(session);
    this.grown = true;
    this.#start.values[session] = Math.min(start, this.#start.values[session]!);
    this.#end.values[session] = Math.max(end, this.#end.values[session]!);
    this.#heap.set(session, this.#start.values[session]!, this.#end.values[session]!);
  }

  due(watermark: number): boolean {
    if (this.elsewhere !== undefined) this.#bringDue(this.elsewhere, watermark);
    if (this.#waiting > 0 && this.#firstEnd <= watermark) return true;
    return this.#heap.size > 0 && this.#heap.firstEnd <= watermark;
  }

  /** Sessions of a key, in memory or not, do not overlap: where one in memory covers the event, it overlaps no other. */
  #bring(elsewhere: SessionsElsewhere, key: number, start: number, end: number): void {
    const near = this.#near.values[key]!;
    if (near >= 0 && this.#start.values[near]! <= start && this.#end.values[near]! >= end) return;
    elsewhere.bring(key, start, end);
  }

  /** Opens what is to close before, or together with, the first session in memory. */
  #bringDue(elsewhere: SessionsElsewhere, watermark: number): void {
    for (let end = elsewhere.firstEnd; end !== Number.POSITIVE_INFINITY; end = elsewhere.firstEnd) {
      if (end > watermark || end > this.#heap.firstEnd) return;
      elsewhere.bringFirst();
    }
  }

  /** Bounds of an open session, ms. */
  start(session: number): number {
    return this.#start.values[session]!;
  }

  end(session: number): number {
    return this.#end.values[session]!;
  }

  /** All open sessions in the order of their ends. */
  byEnd(): Int32Array {
    const sessions = new Int32Array(this.columns.count);
    let count = 0;
    this.columns.forEach((session) => {
      sessions[count++] = session;
    });
    const end = this.#end.values;
    return sessions.sort((a, b) => end[a]! - end[b]! || a - b);
  }

  /** Frees a session that is open elsewhere from now on. */
  give(session: number): void {
    const key = this.#key.values[session]!;
    this.#heap.remove(session);
    this.#unchain(key, session);
    if (this.#near.values[key]! < 0) this.keys.remove(key);
    this.columns.free(session);
  }

  /** Opens a session that has its bounds and all other values, and overlaps none of its key. */
  takeBack(session: number, key: number): void {
    const start = this.#start.values[session]!;
    const end = this.#end.values[session]!;
    this.#key.values[session] = key;
    this.#previous.values[session] = -1;
    this.#next.values[session] = -1;
    this.#chain(key, this.#lastBefore(key, end), session);
    this.#heap.set(session, start, end);
    this.#setNear(key, session);
  }

  /** Sessions with the same bounds are closed together, so that their keys come in order. `due` was called right before. */
  closeNext(): void {
    const { closed } = this;
    const first = this.#heap.first;
    closed.start = this.#start.values[first]!;
    closed.end = this.#end.values[first]!;
    closed.count = 0;
    while (this.#heap.size > 0 && this.#heap.firstEnd === closed.end) {
      const session = this.#heap.first;
      if (this.#start.values[session] !== closed.start) break;
      this.#heap.remove(session);
      addSlot(closed, session);
    }
  }

  release(): void {
    const { closed } = this;
    for (let i = 0; i < closed.count; i++) {
      const session = closed.slots[i]!;
      const key = this.#key.values[session]!;
      this.#unchain(key, session);
      if (this.#near.values[key]! < 0) this.keys.remove(key);
      this.columns.free(session);
    }
    closed.count = 0;
  }

  /** Puts a new session of the key behind `before`; -1: before all others. */
  #chain(key: number, before: number, session: number): void {
    let next = before < 0 ? this.#near.values[key]! : this.#next.values[before]!;
    if (before < 0 && next >= 0) {
      for (let at = next; at >= 0; at = this.#previous.values[at]!) next = at;
    }
    if (next < 0) next = -1;
    this.#link(before, session);
    this.#link(session, next);
  }

  #unchain(key: number, session: number): void {
    const previous = this.#previous.values[session]!;
    const next = this.#next.values[session]!;
    this.#link(previous, next);
    if (this.#near.values[key] === session) this.#setNear(key, next >= 0 ? next : previous);
  }

  /** Makes two sessions of a key neighbours; -1: there is none on that side. */
  #link(previous: number, next: number): void {
    if (previous >= 0) {
      this.#next.values[previous] = next;
      this.columns.mark(previous);
    }
    if (next >= 0) {
      this.#previous.values[next] = previous;
      this.columns.mark(next);
    }
  }

  #setNear(key: number, session: number): void {
    this.#near.values[key] = session;
    this.keys.mark(key);
  }

  keySlot(slot: number): number {
    return this.#key.values[slot]!;
  }

  get open(): OpenCounts {
    return { keys: this.columns.count, windows: this.#heap.size };
  }

  track(): void {
    this.columns.track();
    this.keys.track();
  }

  save(out: SnapshotWriter): void {
    out.rows('sessions', this.columns);
    out.rows('keys', this.keys);
  }

  restore(from: SnapshotReader): void {
    restoreRows(from, 'sessions', this.columns);
    restoreRows(from, 'keys', this.keys);
    this.#heap.clear();
    this.columns.forEach((session) => {
      this.#heap.set(session, this.#start.values[session]!, this.#end.values[session]!);
    });
  }
}

/** Instead of a session that is near: the key has none; and it has had late events alone. */
const NOTHING = -1;
const ORPHAN = -2;

function grown(late: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(late.length * 2);
  larger.set(late);
  return larger;
}
