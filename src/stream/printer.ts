import { ByteWriter } from '../json/byte-writer.ts';
import { kernel } from '../kernel/kernel.ts';
import { INSTANT_LENGTH, writeInstant } from '../time/instant.ts';
import { type Batch, GLOBAL } from './batch.ts';
import { headerJson } from './header.ts';
import { KernelPrinting } from './kernel-printing.ts';
import { writeWindowLabel } from './label.ts';
import type { Marker } from './marker.ts';

/** Bytes of one event beside its members: braces, names, time and the longest label. */
const METADATA_LIMIT = 256;

/** Writes batches and markers as the lines of tm-stream(5). */
export class StreamPrinter {
  printBatch(batch: Batch, out: ByteWriter): void {
    const { rows } = batch;
    const { call } = kernel();
    const printing = new KernelPrinting(batch, rows, out);
    const { target, base } = printing;
    for (let row = 0; row < rows; ) {
      const from = target.bytes.byteOffset + target.length;
      const limit = target.bytes.byteOffset + target.bytes.length;
      const next = call.printRows(base, row, rows, from, limit);
      target.length = call.printEnd.value - target.bytes.byteOffset;
      row = next === row ? this.#printOne(batch, row, target) : next;
    }
    printing.finish();
  }

  /** A row that the kernel left: it makes room, or tells it the label, or prints an event with a pane. Returns the next row. */
  #printOne(batch: Batch, row: number, out: ByteWriter): number {
    const size = batch.end[row]! - batch.start[row]! + batch.paneEnd[row]! - batch.paneStart[row]!;
    if (out.length + METADATA_LIMIT + size > out.bytes.length) {
      out.reserve(Math.max(METADATA_LIMIT + size, out.bytes.length));
      return row;
    }
    if (batch.paneEnd[row] === 0) {
      setAffixes(batch, row);
      return row;
    }
    printPane(batch, row, out);
    return row + 1;
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
        out.ascii(`{"@barrier":${marker.epoch}${marker.last === true ? ',"last":true' : ''}}\n`);
        break;
      case 'end':
        out.ascii(`{"@end":"${marker.reason}"}\n`);
        break;
    }
  }
}

/** Tells the kernel what stands around the first start in the labels of such windows (label.ts). */
function setAffixes(batch: Batch, row: number): void {
  const { call, bytes, affixes } = kernel();
  const label = new ByteWriter(METADATA_LIMIT);
  writeWindowLabel(label, batch, row);
  const text = label.toString();
  const count = batch.windowCount[row]!;
  const prefix = count > 1 ? text.indexOf('/') + 1 : 0;
  const suffix = text.slice(prefix + INSTANT_LENGTH);
  bytes.write(text.slice(0, prefix) + suffix, affixes, 'latin1');
  const size = batch.windowEnd[row]! - batch.windowStart[row]!;
  call.setAffixes(size, batch.windowEvery[row]!, count, prefix, suffix.length);
}

/** An event with a pane. The caller saw that there is room. */
function printPane(batch: Batch, row: number, out: ByteWriter): void {
  out.ascii('{"@t":"');
  writeInstant(out.bytes, out.length, batch.time[row]!);
  out.length += INSTANT_LENGTH;
  out.byte(0x22);
  if (batch.windowCount[row] !== GLOBAL) {
    out.ascii(',"@w":"');
    writeWindowLabel(out, batch, row);
    out.byte(0x22);
  }
  out.ascii(',"@pane":');
  out.copy(batch.bytes, batch.paneStart[row]!, batch.paneEnd[row]!);
  if (batch.end[row]! > batch.start[row]!) {
    out.byte(0x2c);
    out.copy(batch.bytes, batch.start[row]!, batch.end[row]!);
  }
  out.ascii('}\n');
}
