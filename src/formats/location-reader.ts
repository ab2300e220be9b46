import { type Buffer, isUtf8 } from 'node:buffer';
import type { Path } from '../json/path.ts';
import type { Schema } from '../stream/schema.ts';
import type { DialectOptions } from './dialect.ts';
import type { ReaderState, RecordBatch, Rejects, ResumableReader } from './format.ts';
import { invalidUtf8, notUtf8 } from './invalid-utf8.ts';
import type { StampOptions } from './stamp-options.ts';

export interface ReaderOptions {
  /** Told of every record that cannot be read. */
  readonly rejects: Rejects;
  /** The member that is the record's time; undefined: the format's own, or none. */
  readonly time: Path | undefined;
  /** Top-level members that operators want of each record: a reader that can finds them while it scans. */
  readonly members?: readonly string[];
  /**
   * What is declared of the records, with names as in the stream: fields of text are typed by it, and a reader that can
   * says of records whether they fit.
   */
  readonly schema?: Schema;
  /** Bytes that a line (csv: a row) may have, its LF not counted. */
  readonly maxLine: number;
  /** csv, tsv: what the file does otherwise than others. */
  readonly dialect?: DialectOptions;
  /** syslog: what its times are to be taken for; UTC, and nothing tells a year, when left out. */
  readonly stamps?: StampOptions;
  /** Name of the location, for errors that no record has. */
  readonly location?: string;
  /** Lines of the location before the bytes that are read; 0, its start, when left out. */
  readonly linesBefore?: number;
}

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const BOM_LENGTH = 3;
/** Bytes that are checked for UTF-8 at once: much less, and the call costs more than the check. */
const CHUNK = 1 << 16;

/**
 * What reading a location is in every format: a byte order mark at its start is passed over, bytes must be
 * UTF-8, and a line may be `maxLine` bytes long. One reader reads one location, block after block.
 *
 * A longer line need not be in memory whole: as soon as `maxLine` bytes of it are there, it is rejected (with
 * its first `maxLine` bytes, however the blocks were cut) and its rest passed over. So a caller who hands in a
 * block that ends inside a line never has to keep more than that.
 */
export abstract class LocationReader implements ResumableReader {
  protected readonly rejects: Rejects;
  protected readonly maxLine: number;
  /** The line that is being read, 1-based; 0 before the first. */
  protected line: number;
  /** Nothing was read yet: a byte order mark may come. */
  #fresh: boolean;
  /** Inside a line that was rejected for its length; until its LF. */
  #passing = false;
  /** In this block bytes were checked for UTF-8 up to here; from the last chunk on, the answer is `#suspect`. */
  #checkedTo = -1;
  #suspect = false;

  constructor(options: ReaderOptions) {
    this.rejects = options.rejects;
    this.maxLine = options.maxLine;
    this.line = options.linesBefore ?? 0;
    this.#fresh = this.line === 0;
  }

  get lines(): number {
    return this.line;
  }

  save(): ReaderState {
    return { line: this.line, fresh: this.#fresh, passing: this.#passing };
  }

  restore({ line, fresh, passing }: ReaderState): void {
    this.line = line;
    this.#fresh = fresh;
    this.#passing = passing;
  }

  /**
   * Reads records from batch.bytes[from, whole) until they are used up or the batch is full. `whole` is
   * behind an LF unless `last`.
   * @param known how far the bytes of the location are in memory (≥ `whole`)
   * @returns the index of the first byte that was not consumed
   */
  protected abstract readLines(
    batch: RecordBatch,
    from: number,
    whole: number,
    known: number,
    last: boolean,
  ): number;

  read(batch: RecordBatch, from: number, cut: number, last: boolean): number {
    this.#checkedTo = -1;
    const b = batch.bytes;
    let at = from;
    if (this.#passing) {
      at = lineFeed(b, at, cut) + 1;
      if (at > cut) return cut;
      this.#passing = false;
    }
    // A byte order mark is not known before it is whole, however short lines may be.
    if (at >= cut || (this.#fresh && !last && cut - at < BOM_LENGTH && b[cut - 1] !== LF)) return at;
    let whole = cut;
    if (!last && b[cut - 1] !== LF) whole = Math.max(at, b.lastIndexOf(LF, cut - 1) + 1);
    if (this.#fresh && (whole > at || cut - at > this.maxLine)) {
      this.#fresh = false;
      if (b[at] === 0xef && b[at + 1] === 0xbb && b[at + 2] === 0xbf && at + 3 <= cut) at += 3;
    }
    if (at < whole) at = this.readLines(batch, at, whole, cut, last);
    if (at < whole || cut - at <= this.maxLine) return at;
    this.line++;
    this.refuseLong(batch.bytes, at);
    this.#passing = true;
    return cut;
  }

  /** Whether b[start, end) is UTF-8; asks for whole chunks of lines at once. */
  protected isText(b: Buffer, start: number, end: number, whole: number): boolean {
    if (end > this.#checkedTo) {
      const near = Math.max(start + CHUNK, end);
      const to = near >= whole ? whole : lineFeed(b, near, whole);
      this.#suspect = !isUtf8(b.subarray(start, to));
      this.#checkedTo = to;
    }
    return !this.#suspect || isUtf8(b.subarray(start, end));
  }

  protected refuseText(b: Buffer, start: number, end: number): void {
    const at = invalidUtf8(b, start, end);
    this.refuse(b, start, end, at, notUtf8(b, at));
  }

  /** Why a line, or a row of csv, is refused that has more bytes than one may have. */
  protected tooLong(): string {
    return `longer than --max-line (${this.maxLine} bytes)`;
  }

  protected refuseLong(b: Buffer, start: number): void {
    this.refuse(b, start, start + this.maxLine, -1, this.tooLong());
  }

  /** Rejects b[start, end) on the current line; `at` is the index of what is wrong, -1 when it is all of it. */
  protected refuse(b: Buffer, start: number, end: number, at: number, reason: string): void {
    this.rejects.reject(this.line, at < 0 ? 0 : at - start + 1, reason, b, start, end);
  }
}

/** A format whose records are lines. Blank lines are counted and passed over; CRLF is a line end too. */
export abstract class LineReader extends LocationReader {
  /**
   * Reads the line batch.bytes[start, end), which is UTF-8, not blank and without its end; adds a row, or
   * refuses it. The batch is not full.
   */
  protected abstract readLine(batch: RecordBatch, start: number, end: number): void;

  protected override readLines(batch: RecordBatch, from: number, whole: number): number {
    let at = from;
    while (at < whole && batch.rows < batch.capacity) at = this.readOneLine(batch, at, whole);
    return at;
  }

  /** Reads the line that begins at `at`; the index behind it. */
  protected readOneLine(batch: RecordBatch, at: number, whole: number): number {
    const b = batch.bytes;
    const behind = lineFeed(b, at, whole);
    this.line++;
    if (behind - at > this.maxLine) this.refuseLong(b, at);
    else {
      const end = lineEnd(b, at, behind);
      if (b[at]! > SPACE || !isBlank(b, at, end)) {
        if (this.isText(b, at, end, whole)) this.readLine(batch, at, end);
        else this.refuseText(b, at, end);
      }
    }
    return Math.min(behind + 1, whole);
  }
}

/** The index of the next LF of b[at, end), or `end`. */
export function lineFeed(b: Buffer, at: number, end: number): number {
  const found = b.indexOf(LF, at);
  return found < 0 || found > end ? end : found;
}

/** Where the text of a line ends whose LF is at `feed`: before a CR. */
export const lineEnd = (b: Uint8Array, start: number, feed: number): number =>
  feed > start && b[feed - 1] === CR ? feed - 1 : feed;

/** Whether b[start, end) is white space alone. */
export function isBlank(b: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const c = b[i]!;
    if (c !== SPACE && (c < 0x09 || c > CR)) return false;
  }
  return true;
}
