import { type EventItem, type Item, type StreamItem, withCommand } from './stream.ts';

/** What a program that answers an event with some events leaves of a stream. */
export type Answer = (event: EventItem) => readonly EventItem[];

const named = (item: StreamItem): Item => withCommand(item, 'apply');

/** One answer for each event, and all else where it stood. */
export const applyLines = (items: readonly Item[], answer: Answer): Item[] =>
  items.flatMap((item): readonly Item[] =>
    item.kind === 'event' ? answer(item) : [item.kind === 'stream' ? named(item) : item],
  );

/** Answers at once; the last tick and the last watermark of a stretch stand at its end. */
export function applyFreely(items: readonly Item[], answer: Answer): Item[] {
  const out: Item[] = [];
  let tick: Item | undefined;
  let watermark: Item | undefined;
  for (const item of items) {
    if (item.kind === 'event') out.push(...answer(item));
    else if (item.kind === 'tick') tick = item;
    else if (item.kind === 'watermark') watermark = item;
    else if (item.kind === 'stream') out.push(named(item));
    else if (item.kind !== 'idle') {
      for (const held of [tick, watermark]) if (held !== undefined) out.push(held);
      tick = watermark = undefined;
      out.push(item);
    }
  }
  return out;
}

/** An idle marker says nothing of what stands beside it. */
export const withoutIdle = (text: string): string => text.replaceAll('{"@idle":true}\n', '');
