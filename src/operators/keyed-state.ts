import { Buffer } from 'node:buffer';
import { parsePlain } from '../json/plain-value.ts';
import { damaged } from '../state/saved-bytes.ts';
import type { SnapshotReader, SnapshotWriter } from '../state/snapshot.ts';
import { Table } from '../state/table.ts';
import { EndHeap } from '../windows/end-heap.ts';
import { restoreRows } from '../windows/grouping.ts';

/** What is kept of one key, while it is worked with: nothing of it counts before `KeyedState.put`. */
export interface KeyEntry {
  /** JSON texts by name. */
  readonly values: Map<string, string>;
  /** Times of timers by name, ms. */
  readonly timers: Map<string, number>;
  changed: boolean;
}

/** A timer that is due. */
export interface DueTimer {
  readonly slot: number;
  readonly name: string;
  /** ms. */
  readonly time: number;
}

/** The scope of keys in the global window, and of those in others: there the window stands before the key. */
const GLOBAL_SCOPE = 0;
const WINDOW_SCOPE = 1;
/** Bytes of a window before a key: its start and its end as doubles. */
const WINDOW_BYTES = 16;

/**
 * What functions of a user's keep by key, and by window: values, and timers in event time. What is kept in a window is
 * freed when the watermark passes its end by the lateness; in the global window when it has passed the latest event of the
 * key by the time to live, if there is one and no timer is set, or when nothing is left in it.
 */
export class KeyedState {
  readonly #table = new Table();
  /** The latest event time of the key, ms. */
  readonly #latest = this.#table.ownedBy('latest').doubles(Number.NEGATIVE_INFINITY);
  /** `{ name: value }`, as JSON, and `[[name, time], …]`; undefined: none. */
  readonly #values = this.#table.ownedBy('values').objects<string>(TEXTS);
  readonly #timers = this.#table.ownedBy('timers').objects<string>(TEXTS);
  /** Rows by when they want to be looked at: their first timer is due, or they are forgotten. */
  readonly #next = new EndHeap();
  /** How long a key is kept behind its latest event, ms. */
  readonly #ttl: number;
  /** For which windows are open behind their end, ms; set before the first event. */
  lateness = 0;
  #scratch = Buffer.alloc(64);

  constructor(ttl: number) {
    this.#ttl = ttl;
  }

  /** Keys that are held, one for each window. */
  get count(): number {
    return this.#table.count;
  }

  /** The watermark at which a row wants to be looked at first, ms; Infinity: at none. */
  get nextAt(): number {
    return this.#next.size === 0 ? Number.POSITIVE_INFINITY : this.#next.firstEnd;
  }

  /** The watermark from which on nothing is known of an event, ms. @param window of it; undefined: the global one */
  forgets(time: number, window: { readonly end: number } | undefined): number {
    return window === undefined ? time + this.#ttl : window.end + this.lateness;
  }

  /**
   * The row of a key, canonical JSON texts joined by NUL; made where there is none.
   * @param window its window, ms; undefined: the global one
   */
  open(
    bytes: Buffer,
    start: number,
    end: number,
    window: { readonly start: number; readonly end: number } | undefined,
  ): number {
    if (window === undefined) return this.#table.upsert(GLOBAL_SCOPE, bytes, start, end);
    const length = WINDOW_BYTES + end - start;
    if (this.#scratch.length < length) this.#scratch = Buffer.alloc(length * 2);
    const key = this.#scratch;
    key.writeDoubleLE(window.start, 0);
    key.writeDoubleLE(window.end, 8);
    bytes.copy(key, WINDOW_BYTES, start, end);
    return this.#table.upsert(WINDOW_SCOPE, key, 0, length);
  }

  /** The values of the members of a key. */
  keyOf(slot: number): unknown[] {
    const from = this.#table.keyStart(slot) + (this.#windowed(slot) ? WINDOW_BYTES : 0);
    const text = this.#table.keys.toString('utf8', from, this.#table.keyEnd(slot));
    return text.split('\0').map(parsePlain);
  }

  /** The window of a row, ms; undefined: the global one. */
  windowOf(slot: number): { start: number; end: number } | undefined {
    if (!this.#windowed(slot)) return undefined;
    const at = this.#table.keyStart(slot);
    return { start: this.#table.keys.readDoubleLE(at), end: this.#table.keys.readDoubleLE(at + 8) };
  }

  get(slot: number): KeyEntry {
    const values = this.#values.values[slot];
    const timers = this.#timers.values[slot];
    return {
      values: new Map(values === undefined ? [] : (JSON.parse(values) as [string, string][])),
      timers: new Map(timers === undefined ? [] : (JSON.parse(timers) as [string, number][])),
      changed: false,
    };
  }

  /** Keeps what became of a key. @param time of the event that did it, ms; undefined: a timer did */
  put(slot: number, { values, timers, changed }: KeyEntry, time: number | undefined): void {
    if (values.size === 0 && timers.size === 0) {
      this.#remove(slot);
      return;
    }
    if (changed) {
      this.#values.values[slot] = values.size === 0 ? undefined : JSON.stringify([...values]);
      this.#timers.values[slot] = timers.size === 0 ? undefined : JSON.stringify([...timers]);
    }
    const latest = this.#latest.values;
    const later = time !== undefined && time > latest[slot]!;
    if (later) latest[slot] = time;
    if (!changed && !later) return;
    this.#table.mark(slot);
    this.#plan(slot, timers);
  }

  /** A row that was opened for nothing. */
  release(slot: number): void {
    if (this.#values.values[slot] === undefined && this.#timers.values[slot] === undefined)
      this.#remove(slot);
  }

  /**
   * The timers of the earliest time that the watermark has passed, in the order of their keys and names; on the way to it,
   * frees what is forgotten. Empty: none is due.
   */
  due(watermark: number): DueTimer[] {
    const due: DueTimer[] = [];
    let time = Number.NaN;
    while (this.#next.size > 0) {
      const slot = this.#next.first;
      const at = this.#next.firstEnd;
      if (at > watermark || (due.length > 0 && at > time)) break;
      const timers = this.#firstTimers(slot, at);
      if (timers.length === 0) {
        this.#remove(slot);
        continue;
      }
      time = at;
      this.#next.remove(slot);
      due.push(...timers);
    }
    return due.length < 2 ? due : due.sort((a, b) => this.#compare(a, b));
  }

  /** Whether a timer that was due has neither been cancelled nor set anew since. */
  isSet({ slot, name, time }: DueTimer): boolean {
    const timers = this.#timers.values[slot];
    return timers !== undefined && new Map(JSON.parse(timers) as [string, number][]).get(name) === time;
  }

  /** Has a row, whose timers were due, looked at again. */
  plan(slot: number): void {
    const timers = this.#timers.values[slot];
    if (timers !== undefined || this.#values.values[slot] !== undefined)
      this.#plan(slot, new Map(timers === undefined ? [] : (JSON.parse(timers) as [string, number][])));
  }

  track(): void {
    this.#table.track();
  }

  save(out: SnapshotWriter): void {
    out.rows('keys', this.#table);
  }

  /** Called before the first event. @throws TidemarkError `failed` */
  restore(from: SnapshotReader): void {
    restoreRows(from, 'keys', this.#table);
    const rows = Math.max(this.#values.values.length, this.#timers.values.length);
    for (let slot = 0; slot < rows; slot++) this.plan(slot);
  }

  #plan(slot: number, timers: ReadonlyMap<string, number>): void {
    // A timer keeps its key until it has fired.
    let next = timers.size > 0 ? Number.POSITIVE_INFINITY : this.#forgottenAt(slot);
    for (const time of timers.values()) next = Math.min(next, time);
    this.#next.set(slot, 0, next);
  }

  /** The watermark from which on nothing is known of a row. */
  #forgottenAt(slot: number): number {
    return this.forgets(this.#latest.values[slot]!, this.windowOf(slot));
  }

  /** The timers of a row that are set to this time. */
  #firstTimers(slot: number, time: number): DueTimer[] {
    const timers = this.#timers.values[slot];
    if (timers === undefined) return [];
    return (JSON.parse(timers) as [string, number][])
      .filter(([, at]) => at === time)
      .map(([name]) => ({ slot, name, time }));
  }

  #compare(a: DueTimer, b: DueTimer): number {
    if (a.slot !== b.slot) {
      const { keys } = this.#table;
      const key = ({ slot }: DueTimer): Buffer =>
        keys.subarray(this.#table.keyStart(slot), this.#table.keyEnd(slot));
      return key(a).compare(key(b)) || this.#table.scope(a.slot) - this.#table.scope(b.slot);
    }
    return a.name < b.name ? -1 : 1;
  }

  #windowed(slot: number): boolean {
    return this.#table.scope(slot) === WINDOW_SCOPE;
  }

  #remove(slot: number): void {
    if (this.#next.has(slot)) this.#next.remove(slot);
    this.#table.remove(slot);
  }
}

const TEXTS = {
  write(text: string, out: { text(text: string): void }): void {
    out.text(text);
  },
  read(from: { text(): string }): string {
    const text = from.text();
    if (!text.startsWith('[')) throw damaged('a key has no list of what is kept');
    return text;
  },
};

/** What was kept, as a value of its own. */
export const keptValue = (text: string | undefined): unknown =>
  text === undefined ? undefined : parsePlain(text);
