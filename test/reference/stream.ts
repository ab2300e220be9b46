import { Temporal } from 'temporal-polyfill';
import type { Member } from './json.ts';

// A stream as a list of plain objects, and how it is printed. Times in ms.

export interface Interval {
  readonly start: number;
  readonly end: number;
}

/** The windows of an event: none (the global window), a session of its own, or one interval or more. */
export type Windows =
  | { readonly kind: 'global' }
  | ({ readonly kind: 'session' } & Interval)
  | { readonly kind: 'intervals'; readonly intervals: readonly Interval[] };

export interface EventItem {
  readonly kind: 'event';
  readonly time: number;
  readonly windows: Windows;
  /** What `@pane` says of a result; left out: windows fire once. */
  readonly pane?: string;
  readonly members: readonly Member[];
}

export interface WatermarkItem {
  readonly kind: 'watermark';
  /** +Infinity: the stream is complete. */
  readonly time: number;
}

export interface StreamItem {
  readonly kind: 'stream';
  readonly header: Readonly<Record<string, unknown>> & { readonly commands: readonly string[] };
}

export type Item =
  | EventItem
  | WatermarkItem
  | StreamItem
  | { readonly kind: 'tick'; readonly time: number }
  | { readonly kind: 'idle' }
  | { readonly kind: 'barrier'; readonly epoch: number; readonly last?: true }
  | { readonly kind: 'end'; readonly reason: string };

export const GLOBAL: Windows = { kind: 'global' };

const instant = (ms: number): string => new Date(ms).toISOString();

/** Few windows are of lengths of their own: a text is made once. */
const durations = new Map<number, string>();

function duration(ms: number): string {
  const text =
    durations.get(ms) ??
    Temporal.Duration.from({ milliseconds: ms }).round({ largestUnit: 'days' }).toString();
  durations.set(ms, text);
  return text;
}

function label(windows: Windows): string | undefined {
  if (windows.kind === 'global') return undefined;
  if (windows.kind === 'session') {
    return `${instant(windows.start)}/${duration(windows.end - windows.start)}`;
  }
  const [first, second] = windows.intervals;
  const { start, end } = first!;
  if (second === undefined) return `${instant(start)}/${instant(end)}`;
  const letter = second.start === start ? 'C' : 'R';
  const every = duration(second.end - end);
  return `${letter}${windows.intervals.length}/${instant(start)}/${duration(end - start)}/${every}`;
}

const printMembers = (members: readonly Member[]): string =>
  members.map(({ nameText, value }) => `${nameText}:${value.text}`).join(',');

function printItem(item: Item): string {
  switch (item.kind) {
    case 'stream':
      return `{"@stream":${JSON.stringify(item.header)}}`;
    case 'idle':
      return '{"@idle":true}';
    case 'barrier':
      return `{"@barrier":${item.epoch}${item.last === true ? ',"last":true' : ''}}`;
    case 'end':
      return `{"@end":"${item.reason}"}`;
    case 'watermark':
      return `{"@watermark":"${item.time === Infinity ? 'end' : instant(item.time)}"}`;
    case 'tick':
      return `{"@tick":"${instant(item.time)}"}`;
    case 'event': {
      const window = label(item.windows);
      const parts = [`"@t":"${instant(item.time)}"`];
      if (window !== undefined) parts.push(`"@w":"${window}"`);
      if (item.pane !== undefined) parts.push(`"@pane":${item.pane}`);
      if (item.members.length > 0) parts.push(printMembers(item.members));
      return `{${parts.join(',')}}`;
    }
  }
}

/** The lines of a stream, as tidemark writes them. */
export const printItems = (items: readonly Item[]): string =>
  items.map((item) => `${printItem(item)}\n`).join('');

/** The header of a stream that went through one more command. */
export const withCommand = (item: StreamItem, command: string, changes: object = {}): StreamItem => ({
  kind: 'stream',
  header: { ...item.header, commands: [...item.header.commands, command], ...changes },
});
