import type { Buffer } from 'node:buffer';
import type { Persistent } from '../state/snapshot.ts';
import type { WindowRun } from './event-window.ts';
import type { ClosedWindow } from './grouping.ts';
import { OpenWindows } from './open-windows.ts';

/** Windows that hold an event and are not complete, where events are in several. No two end together. */
export class OverlappingWindows implements Persistent {
  readonly #windows = new OpenWindows();
  /** Ends from the first to the last of which all windows are open: of those of the last event, mostly. */
  #openFrom = Number.POSITIVE_INFINITY;
  #openTo = Number.NEGATIVE_INFINITY;

  isOpen(start: number, end: number): boolean {
    return this.#windows.find(start, end) >= 0;
  }

  get count(): number {
    return this.#windows.count;
  }

  due(watermark: number): boolean {
    return this.#windows.due(watermark);
  }

  /** Opens those of a run that end at `from` or later and are not open: where few are new, this costs little. */
  open({ start, firstEnd, lastEnd, every, cumulates }: WindowRun, from: number): void {
    for (let end = from; end <= lastEnd; end += every) {
      if (end >= this.#openFrom && end <= this.#openTo && (end - this.#openFrom) % every === 0)
        end = this.#openTo;
      else this.#openOne(cumulates ? start : start + end - firstEnd, end);
      if (every === 0) return;
    }
    const follows =
      from <= this.#openTo + every &&
      lastEnd >= this.#openFrom - every &&
      (from - this.#openFrom) % every === 0;
    this.#openFrom = follows ? Math.min(from, this.#openFrom) : from;
    this.#openTo = follows ? Math.max(lastEnd, this.#openTo) : lastEnd;
  }

  #openOne(start: number, end: number): void {
    if (this.#windows.find(start, end) < 0) this.#windows.open(start, end);
  }

  /** Closes the window that ends first; there is one. `every`: the distance of all ends. */
  closeFirst(closed: ClosedWindow, every: number): void {
    const window = this.#windows.first;
    this.#windows.close(window);
    closed.start = this.#windows.start(window);
    closed.end = this.#windows.end(window);
    closed.count = 0;
    if (closed.end >= this.#openFrom) this.#openFrom = closed.end + every;
    if (this.#openFrom > this.#openTo) this.#forgetRun();
  }

  /** The ends of the open windows that start at `start`, in order. */
  endsFrom(start: number): number[] {
    const ends: number[] = [];
    for (let at = this.#windows.startingAt(start); at >= 0; at = this.#windows.nextOfStart(at))
      ends.push(this.#windows.end(at));
    return ends.sort((a, b) => a - b);
  }

  #forgetRun(): void {
    this.#openFrom = Number.POSITIVE_INFINITY;
    this.#openTo = Number.NEGATIVE_INFINITY;
  }

  track(): void {
    this.#windows.track();
  }

  saveRows(all: boolean): readonly Uint8Array[] {
    return this.#windows.saveRows(all);
  }

  loadRows(bytes: Buffer): void {
    this.#windows.loadRows(bytes);
    this.#forgetRun();
  }
}
