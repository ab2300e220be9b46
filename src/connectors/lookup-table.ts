import { Buffer, isUtf8 } from 'node:buffer';
import { existsSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import split2 from 'split2';
import { TidemarkError } from '../errors.ts';
import { nearestWord } from '../expressions/suggestion.ts';
import { headerNames } from '../formats/delimited-header.ts';
import { escapedName } from '../formats/escape-metadata.ts';
import { RecordBatch, type RecordReader } from '../formats/format.ts';
import { invalidUtf8, notUtf8 } from '../formats/invalid-utf8.ts';
import { createRecordReader } from '../formats/readers.ts';
import type { Path } from '../json/path.ts';
import { failure, skipSpace, valueEnd } from '../json/scan.ts';
import { SideTableBuilder, type TableLayout } from '../operators/side-table-builder.ts';
import type { SideTable } from '../state/side-table.ts';
import { Batch } from '../stream/batch.ts';
import { fileSplit } from './compressed-split.ts';
import type { Split } from './connector.ts';
import { readRecords } from './record-loop.ts';
import { cannotRead } from './system-error.ts';

export type TableFormat = 'ndjson' | 'csv' | 'tsv';

export interface LookupTableOptions extends TableLayout {
  readonly path: string;
  readonly format: TableFormat;
  /** Bytes that a line of the file may have. */
  readonly maxLine: number;
}

export interface LoadedTable {
  readonly table: SideTable;
  /** Rows whose key an earlier row had, and the line of the first of them. */
  readonly duplicates: number;
  readonly duplicateLine: number;
}

/** Whether there is a table to look at. */
export const hasTable = (path: string): boolean => existsSync(path);

/** Bytes that are read at once. */
const PIECE = 1 << 18;
/** Rows that are taken at once. */
const ROWS = 1024;

/**
 * Reads a table from a file, decompressed by its ending. NDJSON: a row is an object a line. csv and tsv: a row under a header;
 * what is spelled as a number is one, what is empty is null.
 * @throws TidemarkError `failed` with the file, and the line where there is one
 */
export async function loadLookupTable(options: LookupTableOptions): Promise<LoadedTable> {
  try {
    const builder = await (options.format === 'ndjson' ? readNdjson(options) : readDelimited(options));
    const { duplicates, duplicateLine } = builder;
    return { table: builder.finish(), duplicates, duplicateLine };
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw cannotRead(options.path, error);
    if (error.where !== undefined || error.message.includes(options.path)) throw error;
    const { line, column, hint } = error;
    throw new TidemarkError('failed', error.message, {
      where: options.path,
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
      ...(hint === undefined ? {} : { hint }),
      cause: error,
    });
  }
}

async function readNdjson({ path, maxLine, ...layout }: LookupTableOptions): Promise<SideTableBuilder> {
  const builder = new SideTableBuilder(layout);
  const rows = new NdjsonRows(builder, maxLine);
  // Rows are taken in the mapper: pushed through the stream one by one they would cost 2.6 times as much.
  const lines = split2('\n', (line: string) => rows.add(line));
  lines.resume();
  await pipeline(pieces(fileSplit(path)), (source) => wholeLines(source, maxLine), lines);
  rows.flush();
  return builder;
}

/** All bytes of a location, in pieces that are the caller's own. */
async function* pieces(split: Split): AsyncGenerator<Buffer> {
  const reader = await split.open(new AbortController().signal);
  try {
    for (;;) {
      const piece = Buffer.allocUnsafeSlow(PIECE);
      const count = await reader.read(piece, 0);
      if (count <= 0) return;
      yield piece.subarray(0, count);
    }
  } finally {
    await reader.close();
  }
}

/** Passes bytes on in whole lines, once they are seen to be UTF-8: split2 would replace what is not. */
async function* wholeLines(source: AsyncIterable<Buffer>, maxLine: number): AsyncGenerator<Buffer> {
  /** Bytes behind the last line end, and the lines before them. */
  let rest: Buffer = Buffer.alloc(0);
  let lines = 0;
  const check = (text: Buffer): Buffer => {
    if (isUtf8(text)) {
      lines += newlines(text, text.length);
      return text;
    }
    const at = invalidUtf8(text, 0, text.length);
    throw new TidemarkError('failed', notUtf8(text, at), {
      line: lines + newlines(text, at) + 1,
      column: at - text.lastIndexOf(LF, at),
    });
  };
  for await (const piece of source) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const cut = bytes.lastIndexOf(LF) + 1;
    rest = bytes.subarray(cut);
    if (cut > 0) yield check(bytes.subarray(0, cut));
    if (rest.length > maxLine) throw tooLong(lines + 1, maxLine);
  }
  if (rest.length > 0) yield check(rest);
}

const tooLong = (line: number, maxLine: number): TidemarkError =>
  new TidemarkError('failed', `the row is longer than --max-line (${maxLine} bytes)`, {
    line,
    hint: 'raise it: --max-line 64MiB',
  });

function newlines(bytes: Buffer, end: number): number {
  let count = 0;
  for (let at = bytes.indexOf(LF); at >= 0 && at < end; at = bytes.indexOf(LF, at + 1)) count++;
  return count;
}

/** Collects the lines of an NDJSON table, checked, and hands them to a builder many at once. */
class NdjsonRows {
  line = 0;
  readonly #builder: SideTableBuilder;
  /** Rows not handed to the builder yet; used again. */
  readonly #batch = new Batch(ROWS, PIECE);
  readonly #maxLine: number;

  constructor(builder: SideTableBuilder, maxLine: number) {
    this.#builder = builder;
    this.#maxLine = maxLine;
  }

  /** @throws TidemarkError `failed` with line and column when the line is no JSON object; a blank one is none */
  add(text: string): undefined {
    this.line++;
    const batch = this.#batch;
    batch.reserve(text.length * 3);
    const bytes = batch.bytes;
    let start = batch.used;
    const end = start + bytes.write(text, start);
    const lineStart = start;
    if (end - start > this.#maxLine) throw tooLong(this.line, this.#maxLine);
    if (this.line === 1 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf)
      start += 3;
    start = skipSpace(bytes, start, end);
    if (start === end) return;
    const behind = valueEnd(bytes, start, end);
    if (behind < 0) throw this.#broken(failure.reason, failure.at - lineStart);
    if (bytes[start] !== OPEN) throw this.#broken('a row is a JSON object', start - lineStart);
    const rest = skipSpace(bytes, behind, end);
    if (rest !== end) throw this.#broken('something follows the object; one row a line', rest - lineStart);
    const members = skipSpace(bytes, start + 1, behind - 1);
    batch.used = end;
    batch.addEvent(0, members, behind - 1, this.line);
    if (batch.full || batch.used >= PIECE) this.flush();
  }

  flush(): void {
    if (this.#batch.rows > 0) this.#builder.add(this.#batch);
    this.#batch.clear();
  }

  #broken(reason: string, offset: number): TidemarkError {
    return new TidemarkError('failed', reason, {
      line: this.line,
      column: offset + 1,
      ...(this.line === 1
        ? { hint: "NDJSON is one object a line; a file that is one JSON list: jq -c '.[]' FILE" }
        : {}),
    });
  }
}

async function readDelimited(options: LookupTableOptions): Promise<SideTableBuilder> {
  let header: HeaderFirst | undefined;
  await readRecords(fileSplit(options.path), new RecordBatch(ROWS * 4), {
    signal: new AbortController().signal,
    createReader: () => {
      header = new HeaderFirst(options);
      return header;
    },
    onRecords: () => true,
  });
  if (header?.builder === undefined) throw new TidemarkError('failed', 'it has no header line');
  return header.builder;
}

/** Reads csv or tsv: the names of the columns from the header, then rows, which go to a builder at once. */
class HeaderFirst implements RecordReader {
  builder: SideTableBuilder | undefined;
  readonly #options: LookupTableOptions;
  readonly #rows: RecordReader;

  constructor(options: LookupTableOptions) {
    this.#options = options;
    this.#rows = createRecordReader(options.format, {
      time: undefined,
      maxLine: options.maxLine,
      rejects: {
        reject(line, column, reason) {
          throw new TidemarkError('failed', reason, { line, ...(column > 0 ? { column } : {}) });
        },
      },
    });
  }

  get lines(): number {
    return this.#rows.lines;
  }

  read(batch: RecordBatch, from: number, cut: number, last: boolean): number {
    const text = this.builder === undefined ? batch.bytes.toString('utf8', from, cut) : '';
    const next = this.#rows.read(batch, from, cut, last);
    if (this.builder === undefined && text.trim() !== '') this.#begin(last ? `${text}\n` : text);
    if (batch.rows === 0) return next;
    if (this.builder === undefined)
      throw new TidemarkError('failed', 'the header cannot be read', { line: 1 });
    this.builder.add(batch);
    return next;
  }

  #begin(text: string): void {
    const format = this.#options.format === 'tsv' ? 'tsv' : 'csv';
    const names = headerNames(format, text.replace(/^\ufeff?(?:[ \t]*\r?\n)*/, ''));
    if (names !== undefined) this.builder = new SideTableBuilder(layoutOf(this.#options, names));
  }
}

/** The layout of a table whose columns are known by their names: each of them in its escaped form. */
function layoutOf(layout: TableLayout, names: readonly string[]): TableLayout {
  const located = (path: Path): Path => {
    const [name] = path.steps;
    if (path.steps.length !== 1 || typeof name !== 'string' || !names.includes(name))
      throw noColumn(path, names);
    return columnPath(name);
  };
  const keys = layout.by.map(({ steps }) => steps[0]);
  const columns =
    layout.columns?.map(({ name, path }) => ({ name, path: located(path) })) ??
    names.filter((name) => !keys.includes(name)).map((name) => ({ name, path: columnPath(name) }));
  return { by: layout.by.map(located), columns };
}

/** Records name a column `@t` as `@@t`, as every event does. */
const columnPath = (name: string): Path => ({
  text: name,
  steps: [JSON.parse(escapedName(name)) as string],
});

function noColumn(path: Path, names: readonly string[]): TidemarkError {
  const meant = nearestWord(path.text, names);
  return new TidemarkError('failed', `there is no column ${path.text}`, {
    hint: meant === undefined ? `the columns are ${names.join(', ')}` : `did you mean ${meant}?`,
  });
}

const LF = 10;
const OPEN = 0x7b;
