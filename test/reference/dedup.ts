import { compareJson, find, type Json } from './json.ts';
import { type EventItem, type Interval, type Item, withCommand } from './stream.ts';

export interface DedupResult {
  readonly main: Item[];
  readonly late: EventItem[];
}

type Key = readonly (Json | undefined)[];

export const sameKey = (a: Key, b: Key): boolean => a.every((value, i) => compareJson(value, b[i]) === 0);

const overlap = (a: Interval, b: Interval): boolean => a.start < b.end && b.start < a.end;

/** Intervals that follow each other at the distance of the whole list, in as few lists as possible. */
function runsOf(all: readonly Interval[], kept: readonly Interval[]): Interval[][] {
  const runs: Interval[][] = [];
  let open = false;
  for (const interval of all) {
    if (!kept.includes(interval)) open = false;
    else if (open) runs.at(-1)!.push(interval);
    else {
      runs.push([interval]);
      open = true;
    }
  }
  return runs;
}

/** Passes the first event of a key per window, in the order of the stream. `lateness`: windows are open so much longer, ms. */
export function dedupPerWindow(
  items: readonly Item[],
  by: readonly (readonly (string | number)[])[],
  lateness = 0,
): DedupResult {
  const main: Item[] = [];
  const late: EventItem[] = [];
  /** Keys seen, each with the window that it was seen in; a session grows. */
  const seen: { key: Key; window: Interval; session: boolean }[] = [];
  let watermark = -Infinity;

  const first = (key: Key, window: Interval): boolean => {
    const same = ({ start, end }: Interval): boolean => start === window.start && end === window.end;
    if (seen.some((other) => !other.session && same(other.window) && sameKey(other.key, key))) return false;
    seen.push({ key, window, session: false });
    return true;
  };

  const takeSession = (event: EventItem, key: Key, window: Interval): void => {
    const touched = seen.filter(
      (other) =>
        other.session &&
        other.window.end > watermark &&
        sameKey(other.key, key) &&
        overlap(other.window, window),
    );
    if (touched.length === 0 && watermark >= window.end) {
      late.push(event);
      return;
    }
    const all = [window, ...touched.map((other) => other.window)];
    for (const other of touched) seen.splice(seen.indexOf(other), 1);
    const merged = {
      start: Math.min(...all.map(({ start }) => start)),
      end: Math.max(...all.map(({ end }) => end)),
    };
    seen.push({ key, window: merged, session: true });
    if (touched.length === 0) main.push(event);
  };

  const takeIntervals = (event: EventItem, key: Key, intervals: readonly Interval[]): void => {
    const missed = intervals.filter(({ end }) => watermark >= end);
    if (missed.length > 0) late.push({ ...event, windows: { kind: 'intervals', intervals: missed } });
    const kept = intervals.filter((window) => watermark < window.end && first(key, window));
    for (const run of runsOf(intervals, kept)) {
      main.push({ ...event, windows: { kind: 'intervals', intervals: run } });
    }
  };

  for (const item of items) {
    if (item.kind !== 'event') {
      if (item.kind === 'watermark') watermark = item.time - lateness;
      main.push(item.kind === 'stream' ? withCommand(item, 'dedup') : item);
      continue;
    }
    const key = by.map((path) => find(item.members, path));
    if (item.windows.kind === 'session') takeSession(item, key, item.windows);
    else if (item.windows.kind === 'intervals') takeIntervals(item, key, item.windows.intervals);
    else if (watermark === Infinity) late.push(item);
    else if (first(key, { start: -Infinity, end: Infinity })) main.push(item);
  }
  return { main, late };
}

/**
 * Passes an event unless one of its key was passed less than `within` away in event time; late when
 * W ≥ t + within. Nothing is ever forgotten: that forgetting does not show is what tests hold.
 */
export function dedupWithin(
  items: readonly Item[],
  by: readonly (readonly (string | number)[])[],
  within: number,
): DedupResult {
  const main: Item[] = [];
  const late: EventItem[] = [];
  const kept: { key: Key; time: number }[] = [];
  let watermark = -Infinity;
  for (const item of items) {
    if (item.kind !== 'event') {
      if (item.kind === 'watermark') watermark = item.time;
      main.push(item.kind === 'stream' ? withCommand(item, 'dedup') : item);
      continue;
    }
    const key = by.map((path) => find(item.members, path));
    if (watermark >= item.time + within) late.push(item);
    else if (!kept.some((other) => Math.abs(item.time - other.time) < within && sameKey(other.key, key))) {
      kept.push({ key, time: item.time });
      main.push(item);
    }
  }
  return { main, late };
}
