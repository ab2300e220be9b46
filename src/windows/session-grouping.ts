import type { Buffer } from 'node:buffer';
import { Slots } from '../state/slots.ts';
import { Table } from '../state/table.ts';
import type { Batch } from '../stream/batch.ts';
import { EndHeap } from './end-heap.ts';
import { addSlot, type Grouping, type MergeGroups, noClosedWindow } from './grouping.ts';

/**
 * Groups of sessions: an event is `[t, t + gap)`, and sessions of a key that overlap merge. An event merges
 * first and is judged late then (DESIGN §3), so one that touches an open session is never late.
 */
export class SessionGrouping implements Grouping {
  readonly columns = new Slots();
  readonly keys = new Table();
  readonly slots = new Int32Array(1);
  count = 0;
  missed = 0;
  opened = false;
  readonly closed = noClosedWindow();
  readonly #merge: MergeGroups;
  /** Open sessions by end. */
  readonly #heap = new EndHeap();
  /** Bounds of an open session, ms. */
  readonly #start = this.columns.doubles();
  readonly #end = this.columns.doubles();
  /** The row of `keys` of a session; freed when the last session of the key has closed. */
  readonly #key = this.columns.integers(-1);
  /** Open sessions of a key: a chain from its first, -1 at its end. */
  readonly #next = this.columns.integers(-1);
  readonly #first = this.keys.integers(-1);

  constructor(merge: MergeGroups) {
    this.#merge = merge;
  }

  assign(batch: Batch, row: number, bytes: Buffer, from: number, to: number, watermark: number): void {
    const start = batch.windowStart[row]!;
    const end = batch.windowEnd[row]!;
    const late = watermark >= end;
    const key = late ? this.keys.find(0, bytes, from, to) : this.keys.upsert(0, bytes, from, to);
    this.opened = false;
    let session = key < 0 ? -1 : this.#mergeOverlapping(key, start, end);
    this.count = 1;
    this.missed = 0;
    if (session < 0) {
      if (late) {
        this.count = 0;
        this.missed = 1;
        return;
      }
      session = this.columns.allocate();
      this.opened = true;
      this.#start.values[session] = start;
      this.#end.values[session] = end;
      this.#key.values[session] = key;
      this.#next.values[session] = this.#first.values[key]!;
      this.#first.values[key] = session;
      this.#heap.set(session, start, end);
    }
    this.slots[0] = session;
  }

  /** Merges all sessions of the key that overlap [start, end) into one that covers it; -1: there is none. */
  #mergeOverlapping(key: number, start: number, end: number): number {
    let target = -1;
    let previous = -1;
    for (let session = this.#first.values[key]!; session >= 0; ) {
      const next = this.#next.values[session]!;
      const overlaps = this.#start.values[session]! < end && start < this.#end.values[session]!;
      if (!overlaps) previous = session;
      else if (target < 0) {
        target = session;
        previous = session;
        this.#widen(target, start, end);
      } else {
        this.#widen(target, this.#start.values[session]!, this.#end.values[session]!);
        this.#merge(target, session);
        this.#next.values[previous] = next;
        this.#heap.remove(session);
        this.columns.free(session);
      }
      session = next;
    }
    return target;
  }

  #widen(session: number, start: number, end: number): void {
    if (start >= this.#start.values[session]! && end <= this.#end.values[session]!) return;
    this.#start.values[session] = Math.min(start, this.#start.values[session]!);
    this.#end.values[session] = Math.max(end, this.#end.values[session]!);
    this.#heap.set(session, this.#start.values[session]!, this.#end.values[session]!);
  }

  due(watermark: number): boolean {
    return this.#heap.size > 0 && this.#heap.firstEnd <= watermark;
  }

  /** Sessions with the same bounds are closed together, so that their keys come in order. */
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
      if (this.#first.values[key]! < 0) this.keys.remove(key);
      this.columns.free(session);
    }
    closed.count = 0;
  }

  #unchain(key: number, session: number): void {
    const next = this.#next.values[session]!;
    if (this.#first.values[key] === session) {
      this.#first.values[key] = next;
      return;
    }
    let at = this.#first.values[key]!;
    while (this.#next.values[at] !== session) at = this.#next.values[at]!;
    this.#next.values[at] = next;
  }

  keySlot(slot: number): number {
    return this.#key.values[slot]!;
  }
}
