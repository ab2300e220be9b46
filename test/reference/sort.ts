import { type EventItem, type Item, withCommand } from './stream.ts';

export interface SortResult {
  readonly main: Item[];
  readonly late: EventItem[];
}

/** Holds events until a watermark is behind them, and gives these in the order of time; an event behind the watermark is late. */
export function sortByTime(items: readonly Item[]): SortResult {
  const main: Item[] = [];
  const late: EventItem[] = [];
  let held: EventItem[] = [];
  let watermark = -Infinity;
  for (const item of items) {
    if (item.kind === 'event') {
      if (item.time < watermark) late.push(item);
      else held.push(item);
      continue;
    }
    if (item.kind === 'watermark') {
      watermark = item.time;
      const due = held.filter(({ time }) => time < item.time);
      held = held.filter(({ time }) => time >= item.time);
      // The sort of the language is stable (ECMA-262, 23.1.3.30).
      main.push(...due.sort((a, b) => a.time - b.time));
    }
    main.push(item.kind === 'stream' ? withCommand(item, 'sort') : item);
  }
  return { main, late };
}
