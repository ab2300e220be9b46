import fc from 'fast-check';
import type { Firing, Trigger } from '../../src/stream/firing.ts';
import { firingJson } from '../../src/stream/firing-json.ts';
import { triggerText } from '../../src/stream/trigger-text.ts';
import { type Item, printItems } from '../reference/stream.ts';
import { stampWindows } from '../reference/windows.ts';
import { triggersOf } from '../stream/triggers.ts';
import { generated } from './streams.ts';

// Streams whose windows fire as a trigger says.

/** A stream, stamped, with what its header says of firing. */
export interface Paned {
  readonly items: readonly Item[];
  readonly firing: Firing;
}

/** The header of a stream says how windows fire. */
export const withFiring = (items: readonly Item[], firing: Firing): Item[] =>
  items.map((item) => {
    if (item.kind !== 'stream') return item;
    const windowing = { ...(item.header.windowing as object), ...firingJson(firing) };
    return { ...item, header: { ...item.header, windowing } };
  });

/** Small numbers, so that panes are fired. */
const short = fc.constantFrom<Trigger>(
  { kind: 'each' },
  { kind: 'never' },
  { kind: 'count', count: 1 },
  { kind: 'count', count: 2 },
  { kind: 'count', count: 3 },
  { kind: 'every', period: 1 },
  { kind: 'every', period: 5 },
  { kind: 'delay', delay: 0 },
  { kind: 'delay', delay: 4 },
);

/** Triggers that fire at a few events and ticks, one in the other. */
const shortTriggers = triggersOf(short, 2);

export const firings: fc.Arbitrary<Firing> = fc.record({
  trigger: shortTriggers,
  lateness: fc.constantFrom(0, 0, 1, 1000, 5000, 20_000),
  mode: fc.constantFrom('discard', 'accumulate'),
  onTime: fc.constantFrom('always', 'if-any'),
  closing: fc.constantFrom('if-any', 'always'),
});

/** Ticks in a stream: how far each is behind the one before, ms, and at which item. */
const ticks = fc.array(fc.record({ by: fc.integer({ min: 0, max: 6 }), at: fc.nat(50) }), {
  maxLength: 12,
});

/** Puts ticks behind items of these numbers; those of the stream itself are left out. */
function withTicks(items: readonly Item[], drawn: readonly { by: number; at: number }[]): Item[] {
  let time = 0;
  const places = [...drawn]
    .sort((a, b) => a.at - b.at)
    .map(({ by, at }) => {
      time += by;
      return { time, at };
    });
  return items.flatMap((item, i): Item[] => {
    const behind = places.filter(({ at }) => at === i && i + 2 < items.length);
    const here: Item[] = behind.map((tick) => ({ kind: 'tick', time: tick.time }));
    return item.kind === 'tick' ? here : [item, ...here];
  });
}

/** Streams of every kind of windows, with late events, ticks and triggers. */
export const paned: fc.Arbitrary<Paned> = fc
  .tuple(generated, ticks, firings)
  .map(([{ items, window }, drawn, firing]) => ({
    items: withFiring(stampWindows(withTicks(items, drawn), window), firing),
    firing,
  }));

/** Shows a stream in a counterexample as its text. */
export const shownPaned = (all: fc.Arbitrary<Paned>): fc.Arbitrary<Paned> =>
  all.map((one) =>
    Object.defineProperty({ ...one }, fc.toStringMethod, {
      value: () =>
        `\n${triggerText(one.firing.trigger)} ${JSON.stringify(one.firing)}\n${printItems(one.items)}`,
      enumerable: false,
    }),
  );
