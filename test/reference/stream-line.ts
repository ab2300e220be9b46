import type { Span } from './records.ts';

/** The windows of an event as a label says: `count` 0 none, -1 a session that has not been merged. Times in ms. */
export interface LabelledWindows {
  readonly count: number;
  readonly start: number;
  readonly end: number;
  readonly every: number;
}

/** A line of a stream that is laid out as we write them. Spans are relative to the line. */
export type StreamLine =
  | {
      readonly kind: 'event';
      readonly time: number;
      readonly windows: LabelledWindows;
      readonly members: Span;
    }
  | { readonly kind: 'watermark'; readonly time: number };

const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/;
const EVENT = new RegExp(`^(\\{"@t":"(${INSTANT.source})"(?:,"@w":"([^"]*)")?)(,"(?![@\\\\])[^]*)?\\}$`);
const WATERMARK = new RegExp(`^\\{"@watermark":"(${INSTANT.source})"\\}$`);
const INTERVAL = new RegExp(`^(${INSTANT.source})/(${INSTANT.source})$`);
const PERIOD = new RegExp(`^(?:([RC])(\\d{1,8})/)?(${INSTANT.source})/(P[^/]*)(?:/(P[^/]*))?$`);
const DURATION =
  /^P(?:(\d{1,11})D)?(?:T(?=\d)(?:(\d{1,11})H)?(?:(\d{1,11})M)?(?:(\d{1,11}(?:\.\d{1,3})?)S)?)?$/;
const GLOBAL = { count: 0, start: 0, end: 0, every: 0 };

/** A line without its LF, a character a byte; undefined when it is not laid out as we write them. */
export function readStreamLine(text: string): StreamLine | undefined {
  const watermark = WATERMARK.exec(text);
  if (watermark !== null) {
    const time = instant(watermark[1]!);
    return Number.isNaN(time) ? undefined : { kind: 'watermark', time };
  }
  const line = text.endsWith('\r') ? text.slice(0, -1) : text;
  const event = EVENT.exec(line);
  if (event === null) return undefined;
  const [, before, time, label, members = ''] = event;
  const windows = label === undefined ? GLOBAL : readLabel(label);
  // What may be metadata of its own is not for this reader.
  if (windows === undefined || Number.isNaN(instant(time!)) || /"@(t|w|pane)"/.test(members))
    return undefined;
  const start = before!.length + (members === '' ? 0 : 1);
  return { kind: 'event', time: instant(time!), windows, members: [start, line.length - 1] };
}

function instant(text: string): number {
  const time = Date.parse(text);
  return Number.isNaN(time) || new Date(time).toISOString() !== text ? Number.NaN : time;
}

function readLabel(label: string): LabelledWindows | undefined {
  const interval = INTERVAL.exec(label);
  if (interval !== null) {
    const [start, end] = [instant(interval[1]!), instant(interval[2]!)];
    return end > start ? { count: 1, start, end, every: 0 } : undefined;
  }
  const [, letter, repeats, first, size, step] = PERIOD.exec(label) ?? [];
  if (first === undefined || (repeats === undefined) !== (step === undefined)) return undefined;
  const start = instant(first);
  const end = start + duration(size!);
  const distance = step === undefined ? 0 : duration(step);
  const every = letter === 'C' ? -distance : distance;
  const count = repeats === undefined ? -1 : Number(repeats);
  return (count === -1 || (count > 1 && distance > 0)) && end > start
    ? { count, start, end, every }
    : undefined;
}

/** Milliseconds; NaN where it is no duration, or too long to be exact. */
function duration(text: string): number {
  const parts = DURATION.exec(text);
  if (parts === null || text === 'P') return Number.NaN;
  const [days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  const total = ((days! * 24 + hours!) * 60 + minutes!) * 60_000 + Math.round(seconds! * 1000);
  return Number.isSafeInteger(total) ? total : Number.NaN;
}
