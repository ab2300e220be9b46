import type { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';
import type { Path } from '../json/path.ts';
import { DelimitedRow, type Dialect, ROW_BROKEN, ROW_OPEN } from './delimited-row.ts';
import { escapedName } from './escape-metadata.ts';
import { escapePairs, NO_PAIRS } from './escape-text.ts';
import type { RecordBatch } from './format.ts';
import { invalidUtf8, notUtf8 } from './invalid-utf8.ts';
import { isBlank, LocationReader, lineEnd, lineFeed, type ReaderOptions } from './location-reader.ts';

const LF = 0x0a;
const TAB = 0x09;

/** RFC 4180. */
export const CSV: Dialect = { name: 'csv', delimiter: 0x2c, quoting: true, pairs: NO_PAIRS };
/** IANA's text/tab-separated-values with the escapes that Miller reads: `\t`, `\n`, `\r`, `\\`. */
export const TSV: Dialect = { name: 'tsv', delimiter: 0x09, quoting: false, pairs: escapePairs('tnr\\') };

/**
 * Rows under a header line that names the members. A row that cannot be read costs its first line alone:
 * reading goes on at the next, so that one stray quote doesn't swallow the rest of the file.
 */
export class DelimitedReader extends LocationReader {
  readonly #dialect: Dialect;
  readonly #time: Path | undefined;
  readonly #location: string | undefined;
  readonly #row: DelimitedRow;

  constructor(dialect: Dialect, options: ReaderOptions) {
    super(options);
    this.#dialect = dialect;
    this.#time = options.time;
    this.#location = options.location;
    this.#row = new DelimitedRow(dialect);
  }

  /** @throws TidemarkError `failed` for a header that cannot be read, names a column twice or lacks the time's */
  protected override readLines(
    batch: RecordBatch,
    from: number,
    whole: number,
    known: number,
    last: boolean,
  ): number {
    const row = this.#row;
    let at = from;
    while (at < whole && batch.rows < batch.capacity) {
      if (batch.bytes[at]! <= 0x20) {
        const feed = lineFeed(batch.bytes, at, whole);
        if (feed - at <= this.maxLine && this.#isBlank(batch.bytes, at, feed)) {
          this.line++;
          at = feed + 1;
          continue;
        }
      }
      let state = row.scan(batch, at, whole);
      if (state === ROW_OPEN) {
        if (known - at > this.maxLine) {
          // Too long, unless it is broken before the limit: so it is the same however the blocks were cut.
          if (known > whole) state = row.scan(batch, at, known);
        } else if (!last) return at;
        else state = ROW_BROKEN;
      }
      const b = batch.bytes;
      this.line++;
      if (state !== ROW_BROKEN && (state === ROW_OPEN || row.feed - at > this.maxLine)) {
        at = this.#refuseLine(b, at, whole, -1, '');
      } else if (state === ROW_BROKEN) at = this.#refuseLine(b, at, whole, row.at, row.reason);
      else {
        this.#take(batch, at, whole);
        this.line += row.newlines;
        at = row.next;
      }
    }
    return Math.min(at, whole);
  }

  /** A row was scanned whole: adds it, rejects it, or takes it for the header. */
  #take(batch: RecordBatch, at: number, whole: number): void {
    const row = this.#row;
    const b = batch.bytes;
    if (!this.isText(b, at, row.end, whole)) {
      const wrong = invalidUtf8(b, at, row.end);
      this.#refuseRow(b, at, row.end, wrong, notUtf8(b, wrong));
    } else if (row.columns < 0) this.#takeHeader(batch.bytes.toString('utf8', batch.used, row.outEnd));
    else if (row.fields !== row.columns) {
      const fields = row.fields === 1 ? '1 field' : `${row.fields} fields`;
      this.#refuseRow(b, at, row.end, -1, `${fields} where the header has ${row.columns}`);
    } else {
      const start = batch.used;
      batch.used = row.outEnd;
      const { outEnd, timeStart, timeEnd } = row;
      batch.addRecord(start, outEnd, this.line, Number.NaN, timeStart, timeEnd, at, row.end);
    }
  }

  #takeHeader(list: string): void {
    // A column without a name is named by its number, as Miller does.
    const names = (JSON.parse(`[${list}]`) as string[]).map((name, k) => (name === '' ? `${k + 1}` : name));
    const seen = new Map<string, number>();
    for (const [k, name] of names.entries()) {
      const before = seen.get(name);
      if (before !== undefined) {
        throw this.#headerError(
          `the header names ${JSON.stringify(name)} twice, as columns ${before} and ${k + 1}`,
        );
      }
      seen.set(name, k + 1);
    }
    this.#row.setColumns(names.map(escapedName), this.#timeColumn(names));
  }

  #timeColumn(names: readonly string[]): number {
    if (this.#time === undefined) return -1;
    const [name] = this.#time.steps;
    const column = this.#time.steps.length === 1 ? names.indexOf(`${name}`) : -1;
    if (column < 0) {
      throw this.#headerError(
        `the header has no column ${this.#time.text}`,
        `the columns are ${names.join(', ')}`,
      );
    }
    return column;
  }

  #headerError(message: string, hint?: string): TidemarkError {
    return new TidemarkError('failed', message, {
      line: this.line,
      ...(this.#location === undefined ? {} : { where: this.#location }),
      ...(hint === undefined ? {} : { hint }),
    });
  }

  #isBlank(b: Buffer, at: number, feed: number): boolean {
    if (!isBlank(b, at, feed)) return false;
    if (this.#dialect.delimiter === TAB) for (let i = at; i < feed; i++) if (b[i] === TAB) return false;
    return true;
  }

  protected override refuseLong(b: Buffer, at: number): void {
    if (this.#row.columns < 0) throw this.#headerError(`the header is ${this.tooLong()}`);
    super.refuseLong(b, at);
  }

  /**
   * Rejects the first line of the row at `at`; `wrong` is the index of what is wrong, -1 when the row is too long.
   * @returns the index of the next line
   */
  #refuseLine(b: Buffer, at: number, whole: number, wrong: number, reason: string): number {
    const feed = lineFeed(b, at, whole);
    // Whatever is wrong behind the limit: with smaller blocks the row would have been too long already.
    if (feed - at > this.maxLine) this.refuseLong(b, at);
    else if (wrong < 0 || wrong - at > this.maxLine) {
      this.#refuseRow(b, at, lineEnd(b, at, feed), -1, this.tooLong());
    } else this.#refuseRow(b, at, lineEnd(b, at, feed), wrong, reason);
    return feed + 1;
  }

  /** Rejects b[at, end); what is wrong in a later line than the row's first is told by that line's number. */
  #refuseRow(b: Buffer, at: number, end: number, wrong: number, reason: string): void {
    let lines = 0;
    for (let i = at; i < wrong; i++) if (b[i] === LF) lines++;
    const full = lines === 0 ? reason : `${reason} in line ${this.line + lines}`;
    if (this.#row.columns < 0) throw this.#headerError(`the header cannot be read: ${full}`);
    this.refuse(b, at, end, lines === 0 ? wrong : -1, full);
  }
}
