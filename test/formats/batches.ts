import type { RecordWriter } from '../../src/formats/record-writer.ts';
import { ByteWriter } from '../../src/json/byte-writer.ts';
import { Batch, SKIPPED, UNMERGED, WATERMARK } from '../../src/stream/batch.ts';

/** An event to write; times as any text that Date.parse reads. */
export interface Event {
  /** Members without braces: `"a":1`. */
  members: string;
  time?: string;
  line?: number;
  window?: { start: string; end: string; every?: number; count?: number } | { sessionEnd: string };
  pane?: string;
  kind?: 'watermark' | 'skipped';
}

export const TIME = '2015-05-17T10:05:03.000Z';

export function addEvent(batch: Batch, event: Event): void {
  const time = Date.parse(event.time ?? TIME);
  if (event.kind === 'watermark') {
    batch.addTime(WATERMARK, time);
    return;
  }
  const start = append(batch, event.members);
  const row = batch.addEvent(time, start, batch.used, event.line ?? 0);
  if (event.kind === 'skipped') batch.kind[row] = SKIPPED;
  const { window, pane } = event;
  if (window !== undefined && 'sessionEnd' in window) {
    batch.windowStart[row] = time;
    batch.windowEnd[row] = Date.parse(window.sessionEnd);
    batch.windowCount[row] = UNMERGED;
  } else if (window !== undefined) {
    batch.windowStart[row] = Date.parse(window.start);
    batch.windowEnd[row] = Date.parse(window.end);
    batch.windowEvery[row] = window.every ?? 0;
    batch.windowCount[row] = window.count ?? 1;
  }
  if (pane !== undefined) {
    batch.paneStart[row] = append(batch, pane);
    batch.paneEnd[row] = batch.used;
  }
}

/** Bytes of their own between the spans: a writer must look at spans only. */
function append(batch: Batch, text: string): number {
  const bytes = Buffer.from(`,${text}`);
  batch.reserve(bytes.length);
  bytes.copy(batch.bytes, batch.used);
  batch.used += bytes.length;
  return batch.used - bytes.length + 1;
}

/** What a writer makes of the events, handed to it in batches of at most `size`. */
export function written(writer: RecordWriter, events: readonly Event[], size = 4096): string {
  const out = new ByteWriter(16);
  for (let from = 0; from < events.length; from += size) {
    const batch = new Batch(size, 16);
    for (const event of events.slice(from, from + size)) addEvent(batch, event);
    writer.write(batch, out);
  }
  writer.end(out);
  return out.toString();
}
