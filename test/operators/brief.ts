import { type Item, printItems } from '../reference/stream.ts';
import { stampWindows, type WindowKind } from '../reference/windows.ts';
import { drained, event, header } from './streams.ts';

// Streams in short: seconds behind the epoch in, and lines told in seconds out.

export const ev = (seconds: number, members = ''): Item => event(Math.round(seconds * 1000), members);

export const wm = (seconds: number): Item => ({ kind: 'watermark', time: Math.round(seconds * 1000) });

export const GLOBAL_WINDOW: WindowKind = { kind: 'global' };

export const fixed = (size: number, offset = 0): WindowKind => ({
  kind: 'fixed',
  size: size * 1000,
  offset: offset * 1000,
});

export const sliding = (size: number, every: number): WindowKind => ({
  kind: 'sliding',
  size: size * 1000,
  every: every * 1000,
  offset: 0,
});

export const session = (gap: number): WindowKind => ({ kind: 'session', gap: gap * 1000 });

/** The text of a complete stream of these items, stamped with windows. */
export const stream = (window: WindowKind, ...items: readonly Item[]): string =>
  printItems(stampWindows([header(), ...items, ...drained], window));

const seconds = (instant: string): number => Date.parse(instant) / 1000;

export const tick = (seconds: number): Item => ({ kind: 'tick', time: Math.round(seconds * 1000) });

/**
 * Lines without header and end: `3 [0,10) "a":1` is an event, `W 10` a watermark, `9.999 [0,10) #1 late last "a":1` a pane,
 * others are as they are.
 */
export function brief(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '' && !/^\{"@(stream|end)"|"end"/.test(line));
  return lines.map((line) => {
    const watermark = /^\{"@watermark":"(.*)"\}$/.exec(line);
    if (watermark !== null) return `W ${seconds(watermark[1]!)}`;
    const parts = /^\{"@t":"([^"]*)"(?:,"@w":"([^"]*)")?(?:,"@pane":(\{[^}]*\}))?,?(.*)\}$/.exec(line);
    if (parts === null) return line;
    const [, time, window, pane, members] = parts;
    return [
      String(seconds(time!)),
      window === undefined ? '' : briefWindow(window),
      pane === undefined ? '' : briefPane(pane),
      members,
    ]
      .filter((part) => part !== '')
      .join(' ');
  });
}

/** `first` is told by the number. */
function briefPane(label: string): string {
  const { index, timing, last } = JSON.parse(label) as { index: number; timing: string; last: boolean };
  return `#${index} ${timing}${last ? ' last' : ''}`;
}

function briefWindow(label: string): string {
  const parts = label.split('/');
  if (parts.length === 4) return `${parts[0]} from ${seconds(parts[1]!)}`;
  const [start, end] = parts as [string, string];
  return end.startsWith('P') ? `[${seconds(start)}+${end}` : `[${seconds(start)},${seconds(end)})`;
}
