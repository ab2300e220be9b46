import { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';
import type { Path } from '../json/path.ts';
import type { Schema } from '../stream/schema.ts';
import { typesOfText } from './declared-names.ts';
import { DelimitedBlock } from './delimited-block.ts';
import { DelimitedRow, ROW_BROKEN, ROW_OPEN, ROW_WHOLE } from './delimited-row.ts';
import { type Dialect, dialectOf } from './dialect.ts';
import { escapedName } from './escape-metadata.ts';
import type { ReaderState, RecordBatch } from './format.ts';
import { invalidUtf8, notUtf8 } from './invalid-utf8.ts';
import { isBlank, LocationReader, lineEnd, lineFeed, type ReaderOptions } from './location-reader.ts';
import { takeBlock } from './scanned-block.ts';

const LF = 0x0a;
const SPACE = 0x20;

/**
 * Rows under a header line that names the members. A row that cannot be read costs its first line alone:
 * reading goes on at the next, so that one stray quote doesn't swallow the rest of the file.
 */
export class DelimitedReader extends LocationReader {
  readonly #dialect: Dialect;
  readonly #time: Path | undefined;
  readonly #location: string | undefined;
  readonly #schema: Schema | undefined;
  readonly #row: DelimitedRow;
  readonly #block: DelimitedBlock;
  /** Rows before this index are read one by one: not all are UTF-8. Meant for one call of `readLines`. */
  #suspectTo = 0;
  /** Lines at the start that are still to be passed over. */
  #toSkip: number;
  readonly #comment: Buffer | undefined;
  /** Names of the columns, as they were given; undefined: not known yet. */
  #columns: readonly string[] | undefined;
  /** The first row is no header: its fields are counted, and columns called by their numbers. */
  readonly #headerless: boolean;
  /** What says how many columns there are, for messages. */
  readonly #named: string;

  /** @throws TidemarkError `failed` when the columns that are given don't have the time's */
  constructor(name: 'csv' | 'tsv', options: ReaderOptions) {
    super(options);
    const { dialect = {} } = options;
    this.#dialect = dialectOf(name, dialect);
    this.#time = options.time;
    this.#location = options.location;
    this.#schema = options.schema;
    this.#row = new DelimitedRow(this.#dialect);
    this.#toSkip = dialect.skipLines ?? 0;
    this.#comment = dialect.comment === undefined ? undefined : Buffer.from(dialect.comment);
    this.#block = new DelimitedBlock(this.#dialect, this.#comment, this.maxLine, options.members ?? []);
    this.#headerless = dialect.headerless ?? false;
    this.#named =
      dialect.columns !== undefined
        ? '--columns names'
        : this.#headerless
          ? 'the first row has'
          : 'the header has';
    if (dialect.columns !== undefined) this.#setColumns(dialect.columns);
  }

  override save(): ReaderState {
    const columns = this.#columns;
    return { ...super.save(), toSkip: this.#toSkip, ...(columns === undefined ? {} : { columns }) };
  }

  override restore(state: ReaderState): void {
    super.restore(state);
    this.#toSkip = state.toSkip ?? 0;
    if (state.columns !== undefined) this.#setColumns(state.columns);
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
    // The last line may have no LF, which the kernel wants.
    const cut = batch.bytes[whole - 1] === LF ? whole : batch.bytes.lastIndexOf(LF, whole - 1) + 1;
    this.#suspectTo = 0;
    let at = from;
    while (at < whole && batch.rows < batch.capacity) {
      const behind = this.#readBlock(batch, at, cut);
      if (behind > at) {
        at = behind;
        continue;
      }
      if (this.#passesOver(batch.bytes, at, whole)) {
        this.line++;
        at = lineFeed(batch.bytes, at, whole) + 1;
        continue;
      }
      if (row.columns < 0 && this.#headerless) this.#countColumns(batch, at, whole);
      let state = row.scan(batch, at, whole);
      if (state === ROW_OPEN) {
        if (known - at > this.maxLine) {
          // Too long, unless it is broken before the limit: so it is the same however the blocks were cut.
          if (known > whole && row.scan(batch, at, known) === ROW_BROKEN) state = ROW_BROKEN;
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

  /** The index behind the rows of batch.bytes[at, cut) that the kernel has read. */
  #readBlock(batch: RecordBatch, at: number, cut: number): number {
    if (at < this.#suspectTo || this.#toSkip > 0) return at;
    const scanned = this.#block.scan(batch, at, cut);
    if (scanned === undefined) return at;
    if (!takeBlock(batch, at, scanned, this.line)) {
      this.#suspectTo = scanned.end;
      return at;
    }
    this.line += scanned.lines;
    return scanned.end;
  }

  /** A row was scanned whole: adds it, rejects it, or takes it for the header. */
  #take(batch: RecordBatch, at: number, whole: number): void {
    const row = this.#row;
    const b = batch.bytes;
    if (!this.isText(b, at, row.end, whole)) {
      const wrong = invalidUtf8(b, at, row.end);
      this.#refuseRow(b, at, row.end, wrong, notUtf8(b, wrong));
    } else if (row.columns < 0) this.#takeHeader(batch.bytes.toString('utf8', batch.used, row.outEnd));
    else if (row.fields !== row.columns && !this.#dialect.ragged) {
      const fields = row.fields === 1 ? '1 field' : `${row.fields} fields`;
      this.#refuseRow(b, at, row.end, -1, `${fields} where ${this.#named} ${row.columns}`);
    } else {
      const start = batch.used;
      batch.used = row.outEnd;
      const { outEnd, timeStart, timeEnd } = row;
      batch.addRecord(start, outEnd, this.line, Number.NaN, timeStart, timeEnd, at, row.end);
    }
  }

  /** Whether the line at `at` is none of a row: one at the start, a blank one, a comment. */
  #passesOver(b: Buffer, at: number, whole: number): boolean {
    if (this.#toSkip > 0) {
      this.#toSkip--;
      return true;
    }
    return (b[at]! <= SPACE && this.#isBlank(b, at, lineFeed(b, at, whole))) || this.#isComment(b, at, whole);
  }

  #isComment(b: Buffer, at: number, end: number): boolean {
    const comment = this.#comment;
    if (comment === undefined || b[at] !== comment[0]) return false;
    return b.compare(comment, 0, comment.length, at, Math.min(at + comment.length, end)) === 0;
  }

  #isBlank(b: Buffer, at: number, feed: number): boolean {
    if (feed - at > this.maxLine || !isBlank(b, at, feed)) return false;
    const { delimiter } = this.#dialect;
    if (delimiter <= SPACE) for (let i = at; i < feed; i++) if (b[i] === delimiter) return false;
    return true;
  }

  /** Calls the columns by their numbers, as many as the row at `at` has fields; one that will be rejected tells none. */
  #countColumns(batch: RecordBatch, at: number, whole: number): void {
    const row = this.#row;
    if (row.scan(batch, at, whole) !== ROW_WHOLE || row.feed - at > this.maxLine) return;
    if (!this.isText(batch.bytes, at, row.end, whole)) return;
    this.#setColumns(Array.from({ length: row.fields }, () => ''));
  }

  #takeHeader(list: string): void {
    this.#setColumns(JSON.parse(`[${list}]`) as string[]);
  }

  /** @param given names; a column without one is called by its number, as Miller does */
  #setColumns(given: readonly string[]): void {
    const names = given.map((name, k) => (name === '' ? `${k + 1}` : name));
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
    const escaped = names.map(escapedName);
    const time = this.#timeColumn(names);
    this.#columns = names;
    const schema = this.#schema;
    const types = escaped.map((name) => typesOfText(schema?.members.get(JSON.parse(name) as string)));
    this.#row.setColumns(escaped, time, types);
    this.#block.setColumns(escaped, time, schema);
  }

  #timeColumn(names: readonly string[]): number {
    if (this.#time === undefined) return -1;
    const [name] = this.#time.steps;
    const column = this.#time.steps.length === 1 ? names.indexOf(`${name}`) : -1;
    if (column < 0) {
      throw this.#headerError(
        `${this.line > 0 ? 'the header has' : 'there is'} no column ${this.#time.text}`,
        `the columns are ${names.join(', ')}`,
      );
    }
    return column;
  }

  #headerError(message: string, hint?: string): TidemarkError {
    return new TidemarkError('failed', message, {
      ...(this.line === 0 ? {} : { line: this.line }),
      ...(this.#location === undefined ? {} : { where: this.#location }),
      ...(hint === undefined ? {} : { hint }),
    });
  }

  protected override refuseLong(b: Buffer, at: number): void {
    if (this.#toSkip > 0) {
      this.#toSkip--;
      return;
    }
    if (this.#isComment(b, at, at + this.maxLine)) return;
    if (this.#row.columns < 0 && !this.#headerless)
      throw this.#headerError(`the header is ${this.tooLong()}`);
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
    if (this.#row.columns < 0 && !this.#headerless) {
      throw this.#headerError(`the header cannot be read: ${full}`);
    }
    this.refuse(b, at, end, lines === 0 ? wrong : -1, full);
  }
}
