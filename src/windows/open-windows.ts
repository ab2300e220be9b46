import type { Buffer } from 'node:buffer';
import { Slots } from '../state/slots.ts';
import type { Persistent } from '../state/snapshot.ts';
import { EndHeap } from './end-heap.ts';

/**
 * The windows that hold state, by number: found by their bounds, closed in the order of their ends. Numbers
 * are small and used again, so that they serve as scopes of a Table. Opening and closing cost O(log open).
 */
export class OpenWindows implements Persistent {
  /** The windows by number; a closed one keeps its values until the number is used again. */
  readonly #slots = new Slots();
  readonly #start = this.#slots.doubles();
  readonly #end = this.#slots.doubles();
  /** Head of whatever chain the owner hangs on a window; -1 when it opens. */
  readonly #head = this.#slots.integers(-1);
  /** Windows of the same start: a chain, -1 at its end. */
  readonly #sameStart = this.#slots.integers(-1);
  readonly #byStart = new Map<number, number>();
  readonly #heap = new EndHeap();
  /** The window found last. */
  #last = -1;

  /** The number of the open window [start, end), or -1. Bounds in ms; ±Infinity: the global window. */
  find(start: number, end: number): number {
    const last = this.#last;
    if (last >= 0 && this.#start.values[last] === start && this.#end.values[last] === end) return last;
    let window = this.#byStart.get(start) ?? -1;
    while (window >= 0 && this.#end.values[window] !== end) window = this.#sameStart.values[window]!;
    if (window >= 0) this.#last = window;
    return window;
  }

  /** Bounds of a window, ms, also right after it was closed. */
  start(window: number): number {
    return this.#start.values[window]!;
  }

  end(window: number): number {
    return this.#end.values[window]!;
  }

  head(window: number): number {
    return this.#head.values[window]!;
  }

  setHead(window: number, head: number): void {
    this.#head.values[window] = head;
    this.#slots.mark(window);
  }

  /** The first of the open windows that start then, or -1; the others by `nextOfStart`. */
  startingAt(start: number): number {
    return this.#byStart.get(start) ?? -1;
  }

  /** The open window that starts when this one does and comes behind it, or -1. */
  nextOfStart(window: number): number {
    return this.#sameStart.values[window]!;
  }

  /** Opens [start, end), which is not open. */
  open(start: number, end: number): number {
    const window = this.#slots.allocate();
    this.#start.values[window] = start;
    this.#end.values[window] = end;
    this.#head.values[window] = -1;
    this.#sameStart.values[window] = this.#byStart.get(start) ?? -1;
    this.#byStart.set(start, window);
    this.#heap.set(window, start, end);
    this.#last = window;
    return window;
  }

  get count(): number {
    return this.#heap.size;
  }

  /** Whether a window ends at or before the watermark. */
  due(watermark: number): boolean {
    return this.#heap.size > 0 && this.#heap.firstEnd <= watermark;
  }

  /** The numbers of all windows, in the order in which they close. */
  inOrder(): number[] {
    const windows: number[] = [];
    this.#slots.forEach((window) => {
      windows.push(window);
    });
    const [start, end] = [this.#start.values, this.#end.values];
    // Infinite bounds have no difference.
    return windows.sort((a, b) =>
      end[a] === end[b] ? order(start[a]!, start[b]!) : order(end[a]!, end[b]!),
    );
  }

  /** The number of the window that ends first; there is one. */
  get first(): number {
    return this.#heap.first;
  }

  /** Takes a window out of the open ones; its bounds and head stay readable until the next `open`. */
  close(window: number): void {
    this.#heap.remove(window);
    this.#unlink(window);
    this.#slots.retire(window);
    if (this.#last === window) this.#last = -1;
  }

  /** Gives an open window another start; there is none of the same bounds. */
  setStart(window: number, start: number): void {
    this.#unlink(window);
    this.#start.values[window] = start;
    this.#sameStart.values[window] = this.#byStart.get(start) ?? -1;
    this.#byStart.set(start, window);
    this.#heap.set(window, start, this.#end.values[window]!);
    this.#slots.mark(window);
  }

  /** Takes a window out of those of the same start. */
  #unlink(window: number): void {
    const start = this.#start.values[window]!;
    let previous = -1;
    let at = this.#byStart.get(start)!;
    while (at !== window) {
      previous = at;
      at = this.#sameStart.values[at]!;
    }
    const next = this.#sameStart.values[window]!;
    if (previous >= 0) {
      this.#sameStart.values[previous] = next;
      this.#slots.mark(previous);
    } else if (next >= 0) this.#byStart.set(start, next);
    else this.#byStart.delete(start);
  }

  track(): void {
    this.#slots.track();
  }

  saveRows(all: boolean): readonly Uint8Array[] {
    return this.#slots.saveRows(all);
  }

  loadRows(bytes: Buffer): void {
    this.#slots.loadRows(bytes);
    this.#heap.clear();
    this.#byStart.clear();
    this.#last = -1;
    const followers = new Set<number>();
    this.#slots.forEach((window) => {
      this.#heap.set(window, this.#start.values[window]!, this.#end.values[window]!);
      followers.add(this.#sameStart.values[window]!);
    });
    this.#slots.forEach((window) => {
      if (!followers.has(window)) this.#byStart.set(this.#start.values[window]!, window);
    });
  }
}

const order = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);
