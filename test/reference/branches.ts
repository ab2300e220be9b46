import { Buffer } from 'node:buffer';
import { canonicalText, find } from './json.ts';
import type { EventItem, Item } from './stream.ts';
import { referenceXxh64 } from './xxh64.ts';

/** What a branch has of a stream, between its header and its end: events, and what says how time goes. */
export const branchItems = (items: readonly Item[], isOf: (event: EventItem) => boolean): Item[] =>
  items.filter((item) =>
    item.kind === 'event' ? isOf(item) : item.kind === 'watermark' || item.kind === 'tick',
  );

/** The part of an event among `parts`, by its key. */
export function partOf(
  event: EventItem,
  by: readonly (readonly (string | number)[])[],
  parts: number,
): number {
  const texts = by.map((steps) => {
    const value = find(event.members, steps);
    return value === undefined ? 'null' : canonicalText(value);
  });
  return Number(referenceXxh64(Buffer.from(texts.join('\0'))) % BigInt(parts));
}
