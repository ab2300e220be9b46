import type { ByteWriter } from '../json/byte-writer.ts';
import { INSTANT_LENGTH, writeInstant } from '../time/instant.ts';
import { type Batch, EVENT, GLOBAL, SKIPPED, WATERMARK } from './batch.ts';
import { headerJson } from './header.ts';
import { writeWindowLabel } from './label.ts';
import type { Marker } from './marker.ts';

/** Bytes of one event beside its members: braces, names, time and the longest label. */
const METADATA_LIMIT = 256;

/** Writes batches and markers as the lines of tm-stream(5). */
export class StreamPrinter {
  /** `,"@w":"…"` of the window that was printed last, and that window: runs of events share it. */
  readonly #label = Buffer.alloc(METADATA_LIMIT);
  #labelLength = 0;
  #start = Number.NaN;
  #end = Number.NaN;
  #every = Number.NaN;
  #count = GLOBAL;

  printBatch(batch: Batch, out: ByteWriter): void {
    const { kind, rows } = batch;
    for (let row = 0; row < rows; row++) {
      const k = kind[row]!;
      if (k === EVENT) this.#printEvent(batch, row, out);
      else if (k !== SKIPPED) printTime(k === WATERMARK ? 'watermark' : 'tick', batch.time[row]!, out);
    }
  }

  #printEvent(batch: Batch, row: number, out: ByteWriter): void {
    const start = batch.start[row]!;
    const end = batch.end[row]!;
    const paneEnd = batch.paneEnd[row]!;
    out.reserve(METADATA_LIMIT + (end - start));
    const bytes = out.bytes;
    let at = out.length;
    bytes[at] = 0x7b; // {"@t":"
    bytes[at + 1] = 0x22;
    bytes[at + 2] = 0x40;
    bytes[at + 3] = 0x74;
    bytes[at + 4] = 0x22;
    bytes[at + 5] = 0x3a;
    bytes[at + 6] = 0x22;
    writeInstant(bytes, at + 7, batch.time[row]!);
    at += 7 + INSTANT_LENGTH;
    bytes[at++] = 0x22;
    out.length = at;
    if (batch.windowCount[row] !== GLOBAL) this.#printWindow(batch, row, out);
    if (paneEnd > 0) {
      out.ascii(',"@pane":');
      out.copy(batch.bytes, batch.paneStart[row]!, paneEnd);
    }
    if (end > start) {
      out.byte(0x2c);
      out.copy(batch.bytes, start, end);
    }
    out.reserve(2);
    out.bytes[out.length++] = 0x7d;
    out.bytes[out.length++] = 0x0a;
  }

  #printWindow(batch: Batch, row: number, out: ByteWriter): void {
    if (
      batch.windowStart[row] !== this.#start ||
      batch.windowEnd[row] !== this.#end ||
      batch.windowEvery[row] !== this.#every ||
      batch.windowCount[row] !== this.#count
    ) {
      const from = out.length;
      out.ascii(',"@w":"');
      writeWindowLabel(out, batch, row);
      out.byte(0x22);
      this.#labelLength = out.length - from;
      out.bytes.copy(this.#label, 0, from, out.length);
      this.#start = batch.windowStart[row]!;
      this.#end = batch.windowEnd[row]!;
      this.#every = batch.windowEvery[row]!;
      this.#count = batch.windowCount[row]!;
      return;
    }
    const { bytes } = out;
    const label = this.#label;
    let at = out.length;
    for (let i = 0; i < this.#labelLength; i++) bytes[at++] = label[i]!;
    out.length = at;
  }

  printMarker(marker: Marker, out: ByteWriter): void {
    switch (marker.kind) {
      case 'stream':
        out.utf8(`{"@stream":${headerJson(marker.header)}}\n`);
        break;
      case 'idle':
        out.ascii('{"@idle":true}\n');
        break;
      case 'barrier':
        out.ascii(`{"@barrier":${marker.epoch}}\n`);
        break;
      case 'end':
        out.ascii(`{"@end":"${marker.reason}"}\n`);
        break;
    }
  }
}

function printTime(name: 'watermark' | 'tick', time: number, out: ByteWriter): void {
  out.ascii(`{"@${name}":"`);
  if (time === Number.POSITIVE_INFINITY) out.ascii('end');
  else {
    out.reserve(INSTANT_LENGTH);
    writeInstant(out.bytes, out.length, time);
    out.length += INSTANT_LENGTH;
  }
  out.ascii('"}\n');
}
