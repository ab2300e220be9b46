import type { GroupRows } from './grouping.ts';

/**
 * Groups, each a key in one window, that are given out more than once while their window is open: an event in many windows is in
 * many groups. A window is closed when the watermark has passed its end by the lateness. Watermarks and bounds in ms.
 */
export interface PanedGrouping extends GroupRows {
  /** Bounds of the window of a group. */
  start(slot: number): number;
  end(slot: number): number;

  /** Whether the watermark passes the end of a window, which did not know that. */
  ending(watermark: number): boolean;
  /** The groups of the window that ends (then starts) first of these, in no order; its bounds are in `closed`. It stays open. */
  takeEnding(): Int32Array;

  /** Whether a window is to be closed. */
  closing(watermark: number): boolean;
  /** Closes the window that ends (then starts) first: its groups, which are `release`d next. Its bounds are in `closed`. */
  closeNext(): Int32Array;
  release(slots: Int32Array): void;

  /** All events that were given scopes have been placed. */
  placed(): void;
  /** Calls back with every group, in no order that says anything. */
  forEach(visit: (slot: number) => void): void;
  /** Called behind `restore`. */
  restored(watermark: number): void;
}
