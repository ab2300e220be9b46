import { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import { unescape } from '../json/string.ts';
import { kernel } from '../kernel/kernel.ts';
import { type Batch, EVENT, GLOBAL } from '../stream/batch.ts';
import { KernelPrinting } from '../stream/kernel-printing.ts';
import { INSTANT_LENGTH, writeInstant } from '../time/instant.ts';
import { MemberCursor } from './member-cursor.ts';
import {
  collision,
  isMetaJson,
  type MetaName,
  metaNames,
  needsNameCheck,
  recordCount,
  windowEnd,
  windowStart,
  writeMeta,
  writtenNameStart,
} from './meta.ts';
import type { MetaMode, RecordWriter } from './record-writer.ts';

/** Bytes of a record beside its members and its pane: braces, names, two instants. */
const FRAME_LIMIT = 128;
/** Places for the two instants are marked S and E. */
const WINDOW_MEMBERS = `"window_start":"${'S'.repeat(INSTANT_LENGTH)}","window_end":"${'E'.repeat(INSTANT_LENGTH)}"`;

/** One object a line; the members' bytes as they are. */
export class NdjsonWriter implements RecordWriter {
  readonly #meta: MetaMode;
  readonly #cursor = new MemberCursor();
  /** `"window_start":"…","window_end":"…"` of the window written last, and its bounds: runs of events share it. */
  readonly #window = Buffer.from(WINDOW_MEMBERS, 'latin1');
  #start = Number.NaN;
  #end = Number.NaN;

  constructor(meta: MetaMode) {
    this.#meta = meta;
  }

  write(batch: Batch, out: ByteWriter, from = 0, to = batch.rows): void {
    const checkNames = needsNameCheck(this.#meta, batch);
    if (!checkNames && this.#meta !== 'keep') this.#writeUsual(batch, out, from, to);
    else this.#writeEach(batch, out, from, to, checkNames);
  }

  /** The kernel prints the records; a row with many windows or a pane, or which wants more room, is printed here. */
  #writeUsual(batch: Batch, out: ByteWriter, from: number, to: number): void {
    const { call } = kernel();
    const printing = new KernelPrinting(batch, to, out);
    for (let row = from; row < to; ) {
      const { target, base } = printing;
      const at = target.bytes.byteOffset + target.length;
      const limit = target.bytes.byteOffset + target.bytes.length;
      const next = call.printRecords(base, row, to, at, limit, this.#meta === 'flatten');
      target.length = call.printEnd.value - target.bytes.byteOffset;
      if (next === to) break;
      row = next;
      const size = FRAME_LIMIT * 2 + batch.end[row]! - batch.start[row]!;
      if (target.length + size > target.bytes.length) target.reserve(Math.max(size, target.bytes.length));
      else {
        this.#writeEach(batch, target, row, row + 1, false);
        row++;
      }
    }
    printing.finish();
  }

  #writeEach(batch: Batch, out: ByteWriter, from: number, to: number, checkNames: boolean): void {
    let whole = out.length;
    try {
      for (let row = from; row < to; row++) {
        if (batch.kind[row] !== EVENT) continue;
        const records = recordCount(this.#meta, batch, row);
        for (let record = 0; record < records; record++) {
          this.#writeRecord(batch, row, record, checkNames, out);
          whole = out.length;
        }
      }
    } catch (error) {
      out.length = whole;
      throw error;
    }
  }

  end(): void {}

  #writeRecord(batch: Batch, row: number, record: number, checkNames: boolean, out: ByteWriter): void {
    const start = batch.start[row]!;
    const end = batch.end[row]!;
    const flatten = this.#meta === 'flatten';
    out.reserve(FRAME_LIMIT + end - start);
    out.bytes[out.length++] = OPEN;
    const opened = out.length;
    if (this.#meta === 'keep' || (flatten && batch.paneEnd[row]! > 0))
      this.#writeAllMeta(batch, row, record, out);
    else if (flatten && batch.windowCount[row] !== GLOBAL) this.#writeWindow(batch, row, record, out);
    if (end > start) {
      if (out.length > opened) out.byte(COMMA);
      if (checkNames) this.#writeCheckedMembers(batch, row, out);
      else out.copy(batch.bytes, start, end);
    }
    out.reserve(2);
    out.bytes[out.length++] = CLOSE;
    out.bytes[out.length++] = LF;
  }

  /** There is room for it: FRAME_LIMIT bytes. */
  #writeWindow(batch: Batch, row: number, record: number, out: ByteWriter): void {
    const start = windowStart(batch, row, record);
    const end = windowEnd(batch, row, record);
    const members = this.#window;
    if (start !== this.#start || end !== this.#end) {
      writeInstant(members, WINDOW_MEMBERS.indexOf('S'), start);
      writeInstant(members, WINDOW_MEMBERS.indexOf('E'), end);
      this.#start = start;
      this.#end = end;
    }
    const { bytes } = out;
    let at = out.length;
    for (let i = 0; i < members.length; i++) bytes[at++] = members[i]!;
    out.length = at;
  }

  #writeAllMeta(batch: Batch, row: number, record: number, out: ByteWriter): void {
    let separator = '"';
    for (const name of metaNames(this.#meta, batch, row)) {
      out.ascii(`${separator}${name}":`);
      writeMetaJson(out, name, batch, row, record);
      separator = ',"';
    }
  }

  #writeCheckedMembers(batch: Batch, row: number, out: ByteWriter): void {
    const { bytes } = batch;
    const cursor = this.#cursor;
    const added = metaNames(this.#meta, batch, row);
    let copied = batch.start[row]!;
    cursor.begin(bytes, copied, batch.end[row]!, batch.line[row]!);
    while (cursor.next()) {
      const { nameStart, nameEnd } = cursor;
      const written = writtenNameStart(bytes, nameStart, nameEnd);
      if (written > nameStart) {
        out.copy(bytes, copied, nameStart);
        copied = written;
      }
      if (added.length > 0) {
        const name = unescape(bytes, written, nameEnd);
        if ((added as readonly string[]).includes(name)) throw collision(name, batch.line[row]!);
      }
    }
    out.copy(bytes, copied, batch.end[row]!);
  }
}

/** As a JSON value; null where the event has none of it (a pane without an index). */
function writeMetaJson(out: ByteWriter, name: MetaName, batch: Batch, row: number, record: number): void {
  const before = out.length;
  const quoted = !isMetaJson(name);
  if (quoted) out.byte(QUOTE);
  const from = out.length;
  writeMeta(out, name, batch, row, record);
  if (out.length === from) {
    out.length = before;
    out.ascii('null');
  } else if (quoted) out.byte(QUOTE);
}

const OPEN = 0x7b;
const CLOSE = 0x7d;
const COMMA = 0x2c;
const QUOTE = 0x22;
const LF = 0x0a;
