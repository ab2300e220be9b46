import type { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import { findPath } from '../json/path.ts';
import { hasEscape, unescape } from '../json/string.ts';
import { type Batch, EVENT } from '../stream/batch.ts';
import { WHOLE_EVENT } from './computed-texts.ts';
import { MemberCursor } from './member-cursor.ts';
import { collision, metaNames, needsNameCheck, recordCount, writeMeta } from './meta.ts';
import type { RecordWriter, WriterOptions } from './record-writer.ts';
import type { Template } from './template.ts';

/**
 * A line of the user's making per record. Strings are put as they are, without quotes; other values as JSON
 * text; a member that the event lacks is empty, and so is what is null or cannot be computed.
 */
export class TemplateWriter implements RecordWriter {
  readonly #template: Template;
  readonly #options: WriterOptions;
  readonly #cursor = new MemberCursor();
  readonly #found = { start: 0, end: 0 };
  /** Metadata that `flatten` adds and the template names: members of these names would be passed over. */
  readonly #flattened: ReadonlySet<string>;

  constructor(template: Template, options: WriterOptions) {
    this.#options = options;
    this.#template = template;
    this.#flattened = new Set(
      template.parts.flatMap((part) =>
        part.kind === 'meta' && !part.name.startsWith('@') ? [part.name] : [],
      ),
    );
  }

  write(batch: Batch, out: ByteWriter, from = 0, to = batch.rows): void {
    const { kind } = batch;
    const { meta } = this.#options;
    this.#template.computed?.read(batch);
    const checkNames = this.#flattened.size > 0 && needsNameCheck(meta, batch);
    for (let row = from; row < to; row++) {
      if (kind[row] !== EVENT) continue;
      if (checkNames) this.#checkNames(batch, row);
      const records = recordCount(meta, batch, row);
      for (let record = 0; record < records; record++) this.#writeRecord(batch, row, record, out);
    }
  }

  end(): void {}

  #writeRecord(batch: Batch, row: number, record: number, out: ByteWriter): void {
    const { bytes } = batch;
    const found = this.#found;
    const { parts, computed } = this.#template;
    for (const part of parts) {
      if (part.kind === 'text') {
        out.copy(part.bytes, 0, part.bytes.length);
        continue;
      }
      if (part.kind === 'computed') {
        const of = this.#options.meta === 'flatten' ? record : WHOLE_EVENT;
        if (!computed!.compute(part.index, row, of)) continue;
        writeValue(out, computed!.json.bytes, 0, computed!.json.length);
        continue;
      }
      if (part.kind === 'meta') {
        const from = out.length;
        writeMeta(out, part.name, batch, row, record);
        if (out.length > from) continue;
      }
      const { path } = part;
      if (path !== undefined && findPath(bytes, batch.start[row]!, batch.end[row]!, path, found)) {
        writeValue(out, bytes, found.start, found.end);
      }
    }
    out.byte(LF);
  }

  #checkNames(batch: Batch, row: number): void {
    const { bytes } = batch;
    const added = metaNames(this.#options.meta, batch, row);
    if (added.length === 0) return;
    const cursor = this.#cursor;
    cursor.begin(bytes, batch.start[row]!, batch.end[row]!, batch.line[row]!);
    while (cursor.next()) {
      const name = unescape(bytes, cursor.nameStart, cursor.nameEnd);
      if (this.#flattened.has(name) && (added as readonly string[]).includes(name)) {
        throw collision(name, batch.line[row]!);
      }
    }
  }
}

function writeValue(out: ByteWriter, bytes: Buffer, start: number, end: number): void {
  if (bytes[start] !== QUOTE) out.copy(bytes, start, end);
  else if (hasEscape(bytes, start + 1, end - 1)) out.utf8(unescape(bytes, start + 1, end - 1));
  else out.copy(bytes, start + 1, end - 1);
}

const LF = 0x0a;
const QUOTE = 0x22;
