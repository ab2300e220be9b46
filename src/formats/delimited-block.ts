import { Buffer } from 'node:buffer';
import { columnTable, type TableColumn } from '../kernel/column-table.ts';
import { KERNEL_FIELDS, KERNEL_ROWS } from '../kernel/columns.ts';
import { type DeclaredTable, setDeclared } from '../kernel/declared.ts';
import { kernel } from '../kernel/kernel.ts';
import { NAME_LIMIT, setNames } from '../kernel/names.ts';
import { addressOf, takeBack } from '../kernel/staging.ts';
import type { Schema } from '../stream/schema.ts';
import { typesOfText } from './declared-names.ts';
import type { Dialect } from './dialect.ts';
import type { RecordBatch } from './format.ts';
import { KernelTurns } from './kernel-turns.ts';
import type { ScannedBlock } from './scanned-block.ts';

/** What the kernel wants behind the longest row that it writes. */
const SLACK = 1024;
/** Instead of a quote, and of a comment's first byte. */
const NO_QUOTE = 256;
const NO_COMMENT = -1;

/** Delimiters that may also stand in a number, or end a line. */
const UNUSUAL = '0123456789+-.eE\\\r\n\0';

/** The rows of csv and tsv that the kernel reads: those of usual dialects, many at once. */
export class DelimitedBlock {
  readonly #dialect: Dialect;
  readonly #comment: number;
  readonly #maxLine: number;
  readonly #members: readonly string[];
  #columns: readonly TableColumn[] = [];
  #timeColumn = -1;
  /** What rows are held to; undefined: nothing is declared. */
  #declared: DeclaredTable | undefined;
  /** Bytes of all prefixes. */
  #prefixes = 0;
  readonly #usual: boolean;
  readonly #turns = new KernelTurns();

  /**
   * @param comment how lines begin that are passed over
   * @param members what operators want of each record
   */
  constructor(dialect: Dialect, comment: Buffer | undefined, maxLine: number, members: readonly string[]) {
    const { delimiter, quote, escape, lazyQuotes, ragged, nulls } = dialect;
    this.#dialect = dialect;
    this.#comment = comment?.[0] ?? NO_COMMENT;
    this.#maxLine = maxLine;
    this.#members = members.slice(0, KERNEL_FIELDS);
    this.#usual =
      !lazyQuotes &&
      !ragged &&
      nulls.length <= KERNEL_FIELDS &&
      nulls.every((spelling) => spelling.length <= NAME_LIMIT) &&
      escape === quote &&
      delimiter !== quote &&
      delimiter < 0x80 &&
      !UNUSUAL.includes(String.fromCharCode(delimiter));
  }

  /**
   * @param names member names, quoted and escaped for JSON
   * @param timeColumn the index of the time's, or -1
   * @param schema that is declared of the rows
   */
  setColumns(names: readonly string[], timeColumn: number, schema?: Schema): void {
    const members = names.map((name) => JSON.parse(name) as string);
    this.#columns = names.map((name, k) => ({
      prefix: Buffer.from(`${k > 0 ? ',' : ''}${name}:`),
      field: this.#members.indexOf(members[k]!),
      types: typesOfText(schema?.members.get(members[k]!)),
    }));
    this.#declared = schema && rowTable(schema, members);
    this.#prefixes = this.#columns.reduce((sum, { prefix }) => sum + prefix.length, 0);
    this.#timeColumn = timeColumn;
  }

  /** Reads rows of batch.bytes[from, cut), which is empty or ends with an LF, as many as the batch has room for. */
  scan(batch: RecordBatch, from: number, cut: number): ScannedBlock | undefined {
    const columns = this.#columns;
    if (!this.#usual || columns.length === 0 || from >= cut || !this.#turns.isNext()) return undefined;
    // Members are longer than their row by the names; where that is not enough, the rest comes in another call.
    batch.reserve((cut - from) * 2 + this.#prefixes * 2 + SLACK);
    const { delimiter, quote, name, nulls } = this.#dialect;
    const base = addressOf(batch.bytes);
    const fields = batch.members.length === this.#members.length ? this.#members.length : 0;
    const { call } = kernel();
    const table = this.#declared;
    const declared = table !== undefined;
    if (declared) setDeclared(table, kernel());
    if (nulls.length > 0) setNames(nulls, kernel());
    const rows = call.scanDelimited(
      base,
      base + from,
      base + cut,
      Math.min(batch.capacity - batch.rows, KERNEL_ROWS),
      this.#maxLine,
      delimiter,
      quote < 0 ? NO_QUOTE : quote,
      this.#comment,
      name === 'tsv',
      nulls.length,
      columnTable(columns),
      columns.length,
      this.#timeColumn,
      fields,
      declared,
      base + batch.used,
      base + batch.bytes.length,
    );
    this.#turns.took(rows);
    if (rows === 0) return undefined;
    const used = call.delimitedOut.value - base;
    takeBack(batch.bytes, batch.used, used);
    batch.used = used;
    return {
      rows,
      lines: call.delimitedLines.value,
      end: call.delimitedEnd.value - base,
      beyondAscii: call.delimitedBeyondAscii.value !== 0,
      fields,
      declared,
    };
  }
}

/** All rows have the same members: where these are not those of the schema, each row is to be looked at. */
function rowTable({ members, closed }: Schema, columns: readonly string[]): DeclaredTable {
  const strange = closed && columns.some((name) => !members.has(name));
  const missing = [...members].some(([name, { required }]) => required && !columns.includes(name));
  return { entries: new Uint8Array(0), required: strange || missing ? 1n : 0n };
}
