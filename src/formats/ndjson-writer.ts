import type { ByteWriter } from '../json/byte-writer.ts';
import { unescape } from '../json/string.ts';
import { type Batch, EVENT, GLOBAL } from '../stream/batch.ts';
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

/** One object a line; the members' bytes as they are. */
export class NdjsonWriter implements RecordWriter {
  readonly #meta: MetaMode;
  readonly #cursor = new MemberCursor();

  constructor(meta: MetaMode) {
    this.#meta = meta;
  }

  write(batch: Batch, out: ByteWriter, from = 0, to = batch.rows): void {
    const meta = this.#meta;
    const checkNames = needsNameCheck(meta, batch);
    const { kind, windowCount, paneEnd } = batch;
    for (let row = from; row < to; row++) {
      if (kind[row] !== EVENT) continue;
      const plain = meta === 'drop' || (meta === 'flatten' && paneEnd[row] === 0);
      const records = recordCount(meta, batch, row);
      for (let record = 0; record < records; record++) {
        out.reserve(FRAME_LIMIT + batch.end[row]! - batch.start[row]!);
        out.bytes[out.length++] = OPEN;
        const opened = out.length;
        if (!plain) this.#writeAllMeta(batch, row, record, out);
        else if (meta === 'flatten' && windowCount[row] !== GLOBAL) writeWindow(batch, row, record, out);
        if (batch.end[row]! > batch.start[row]!) {
          if (out.length > opened) out.byte(COMMA);
          if (checkNames) this.#writeCheckedMembers(batch, row, out);
          else out.copy(batch.bytes, batch.start[row]!, batch.end[row]!);
        }
        out.reserve(2);
        out.bytes[out.length++] = CLOSE;
        out.bytes[out.length++] = LF;
      }
    }
  }

  end(): void {}

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

/** The usual metadata of a result, through fixed offsets. There is room for FRAME_LIMIT bytes. */
function writeWindow(batch: Batch, row: number, record: number, out: ByteWriter): void {
  out.ascii('"window_start":"');
  writeInstant(out.bytes, out.length, windowStart(batch, row, record));
  out.length += INSTANT_LENGTH;
  out.ascii('","window_end":"');
  writeInstant(out.bytes, out.length, windowEnd(batch, row, record));
  out.length += INSTANT_LENGTH;
  out.bytes[out.length++] = QUOTE;
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
