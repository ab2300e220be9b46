import { damaged } from '../state/saved-bytes.ts';
import { SavedValue, savedNumber } from '../state/saved-value.ts';
import type { SnapshotReader, SnapshotWriter } from '../state/snapshot.ts';
import { Table } from '../state/table.ts';
import type { Batch } from '../stream/batch.ts';
import { EndHeap } from './end-heap.ts';
import { noRun, readRun, type WindowRun } from './event-window.ts';
import {
  addSlot,
  type ClosedWindow,
  type MergeGroups,
  NO_SCOPE,
  noClosedWindow,
  type OpenCounts,
  restoreRows,
  type SpillableGrouping,
  type Tile,
} from './grouping.ts';
import { OpenWindows } from './open-windows.ts';
import { OverlappingWindows } from './overlapping-windows.ts';
import { SliceSums } from './slice-sums.ts';

/** The scope of groups that are merged from slices while their window closes. */
const MERGED = -1;
/** The scopes of late slices are their numbers from here on. */
const LATE = 2 ** 30;

/**
 * Groups of windows that overlap, by slices (Krishnamurthy et al., "On-the-fly sharing for streamed aggregation",
 * SIGMOD 2006, there "panes"): events in the same windows make a slice, an event is added to its slice alone,
 * and a window that closes merges its slices. So an event costs the same however many windows hold it. What
 * counts is the windows that an event names: `dedup` may have taken some away. Slices have the end of their last window as
 * their start, for they leave behind it, and that of the first as their end; those of windows that do not overlap, or of which
 * it is not known yet, have their bounds.
 *
 * Windows share what they merge (`SliceSums`), so that one that closes costs what it gives and what has changed since the
 * one before. They do not where groups hold all their values, of which sums would be copies, or where the order of merges
 * shows; nor once groups were written to disk.
 *
 * As long as no event is in more than one window, sizes may differ; afterwards all must be of one size, or cumulate.
 */
export class SlicedGrouping implements SpillableGrouping {
  readonly columns = new Table();
  readonly keys = this.columns;
  readonly direct = true;
  missed = 0;
  opened = false;
  readonly closed = noClosedWindow();
  readonly #merge: MergeGroups;
  /** Whether windows overlap, as it was said, or seen. */
  #overlap: boolean;
  /** Distance of the ends of windows, ms; 0: no event was in more than one. */
  #every = 0;
  /** Whether windows that overlap start together. */
  #cumulates = false;
  /** An end of a window, ms, from which all others are whole distances away; infinite: there was none. */
  #phase = Number.POSITIVE_INFINITY;
  /** Slices that hold groups; closed with the last of their windows. */
  readonly #slices = new OpenWindows();
  readonly #windows = new OverlappingWindows();
  /** Groups of a slice: a chain from the slice's head, -1 at its end; freed with the group. */
  readonly #next = this.columns.integers(-1);
  /** The windows of one event; valid within `scope`. */
  readonly #run = noRun();

  /** Whether windows share what they merge. */
  #shares: boolean;
  readonly #sums: SliceSums;
  /** The end of the last window that closed, ms: slices whose first window ends by then are in the sums. */
  #summedTo = Number.NEGATIVE_INFINITY;
  /** Slices that are not in the sums, by the ends of their first windows. */
  readonly #unsummed = new EndHeap();
  /** What has come for slices that are in the sums: it is added to these before the next window closes. */
  readonly #late = new OpenWindows();

  /**
   * @param shares whether windows may share what they merge
   * @param overlap whether it is known that they overlap
   */
  constructor(merge: MergeGroups, shares = true, overlap = false) {
    this.#merge = merge;
    this.#shares = shares;
    this.#overlap = overlap;
    this.#sums = new SliceSums(
      this.columns,
      (into, from, opened) => {
        this.opened = opened;
        merge(into, from);
      },
      (row) => this.#leaves(this.columns.scope(row)),
    );
  }

  /** The end of the last window of a slice, by its scope, ms. */
  #leaves(scope: number): number {
    return scope < LATE ? this.#slices.start(scope) : this.#late.start(scope - LATE);
  }

  scope(batch: Batch, row: number, watermark: number): number {
    const run = this.#run;
    readRun(batch, row, run);
    if (this.#every === 0 && run.every > 0) this.#noteDistance(run);
    this.missed = this.#missed(run, batch.windowCount[row]!, watermark);
    if (this.missed === batch.windowCount[row]) return NO_SCOPE;
    const late = run.firstEnd <= this.#summedTo;
    const slice = (late ? this.#late : this.#slices).find(this.#leaving(run), run.firstEnd);
    if (slice < 0) return this.#open(run);
    return late ? LATE + slice : slice;
  }

  #leaving({ start, lastEnd }: WindowRun): number {
    return this.#overlap ? lastEnd : start;
  }

  /** How many of the windows, which end one after the other, are complete. */
  #missed({ firstEnd, every }: WindowRun, windows: number, watermark: number): number {
    const behind = watermark - firstEnd;
    if (behind < 0) return 0;
    return windows === 1 ? 1 : Math.min(windows, Math.floor(behind / every) + 1);
  }

  /** Opens the slice of a run, and its windows that are not complete. */
  #open(run: WindowRun): number {
    const { firstEnd } = run;
    const leaving = this.#leaving(run);
    if (!this.#inPhase(firstEnd)) this.#stopSharing();
    this.#windows.open(run, firstEnd + this.missed * run.every);
    if (firstEnd <= this.#summedTo) return LATE + this.#late.open(leaving, firstEnd);
    const slice = this.#slices.open(leaving, firstEnd);
    if (this.#shares) this.#unsummed.set(slice, leaving, firstEnd);
    return slice;
  }

  /** The first event that is in several windows. */
  #noteDistance({ every, cumulates }: WindowRun): void {
    this.#every = every;
    this.#cumulates = cumulates;
    for (const slice of this.#slices.inOrder()) {
      const end = this.#slices.end(slice);
      if (!this.#overlap) this.#slices.setStart(slice, end);
      if (!this.#inPhase(end)) this.#stopSharing();
    }
    this.#overlap = true;
  }

  /** Whether a window that ends then may share with the others. */
  #inPhase(end: number): boolean {
    if (this.#every === 0) return true;
    if (this.#phase === Number.POSITIVE_INFINITY) this.#phase = end;
    return (end - this.#phase) % this.#every === 0;
  }

  place(_batch: Batch, _row: number, keySlot: number, inserted: boolean): number {
    this.opened = inserted;
    if (inserted) {
      const scope = this.columns.scope(keySlot);
      if (scope < LATE) this.#hang(this.#slices, scope, keySlot);
      else this.#hang(this.#late, scope - LATE, keySlot);
    }
    return keySlot;
  }

  #hang(slices: OpenWindows, slice: number, slot: number): void {
    this.#next.values[slot] = slices.head(slice);
    slices.setHead(slice, slot);
  }

  placed(): void {}

  due(watermark: number): boolean {
    return this.#windows.due(watermark);
  }

  closeNext(): void {
    this.#windows.closeFirst(this.closed, this.#every);
    if (this.#sharing) {
      this.#sumUp();
      this.#sums.collect(this.closed);
    } else this.collect();
  }

  /** Windows that hold no event together share nothing. */
  get #sharing(): boolean {
    return this.#shares && this.#every > 0;
  }

  closeApart(): readonly Tile[] {
    this.#stopSharing();
    this.#windows.closeFirst(this.closed, this.#every);
    const tiles = Array.from(this.#slicesOfClosed(), (slice): Tile => {
      const start = this.#slices.start(slice);
      const end = this.#slices.end(slice);
      const slots = Int32Array.from(this.#groupsOf(slice));
      return { start, end, slots, closes: start === this.#leavingClosed, given: false };
    });
    const { start, end } = this.closed;
    // What was taken before it was known that windows overlap is of one window.
    if (this.#overlap) tiles.unshift({ start, end, slots: new Int32Array(0), closes: true, given: false });
    return tiles;
  }

  /** The start of slices that leave with the window that was closed. */
  get #leavingClosed(): number {
    return this.#overlap ? this.closed.end : this.closed.start;
  }

  collect(): void {
    for (const slice of this.#slicesOfClosed()) this.#mergeSlice(slice);
  }

  isOpen({ start, end }: { readonly start: number; readonly end: number }): boolean {
    return this.#slices.find(start, end) >= 0 || this.#windows.isOpen(start, end);
  }

  *takeOpen(): Generator<ClosedWindow, void, void> {
    this.#stopSharing();
    const { closed } = this;
    for (const slice of this.#slices.inOrder()) {
      closed.start = this.#slices.start(slice);
      closed.end = this.#slices.end(slice);
      for (const slot of this.#groupsOf(slice)) addSlot(closed, slot);
      if (closed.count === 0) continue;
      this.#slices.setHead(slice, -1);
      yield closed;
      for (let i = 0; i < closed.count; i++) this.columns.remove(closed.slots[i]!);
      closed.count = 0;
    }
  }

  /** The slices of the window that was closed, in the order in which they are merged. */
  *#slicesOfClosed(): Generator<number, void, void> {
    const { start, end } = this.closed;
    if (this.#every === 0) {
      yield this.#slices.find(this.#leavingClosed, end);
      return;
    }
    // Events are in this window whose last window ends no earlier, and starts in it, and whose first ends no later.
    const ends = this.#cumulates ? this.#windows.endsFrom(start) : [];
    for (let last: number | undefined = end; last !== undefined; ) {
      for (let slice = this.#slices.startingAt(last); slice >= 0; slice = this.#slices.nextOfStart(slice))
        if (this.#slices.end(slice) <= end) yield slice;
      if (this.#cumulates) last = ends.shift();
      else last = last + this.#every < end + (end - start) ? last + this.#every : undefined;
    }
  }

  *#groupsOf(slice: number): Generator<number, void, void> {
    for (let slot = this.#slices.head(slice); slot >= 0; slot = this.#next.values[slot]!) yield slot;
  }

  #mergeSlice(slice: number): void {
    const { columns } = this;
    for (let slot = this.#slices.head(slice); slot >= 0; slot = this.#next.values[slot]!) {
      const merged = columns.upsert(MERGED, columns.keys, columns.keyStart(slot), columns.keyEnd(slot));
      this.opened = columns.inserted;
      if (this.opened) addSlot(this.closed, merged);
      this.#merge(merged, slot);
    }
  }

  /** Adds to the sums what the window that was closed holds and the one before did not. */
  #sumUp(): void {
    const { end } = this.closed;
    while (this.#unsummed.firstEnd <= end) {
      const slice = this.#unsummed.first;
      this.#unsummed.remove(slice);
      this.#sumSlice(slice);
    }
    for (const late of this.#late.inOrder()) this.#addLate(late, true);
    this.#summedTo = end;
  }

  /** Adds the groups of a slice to the sums. Those that are merged into others that leave with them are freed. */
  #sumSlice(slice: number): void {
    let slot = this.#slices.head(slice);
    this.#slices.setHead(slice, -1);
    while (slot >= 0) {
      const next = this.#next.values[slot]!;
      if (this.#sums.add(slot)) this.#hang(this.#slices, slice, slot);
      else this.columns.remove(slot);
      slot = next;
    }
  }

  /** Adds the groups of a late slice to those that were there before, or puts them beside these. */
  #addLate(late: number, summed: boolean): void {
    const { columns } = this;
    const start = this.#late.start(late);
    const end = this.#late.end(late);
    let slice = this.#slices.find(start, end);
    if (slice < 0) slice = this.#slices.open(start, end);
    for (let slot = this.#late.head(late); slot >= 0; ) {
      const next = this.#next.values[slot]!;
      const into = columns.upsert(slice, columns.keys, columns.keyStart(slot), columns.keyEnd(slot));
      const opened = columns.inserted;
      this.opened = opened;
      if (opened || !summed) this.#merge(into, slot);
      else this.#sums.add(slot);
      if (opened && summed && !this.#sums.add(into)) columns.remove(into);
      else if (opened) this.#hang(this.#slices, slice, into);
      columns.remove(slot);
      slot = next;
    }
    this.#late.close(late);
  }

  /** From now on each window merges its slices. */
  #stopSharing(): void {
    if (!this.#shares) return;
    this.#shares = false;
    for (const late of this.#late.inOrder()) this.#addLate(late, false);
    this.#sums.clear();
    this.#unsummed.clear();
    this.#summedTo = Number.NEGATIVE_INFINITY;
  }

  release(): void {
    const { closed } = this;
    if (this.#sharing) this.#sums.release();
    else for (let i = 0; i < closed.count; i++) this.columns.remove(closed.slots[i]!);
    closed.count = 0;
    if (this.#every === 0) this.#closeSlice(this.#slices.find(this.#leavingClosed, closed.end));
    for (let slice = this.#slices.startingAt(closed.end); this.#every > 0 && slice >= 0; ) {
      const next = this.#slices.nextOfStart(slice);
      this.#closeSlice(slice);
      slice = next;
    }
    if (this.#windows.count > 0) return;
    this.#phase = Number.POSITIVE_INFINITY;
    this.#summedTo = Number.NEGATIVE_INFINITY;
  }

  #closeSlice(slice: number): void {
    this.#slices.close(slice);
    if (this.#unsummed.has(slice)) this.#unsummed.remove(slice);
    for (let slot = this.#slices.head(slice); slot >= 0; ) {
      const next = this.#next.values[slot]!;
      if (this.#sharing) this.#sums.leave(slot);
      this.columns.remove(slot);
      slot = next;
    }
  }

  keySlot(slot: number): number {
    return slot;
  }

  get open(): OpenCounts {
    return { keys: this.columns.count - this.#sums.rows, windows: this.#windows.count };
  }

  track(): void {
    for (const rows of [this.columns, this.#slices, this.#windows, this.#sums, this.#late]) rows.track();
  }

  save(out: SnapshotWriter): void {
    out.value('sharing', {
      overlap: this.#overlap,
      every: this.#every,
      cumulates: this.#cumulates,
      phase: savedNumber(this.#phase),
      shares: this.#shares,
      summedTo: savedNumber(this.#summedTo),
      sums: this.#sums.rows,
      key: this.#sums.head,
    });
    out.rows('groups', this.columns);
    out.rows('slices', this.#slices);
    out.rows('windows', this.#windows);
    out.rows('keys of sums', this.#sums);
    out.rows('late slices', this.#late);
  }

  restore(from: SnapshotReader): void {
    const value = from.value('sharing');
    if (value === undefined) throw damaged('an earlier version has written the slices of its windows');
    const saved = new SavedValue(value);
    this.#overlap = saved.boolean('overlap');
    this.#every = saved.integer('every', 0);
    this.#cumulates = saved.boolean('cumulates');
    this.#phase = saved.number('phase');
    this.#summedTo = saved.number('summedTo');
    restoreRows(from, 'groups', this.columns);
    restoreRows(from, 'slices', this.#slices);
    restoreRows(from, 'windows', this.#windows);
    restoreRows(from, 'keys of sums', this.#sums);
    restoreRows(from, 'late slices', this.#late);
    this.#sums.resume(saved.integer('key', -1), saved.integer('sums', 0));
    const shares = this.#shares;
    this.#shares = saved.boolean('shares');
    if (!shares) this.#stopSharing();
    if (!this.#shares) return;
    for (const slice of this.#slices.inOrder()) {
      const end = this.#slices.end(slice);
      if (end > this.#summedTo) this.#unsummed.set(slice, this.#slices.start(slice), end);
    }
  }
}
