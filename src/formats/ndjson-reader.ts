import { Buffer } from 'node:buffer';
import { isMetadataName } from '../json/metadata-name.ts';
import { findPath, type Path } from '../json/path.ts';
import { failure, skipSpace, stringEnd, valueEnd } from '../json/scan.ts';
import { unescape } from '../json/string.ts';
import { KERNEL_FIELDS } from '../kernel/columns.ts';
import { setDeclared } from '../kernel/declared.ts';
import { kernel } from '../kernel/kernel.ts';
import { NAME_LIMIT, setNames } from '../kernel/names.ts';
import { addressOf } from '../kernel/staging.ts';
import { BatchWriter } from './batch-writer.ts';
import { BlockReader } from './block-reader.ts';
import { type DeclaredNames, declaredNames } from './declared-names.ts';
import { writeEscapedMembers } from './escape-metadata.ts';
import type { RecordBatch } from './format.ts';
import type { ReaderOptions } from './location-reader.ts';
import type { ScannedBlock } from './scanned-block.ts';

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;

const NO_NAME = Buffer.from('"');

/** 1: the value can end behind the digits before this byte: `,`, `}`, `]` and white space. */
const BEHIND_INTEGER = new Uint8Array(256);
for (const c of ',}] \t\r\n') BEHIND_INTEGER[c.charCodeAt(0)] = 1;

/**
 * One JSON value a line (RFC 8259). An object's members stay where they are, byte for byte, unless one has a
 * metadata name; any other value becomes the member `value`.
 */
export class NdjsonReader extends BlockReader {
  readonly #path: Path | undefined;
  /** The time member where it is at top level; undefined: there is none, or it is nested or long (`#path`). */
  readonly #timeText: string | undefined;
  /** What the kernel looks for: the time member's name, those of `options.members`, and what is declared. */
  readonly #names: DeclaredNames;
  readonly #found = { start: 0, end: 0 };
  readonly #out = new BatchWriter();
  /** Of the line being read: span of the time's value (end 0: none yet) … */
  #timeStart = 0;
  #timeEnd = 0;
  /** … and the opening quotes of the names that are metadata names; `#metadataCount` are in use. */
  readonly #metadata: number[] = [];
  #metadataCount = 0;

  constructor(options: ReaderOptions) {
    super(options);
    const [name] = options.time?.steps ?? [];
    const atTop =
      options.time?.steps.length === 1 && typeof name === 'string' && Buffer.byteLength(name) <= NAME_LIMIT;
    this.#path = atTop ? undefined : options.time;
    this.#timeText = atTop ? name : undefined;
    const members = (options.members ?? []).slice(0, KERNEL_FIELDS - 1).map((member) => Buffer.from(member));
    this.#names = declaredNames(atTop ? Buffer.from(name) : NO_NAME, members, options.schema);
  }

  protected override scanBlock(batch: RecordBatch, from: number, cut: number, room: number): ScannedBlock {
    const { call } = kernel();
    const { names, fields, table } = this.#names;
    setNames(names, kernel());
    const declared = table !== undefined;
    if (declared) setDeclared(table, kernel());
    const base = addressOf(batch.bytes);
    const rows = call.scanRecords(
      base,
      base + from,
      base + cut,
      room,
      this.maxLine,
      fields,
      names.length,
      declared,
    );
    return {
      rows,
      lines: rows,
      end: call.recordsEnd.value - base,
      beyondAscii: call.recordsBeyondAscii.value !== 0,
      fields,
      declared,
    };
  }

  /** Times that are not at the top of their records are sought here. */
  protected override finishBlock(batch: RecordBatch, first: number): void {
    const path = this.#path;
    if (path === undefined) return;
    const found = this.#found;
    for (let row = first; row < batch.rows; row++) {
      if (!findPath(batch.bytes, batch.start[row]!, batch.end[row]!, path, found)) continue;
      batch.timeStart[row] = found.start;
      batch.timeEnd[row] = found.end;
    }
  }

  protected override readLine(batch: RecordBatch, start: number, end: number): void {
    const b = batch.bytes;
    const open = skipSpace(b, start, end);
    if (b[open] !== OPEN) {
      this.#readValue(batch, start, open, end);
      return;
    }
    const members = skipSpace(b, open + 1, end);
    this.#timeStart = this.#timeEnd = this.#metadataCount = 0;
    const behind = b[members] === CLOSE && members < end ? members : this.#scanMembers(b, members, end);
    const close = behind < 0 ? end : skipSpace(b, behind, end);
    // Behind the closing brace, which may not be there, only white space.
    if (close >= end || b[close] !== CLOSE || skipSpace(b, close + 1, end) !== end) {
      this.#refuseLine(b, start, end);
      return;
    }
    if (this.#path !== undefined && findPath(b, members, behind, this.#path, this.#found)) {
      this.#timeStart = this.#found.start;
      this.#timeEnd = this.#found.end;
    }
    if (this.#metadataCount === 0) {
      batch.addRecord(members, behind, this.line, Number.NaN, this.#timeStart, this.#timeEnd, start, end);
      return;
    }
    const out = this.#out;
    out.open(batch);
    const from = out.length;
    writeEscapedMembers(out, b, members, behind, this.#metadata, this.#metadataCount);
    out.close(batch);
    batch.addRecord(from, batch.used, this.line, Number.NaN, this.#timeStart, this.#timeEnd, start, end);
  }

  /**
   * Checks the members from `from` on, and notes their time and which names are metadata.
   * @returns the index behind the last value, or -1
   */
  #scanMembers(b: Buffer, from: number, end: number): number {
    for (let i = from; i < end && b[i] === QUOTE; ) {
      const name = i + 1;
      const nameEnd = stringEnd(b, name, end) - 1;
      if (nameEnd < 0) return -1;
      const colon = skipSpace(b, nameEnd + 1, end);
      if (colon >= end || b[colon] !== COLON) return -1;
      const value = skipSpace(b, colon + 1, end);
      const behind = valueEnd(b, value, end);
      if (behind < 0) return -1;
      this.#takeMember(b, name, nameEnd, value, behind);
      const comma = skipSpace(b, behind, end);
      if (comma >= end || b[comma] !== COMMA) return behind;
      i = skipSpace(b, comma + 1, end);
    }
    return -1;
  }

  #takeMember(b: Buffer, name: number, nameEnd: number, value: number, behind: number): void {
    const text = unescape(b, name, nameEnd);
    // Of duplicate names the first counts.
    if (this.#timeEnd === 0 && text === this.#timeText) {
      this.#timeStart = value;
      this.#timeEnd = behind;
    }
    if (!text.startsWith('@')) return;
    const bytes = Buffer.from(text);
    if (isMetadataName(bytes, 0, bytes.length)) this.#metadata[this.#metadataCount++] = name - 1;
  }

  /** A line that is no object: another value becomes the member `value`. */
  #readValue(batch: RecordBatch, start: number, from: number, end: number): void {
    const source = batch.bytes;
    const behind = valueEnd(source, from, end);
    if (behind < 0 || skipSpace(source, behind, end) !== end) {
      this.#refuseLine(source, start, end);
      return;
    }
    const out = this.#out;
    out.open(batch);
    const members = out.length;
    out.ascii('"value":');
    const value = out.length;
    out.copy(source, from, behind);
    out.close(batch);
    let timeStart = 0;
    let timeEnd = 0;
    if (this.#timeText === 'value') [timeStart, timeEnd] = [value, batch.used];
    else if (
      this.#path !== undefined &&
      findPath(batch.bytes, members, batch.used, this.#path, this.#found)
    ) {
      timeStart = this.#found.start;
      timeEnd = this.#found.end;
    }
    batch.addRecord(members, batch.used, this.line, Number.NaN, timeStart, timeEnd, start, end);
  }

  /** Says why b[start, end) is not one JSON value: scanned anew, within the line. */
  #refuseLine(b: Buffer, start: number, end: number): void {
    const from = skipSpace(b, start, end);
    const behind = valueEnd(b, from, end);
    if (behind >= 0) {
      const what = b[from] === OPEN ? 'object' : 'value';
      const at = skipSpace(b, behind, end);
      this.refuse(b, start, end, at, `something follows the ${what}; one record a line`);
      return;
    }
    const { at } = failure;
    if (b[at] === 0xef && b[at + 1] === 0xbb && b[at + 2] === 0xbf) {
      this.refuse(b, start, end, at, 'a byte order mark may only stand at the start of a file');
    } else if ((b[at] === CLOSE || b[at] === 0x5d) && at < end && precededByComma(b, start, at)) {
      this.refuse(b, start, end, at, `a comma before the closing ${b[at] === CLOSE ? 'brace' : 'bracket'}`);
    } else this.refuse(b, start, end, at, failure.reason);
  }
}

function precededByComma(b: Buffer, start: number, at: number): boolean {
  let i = at - 1;
  while (i > start && b[i]! <= SPACE) i--;
  return b[i] === COMMA;
}
