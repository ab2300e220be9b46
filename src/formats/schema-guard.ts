import { Buffer } from 'node:buffer';
import { isInteger } from '../json/number.ts';
import { unescape } from '../json/string.ts';
import { BATCH_ROWS } from '../stream/batch.ts';
import { Projection } from '../stream/project.ts';
import { ABSENT, MemberColumn, type Projected, typeOfByte } from '../stream/projection.ts';
import type { MemberSchema, Schema, ValueSchema } from '../stream/schema.ts';
import { FITS, LOOK, verdictsOf } from './declared-names.ts';
import type { RecordBatch, Rejects } from './format.ts';
import { MemberCursor } from './member-cursor.ts';
import { refusalOf, refusalOfMembers } from './schema-refusal.ts';

/** Where one record of so many, or more, is doubtful, the members of all are looked at together. */
const MANY = 8;

interface Member {
  /** As it stands in the record, escaped as in the stream. */
  readonly name: string;
  readonly schema: MemberSchema;
  /** FITS, REFUSED or LOOK by the type of its value. */
  readonly verdicts: Uint8Array;
  /** How it begins in most records: its name in quotes and the colon. */
  readonly written: Uint8Array;
}

/**
 * Rejects the records of a source that do not fit the schema that is declared of them (`tm source --schema`). Readers
 * whose records the kernel scans have held them to it already; only those that it has not seen to fit are looked at here.
 */
export class SchemaGuard {
  readonly #schema: Schema;
  readonly #members: readonly Member[];
  readonly #known: ReadonlySet<string>;
  readonly #rejects: Rejects;
  readonly #projection: Projection;
  /** Which of the members that the scan finds each one is, or TIME; -1: it finds not all of them. */
  readonly #scanned: readonly number[];
  /** The member that is the time, as a column. */
  readonly #time = new MemberColumn(BATCH_ROWS);
  /** Of the batch at hand. */
  #columns: readonly Projected[] = [];
  readonly #cursor = new MemberCursor();

  /**
   * @param schema whose names are escaped as those in the stream
   * @param scanned names of the members that the scan of the records finds
   * @param time the member that it takes for the time; undefined: none of the record
   */
  constructor(
    schema: Schema,
    rejects: Rejects,
    scanned: readonly string[],
    time: string | number | undefined,
  ) {
    this.#schema = schema;
    this.#rejects = rejects;
    this.#members = [...schema.members].map(([name, member]) => ({
      name,
      schema: member,
      verdicts: verdictsOf(member),
      written: Buffer.from(`${JSON.stringify(name)}:`),
    }));
    this.#known = new Set(schema.members.keys());
    this.#scanned = this.#members.map(({ name }) => (name === time ? TIME : scanned.indexOf(name)));
    const paths = this.#members.map(({ name }) => ({ text: name, steps: [name] }));
    this.#projection = new Projection(paths, BATCH_ROWS);
  }

  /**
   * Takes out of the batch what does not fit.
   * @throws what the rejects throw where they are fatal; the batch ends before that record then
   */
  keep(records: RecordBatch): void {
    const { rows, doubtful } = records;
    let doubts = 0;
    for (let row = 0; row < rows; row++) doubts += doubtful[row]!;
    if (doubts > 0 && doubts * MANY >= rows) doubts = this.#lookAtAll(records);
    if (doubts === 0) return;
    let kept = 0;
    for (let row = 0; row < rows; row++) {
      const refusal =
        doubtful[row] === 0
          ? undefined
          : refusalOfMembers(this.#schema, records.bytes, records.start[row]!, records.end[row]!, '');
      if (refusal === undefined) {
        records.moveRecord(row, kept++);
        continue;
      }
      const [from, to] = [records.rawStart[row]!, records.rawEnd[row]!];
      const column = refusal.at >= from && refusal.at < to ? refusal.at - from + 1 : 0;
      records.rows = kept;
      this.#rejects.reject(records.line[row]!, column, refusal.reason, records.bytes, from, to);
    }
    records.rows = kept;
  }

  /** Finds anew which records are doubtful, now with no doubt, and how many they are. */
  #lookAtAll(records: RecordBatch): number {
    this.#columns = this.#found(records);
    const { rows, doubtful } = records;
    doubtful.fill(0, 0, rows);
    this.#members.forEach(({ verdicts, schema }, index) => {
      const { type, start, end } = this.#columns[index]!;
      for (let row = 0; row < rows; row++) {
        const verdict = verdicts[type[row]!]!;
        if (verdict === FITS) continue;
        if (verdict === LOOK && fits(schema, records.bytes, start[row]!, end[row]!)) continue;
        doubtful[row] = 1;
      }
    });
    let doubts = 0;
    for (let row = 0; row < rows; row++) {
      if (this.#schema.closed && doubtful[row] === 0 && this.#hasStranger(records, row)) doubtful[row] = 1;
      doubts += doubtful[row]!;
    }
    return doubts;
  }

  /** As the scan of the records has found them, or found here. */
  #found(records: RecordBatch): readonly Projected[] {
    if (records.known < records.rows || this.#scanned.includes(-1)) {
      this.#projection.read(records);
      return this.#projection.columns;
    }
    return this.#scanned.map((at) => (at === TIME ? this.#timeOf(records) : records.members[at]!));
  }

  #timeOf({ bytes, rows, timeStart, timeEnd }: RecordBatch): Projected {
    const { type, start, end } = this.#time;
    for (let row = 0; row < rows; row++) {
      start[row] = timeStart[row]!;
      end[row] = timeEnd[row]!;
      type[row] = timeEnd[row] === 0 ? ABSENT : typeOfByte(bytes[timeStart[row]!]!);
    }
    return this.#time;
  }

  /**
   * Whether the members of the schema are all that there is in a record: their bytes and the commas between them are as many
   * as it has, in the two layouts that are usual. False: it has to be looked at.
   */
  #isFull({ bytes, start, end }: RecordBatch, row: number): boolean {
    let count = 0;
    let length = 0;
    let spaced = 0;
    for (let index = 0; index < this.#members.length; index++) {
      const { type, start: valueStart, end: valueEnd } = this.#columns[index]!;
      if (type[row] === ABSENT) continue;
      const { length: named } = this.#members[index]!.written;
      count++;
      length += named + valueEnd[row]! - valueStart[row]!;
      const space = valueStart[row]! - 1;
      const name = space - named;
      if (bytes[space] === SPACE && (name === start[row] || bytes[name - 1] === SPACE)) spaced++;
    }
    const whole = end[row]! - start[row]!;
    if (count === 0) return whole === 0;
    const dense = length + count - 1;
    return whole === dense || (spaced === count && whole === dense + 2 * count - 1);
  }

  /** Whether a record has a member that a closed schema has not. */
  #hasStranger(records: RecordBatch, row: number): boolean {
    if (this.#isFull(records, row)) return false;
    const cursor = this.#cursor;
    const { bytes } = records;
    cursor.begin(bytes, records.start[row]!, records.end[row]!, records.line[row]!);
    let next = 0;
    while (!cursor.done) {
      while (next < this.#members.length && !cursor.nextIs(this.#members[next]!.written)) next++;
      if (next < this.#members.length) {
        next++;
        continue;
      }
      if (!cursor.next()) break;
      if (!this.#known.has(unescape(bytes, cursor.nameStart, cursor.nameEnd))) return true;
    }
    return false;
  }
}

const fits = (schema: ValueSchema, bytes: Buffer, start: number, end: number): boolean =>
  bytes[start] === OPEN_LIST || bytes[start] === OPEN_OBJECT
    ? refusalOf(schema, bytes, start, end, '') === undefined
    : isInteger(bytes, start, end);

/** The member that the scan takes for the time. */
const TIME = -2;

const SPACE = 0x20;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;
