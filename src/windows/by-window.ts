import type { PanedGrouping } from './paned-grouping.ts';

/** Groups of one window; bounds in ms. */
export interface WindowGroups {
  readonly start: number;
  readonly end: number;
  readonly slots: number[];
}

/** Groups by their windows, in the order of their ends, then of their starts. */
export function byWindow(slots: readonly number[], grouping: PanedGrouping): WindowGroups[] {
  const windows: WindowGroups[] = [];
  const byBounds = new Map<number, Map<number, WindowGroups>>();
  for (const slot of slots) {
    const start = grouping.start(slot);
    const end = grouping.end(slot);
    let byStart = byBounds.get(end);
    if (byStart === undefined) {
      byStart = new Map();
      byBounds.set(end, byStart);
    }
    let window = byStart.get(start);
    if (window === undefined) {
      window = { start, end, slots: [] };
      byStart.set(start, window);
      windows.push(window);
    }
    window.slots.push(slot);
  }
  // Infinite bounds have no difference, and there is one such window.
  return windows.sort((a, b) => a.end - b.end || a.start - b.start);
}

/** The same with windows that have groups elsewhere, in the same order. */
export function withWindows(
  windows: readonly WindowGroups[],
  elsewhere: readonly { readonly start: number; readonly end: number }[],
): readonly WindowGroups[] {
  const others = elsewhere.filter(
    ({ start, end }) => !windows.some((window) => window.start === start && window.end === end),
  );
  if (others.length === 0) return windows;
  return [...windows, ...others.map(({ start, end }) => ({ start, end, slots: [] }))].sort(
    (a, b) => a.end - b.end || a.start - b.start,
  );
}
