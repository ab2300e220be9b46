import { EndHeap } from './end-heap.ts';

/**
 * The windows that hold state, by number: found by their bounds, closed in the order of their ends. Numbers
 * are small and used again, so that they serve as scopes of a Table. Opening and closing cost O(log open).
 */
export class OpenWindows {
  readonly start: number[] = [];
  readonly end: number[] = [];
  /** Head of whatever chain the owner hangs on a window; -1 when it opens. */
  readonly head: number[] = [];
  /** Windows of the same start: a chain, -1 at its end. */
  readonly #sameStart: number[] = [];
  readonly #byStart = new Map<number, number>();
  /** Numbers of windows that were closed. */
  readonly #free: number[] = [];
  readonly #heap = new EndHeap();
  /** The window found last. */
  #last = -1;

  /** The number of the open window [start, end), or -1. Bounds in ms; ±Infinity: the global window. */
  find(start: number, end: number): number {
    const last = this.#last;
    if (last >= 0 && this.start[last] === start && this.end[last] === end) return last;
    let window = this.#byStart.get(start) ?? -1;
    while (window >= 0 && this.end[window] !== end) window = this.#sameStart[window]!;
    if (window >= 0) this.#last = window;
    return window;
  }

  /** The first of the open windows that start then, or -1; the others by `nextOfStart`. */
  startingAt(start: number): number {
    return this.#byStart.get(start) ?? -1;
  }

  /** The open window that starts when this one does and comes behind it, or -1. */
  nextOfStart(window: number): number {
    return this.#sameStart[window]!;
  }

  /** Opens [start, end), which is not open. */
  open(start: number, end: number): number {
    const window = this.#free.pop() ?? this.start.length;
    this.start[window] = start;
    this.end[window] = end;
    this.head[window] = -1;
    this.#sameStart[window] = this.#byStart.get(start) ?? -1;
    this.#byStart.set(start, window);
    this.#heap.set(window, start, end);
    this.#last = window;
    return window;
  }

  get size(): number {
    return this.#heap.size;
  }

  /** Whether a window ends at or before the watermark. */
  due(watermark: number): boolean {
    return this.#heap.size > 0 && this.#heap.firstEnd <= watermark;
  }

  /** The number of the window that ends first; there is one. */
  get first(): number {
    return this.#heap.first;
  }

  /** Takes a window out of the open ones; its bounds and head stay readable until the next `open`. */
  close(window: number): void {
    this.#heap.remove(window);
    const start = this.start[window]!;
    let previous = -1;
    let at = this.#byStart.get(start)!;
    while (at !== window) {
      previous = at;
      at = this.#sameStart[at]!;
    }
    const next = this.#sameStart[window]!;
    if (previous >= 0) this.#sameStart[previous] = next;
    else if (next >= 0) this.#byStart.set(start, next);
    else this.#byStart.delete(start);
    this.#free.push(window);
    if (this.#last === window) this.#last = -1;
  }
}
