import { type Item, printItems } from '../reference/stream.ts';
import { stampWindows, type WindowKind } from '../reference/windows.ts';
import { drained, event, header } from './streams.ts';

// Streams in short: seconds behind the epoch in, and lines told in seconds out.

export const ev = (seconds: number, members = ''): Item => event(seconds * 1000, members);

export const wm = (seconds: number): Item => ({ kind: 'watermark', time: seconds * 1000 });

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

/** Lines without header and end: `3 [0,10) "a":1` is an event, `W 10` a watermark, others are as they are. */
export function brief(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '' && !/^\{"@(stream|end)"|"end"/.test(line));
  return lines.map((line) => {
    const watermark = /^\{"@watermark":"(.*)"\}$/.exec(line);
    if (watermark !== null) return `W ${seconds(watermark[1]!)}`;
    const parts = /^\{"@t":"([^"]*)"(?:,"@w":"([^"]*)")?,?(.*)\}$/.exec(line);
    if (parts === null) return line;
    const [, time, window, members] = parts;
    return [String(seconds(time!)), window === undefined ? '' : briefWindow(window), members]
      .filter((part) => part !== '')
      .join(' ');
  });
}

function briefWindow(label: string): string {
  const parts = label.split('/');
  if (parts.length === 4) return `${parts[0]} from ${seconds(parts[1]!)}`;
  const [start, end] = parts as [string, string];
  return end.startsWith('P') ? `[${seconds(start)}+${end}` : `[${seconds(start)},${seconds(end)})`;
}
