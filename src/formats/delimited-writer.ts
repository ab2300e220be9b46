import { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';
import type { ByteWriter } from '../json/byte-writer.ts';
import { unescape } from '../json/string.ts';
import { type Batch, EVENT } from '../stream/batch.ts';
import type { FieldSyntax } from './delimited-fields.ts';
import { MemberCursor } from './member-cursor.ts';
import {
  collision,
  type MetaName,
  metaNames,
  metaOfHeader,
  recordCount,
  withoutEscape,
  writeMeta,
  writtenNameStart,
} from './meta.ts';
import type { RecordWriter, WriterOptions } from './record-writer.ts';

interface Column {
  readonly name: string;
  /** The metadata in it; undefined: a member. */
  readonly meta: MetaName | undefined;
  /** How the member begins in most events: its name in quotes and the colon. */
  readonly written: Buffer;
}

/**
 * csv and tsv: a header line, then a line a record. Columns are those that are expected, else those of the first event, in
 * its order; an event that lacks one leaves its field empty, one that has another is an error.
 */
export class DelimitedWriter implements RecordWriter {
  readonly #fields: FieldSyntax;
  readonly #options: WriterOptions;
  readonly #cursor = new MemberCursor();
  /** Set by the first event, for the whole run. */
  #columns: readonly Column[] = [];
  #byName: ReadonlyMap<string, number> | undefined;
  /** Metadata of the first event, and how many of them stand at the front as they come: -1 when they do not. */
  #meta: readonly MetaName[] = [];
  #metaInFront = 0;
  /** Per column the value of the event at hand, where its members come in another order. */
  #valueStart = new Int32Array(0);
  #valueEnd = new Int32Array(0);
  #marks = new Uint8Array(0);

  constructor(fields: FieldSyntax, options: WriterOptions) {
    this.#fields = fields;
    this.#options = options;
  }

  write(batch: Batch, out: ByteWriter, from = 0, to = batch.rows): void {
    let whole = out.length;
    try {
      for (let row = from; row < to; row++) {
        if (batch.kind[row] !== EVENT) continue;
        if (this.#byName === undefined) this.#takeColumns(batch, row, out);
        this.#checkMeta(batch, row);
        const records = recordCount(this.#options.meta, batch, row);
        for (let record = 0; record < records; record++) {
          whole = out.length;
          if (this.#writeInOrder(batch, row, record, out)) continue;
          out.length = whole;
          this.#writeByName(batch, row, record, out);
        }
        whole = out.length;
      }
    } catch (error) {
      out.length = whole;
      throw error;
    }
  }

  /** Where it is known what columns there would be, they are told also of no event. */
  end(out: ByteWriter): void {
    const { columns, expected, meta } = this.#options;
    if (this.#byName !== undefined || columns !== undefined || expected === undefined) return;
    this.#setColumns(metaOfHeader(meta, expected.windowed, expected.paned), expected.members, out);
  }

  get columns(): readonly string[] | undefined {
    return this.#byName === undefined ? this.#options.columns : this.#columns.map(({ name }) => name);
  }

  #takeColumns(batch: Batch, row: number, out: ByteWriter): void {
    const meta = metaNames(this.#options.meta, batch, row);
    const { columns, expected } = this.#options;
    if (columns === undefined)
      this.#setColumns(meta, expected?.members ?? this.#namesOf(batch, row, meta), out, batch.line[row]);
    else this.#setColumns(meta, undefined, out);
    for (const name of meta) if (!this.#byName!.has(name)) throw this.#newColumn(name, batch, row);
  }

  /** The names of an event's members as they stand in it, without escapes. */
  #namesOf(batch: Batch, row: number, meta: readonly MetaName[]): string[] {
    const line = batch.line[row]!;
    const names: string[] = [];
    const cursor = this.#cursor;
    cursor.begin(batch.bytes, batch.start[row]!, batch.end[row]!, line);
    while (cursor.next()) {
      const name = this.#memberName(batch.bytes);
      if ((meta as readonly string[]).includes(name)) throw collision(name, line);
      names.push(unescape(batch.bytes, cursor.nameStart, cursor.nameEnd));
    }
    if (names.length > 0 || meta.length > 0) return names;
    throw new TidemarkError('failed', `an event without members gives ${this.#fields.name} no columns`, {
      line,
      hint: 'write it with --format ndjson, or with --meta keep',
    });
  }

  /**
   * @param members as they stand in the stream; undefined: the target has its columns
   * @param line of the event that has the metadata, for messages
   */
  #setColumns(
    meta: readonly MetaName[],
    members: readonly string[] | undefined,
    out: ByteWriter,
    line?: number,
  ): void {
    const names = new Map<string, Buffer>();
    const add = (name: string, written: string): void => {
      if (!names.has(name)) names.set(name, Buffer.from(`${JSON.stringify(written)}:`));
    };
    for (const name of members === undefined ? this.#options.columns! : meta) add(name, name);
    for (const member of members ?? []) {
      const name = this.#options.meta === 'keep' ? member : withoutEscape(member);
      if ((meta as readonly string[]).includes(name)) throw collision(name, line);
      add(name, member);
    }
    this.#columns = Array.from(names, ([name, written]) => ({
      name,
      written,
      meta: meta.find((own) => own === name),
    }));
    this.#byName = new Map(this.#columns.map((column, index) => [column.name, index]));
    this.#meta = meta;
    this.#metaInFront = meta.every((name, index) => this.#columns[index]?.meta === name) ? meta.length : -1;
    this.#valueStart = new Int32Array(this.#columns.length);
    this.#valueEnd = new Int32Array(this.#columns.length);
    this.#marks = new Uint8Array(this.#columns.length);
    if (members !== undefined) this.#writeHeader(out);
  }

  #writeHeader(out: ByteWriter): void {
    this.#columns.forEach(({ name }, index) => {
      if (index > 0) out.byte(this.#fields.separator);
      this.#fields.writeName(out, name);
    });
    out.byte(LF);
  }

  /** An event may have less metadata than there are columns for, not more. */
  #checkMeta(batch: Batch, row: number): void {
    const names = metaNames(this.#options.meta, batch, row);
    if (names === this.#meta) return;
    for (const name of names) {
      if (this.#columns[this.#byName!.get(name) ?? -1]?.meta !== name)
        throw this.#newColumn(name, batch, row);
    }
  }

  /** Writes a record whose members stand in the columns' order, as nearly all do; false when they do not. */
  #writeInOrder(batch: Batch, row: number, record: number, out: ByteWriter): boolean {
    const cursor = this.#cursor;
    const columns = this.#columns;
    const { separator } = this.#fields;
    const before = out.length;
    let column = this.#metaInFront;
    if (column < 0) return false;
    for (let index = 0; index < column; index++) {
      if (index > 0) out.byte(separator);
      this.#writeMeta(out, columns[index]!.meta!, batch, row, record);
    }
    cursor.begin(batch.bytes, batch.start[row]!, batch.end[row]!, batch.line[row]!);
    while (!cursor.done) {
      // What an event may lack it most often lacks.
      while (column < columns.length && !cursor.nextIs(columns[column]!.written)) {
        if (column > 0) out.byte(separator);
        column++;
      }
      if (column === columns.length) return false;
      if (column > 0) out.byte(separator);
      this.#writeField(out, batch.bytes, cursor.valueStart, cursor.valueEnd, cursor.marks);
      column++;
    }
    for (; column < columns.length; column++) if (column > 0) out.byte(separator);
    this.#endLine(out, before);
    return true;
  }

  #writeByName(batch: Batch, row: number, record: number, out: ByteWriter): void {
    const { bytes } = batch;
    const before = out.length;
    const cursor = this.#cursor;
    this.#valueEnd.fill(0);
    cursor.begin(bytes, batch.start[row]!, batch.end[row]!, batch.line[row]!);
    while (cursor.next()) {
      const name = this.#memberName(bytes);
      const column = this.#byName!.get(name);
      if (column === undefined) throw this.#newColumn(name, batch, row);
      if (this.#columns[column]!.meta !== undefined) throw collision(name, batch.line[row]!);
      if (this.#valueEnd[column] !== 0) continue;
      this.#valueStart[column] = cursor.valueStart;
      this.#valueEnd[column] = cursor.valueEnd;
      this.#marks[column] = cursor.marks;
    }
    this.#columns.forEach(({ meta }, column) => {
      if (column > 0) out.byte(this.#fields.separator);
      const end = this.#valueEnd[column]!;
      if (meta !== undefined) this.#writeMeta(out, meta, batch, row, record);
      else if (end > 0) this.#writeField(out, bytes, this.#valueStart[column]!, end, this.#marks[column]!);
    });
    this.#endLine(out, before);
  }

  #endLine(out: ByteWriter, before: number): void {
    if (out.length === before) out.ascii(this.#fields.blank);
    out.byte(LF);
  }

  #writeField(out: ByteWriter, bytes: Buffer, start: number, end: number, marks: number): void {
    const first = bytes[start];
    if (first === QUOTE) this.#fields.writeString(out, bytes, start + 1, end - 1, marks);
    else if (first === OPEN_LIST || first === OPEN_OBJECT) this.#fields.writeJson(out, bytes, start, end);
    else if (first !== NULL_START) out.copy(bytes, start, end);
  }

  #writeMeta(out: ByteWriter, name: MetaName, batch: Batch, row: number, record: number): void {
    if (name !== '@pane') writeMeta(out, name, batch, row, record);
    else this.#fields.writeJson(out, batch.bytes, batch.paneStart[row]!, batch.paneEnd[row]!);
  }

  #memberName(bytes: Buffer): string {
    const { nameStart, nameEnd } = this.#cursor;
    const start = this.#options.meta === 'keep' ? nameStart : writtenNameStart(bytes, nameStart, nameEnd);
    return unescape(bytes, start, nameEnd);
  }

  #newColumn(name: string, batch: Batch, row: number): TidemarkError {
    const { columns } = this.#options;
    const line = batch.line[row]!;
    if (columns === undefined) {
      return new TidemarkError(
        'failed',
        `member "${name}" has no column: they are those of the ${this.#options.expected === undefined ? 'first event' : 'schema'}`,
        {
          line,
          hint: 'sink --format ndjson takes events of any members',
        },
      );
    }
    return new TidemarkError('failed', `member "${name}" has no column in the target`, {
      line,
      hint: `its columns are ${columns.join(', ')}; --overwrite begins it anew`,
    });
  }
}

const LF = 0x0a;
const QUOTE = 0x22;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;
const NULL_START = 0x6e;
