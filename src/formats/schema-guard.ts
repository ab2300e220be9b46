import { Buffer } from 'node:buffer';
import { isInteger } from '../json/number.ts';
import { unescape } from '../json/string.ts';
import { BATCH_ROWS } from '../stream/batch.ts';
import { Projection } from '../stream/project.ts';
import {
  ABSENT,
  ARRAY,
  MemberColumn,
  NUMBER,
  OBJECT,
  type Projected,
  typeOfByte,
} from '../stream/projection.ts';
import { type MemberSchema, type Schema, TYPE_FRACTION, type ValueSchema } from '../stream/schema.ts';
import type { RecordBatch, Rejects } from './format.ts';
import { MemberCursor } from './member-cursor.ts';
import { withoutEscape } from './meta.ts';
import { missing, type Refusal, refusalOf, TYPE_BITS } from './schema-refusal.ts';

/** What a value of a type is to a member: as the schema wants it, or not, or to be looked at more closely. */
const FITS = 0;
const REFUSED = 1;
const LOOK = 2;

interface Member {
  /** As it stands in the record, escaped as in the stream. */
  readonly name: string;
  readonly schema: MemberSchema;
  /** FITS, REFUSED or LOOK by the type of its value. */
  readonly verdicts: Uint8Array;
  /** How it begins in most records: its name in quotes and the colon. */
  readonly written: Uint8Array;
}

/** Rejects the records of a source that do not fit the schema that is declared of them (`tm source --schema`). */
export class SchemaGuard {
  readonly #members: readonly Member[];
  readonly #known: ReadonlySet<string>;
  readonly #closed: boolean;
  readonly #rejects: Rejects;
  readonly #projection: Projection;
  /** Which of the members that the scan finds each one is, or TIME; -1: it finds not all of them. */
  readonly #scanned: readonly number[];
  /** The member that is the time, as a column. */
  readonly #time = new MemberColumn(BATCH_ROWS);
  /** Of the batch at hand. */
  #columns: readonly Projected[] = [];
  readonly #cursor = new MemberCursor();
  /** Per row of the batch at hand: 1 where a member does not fit. */
  readonly #bad = new Uint8Array(BATCH_ROWS);

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
    this.#closed = schema.closed;
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
    this.#columns = this.#found(records);
    const { rows } = records;
    const bad = this.#bad;
    bad.fill(0, 0, rows);
    let any = this.#closed;
    this.#members.forEach(({ verdicts, schema }, index) => {
      const { type, start, end } = this.#columns[index]!;
      for (let row = 0; row < rows; row++) {
        const verdict = verdicts[type[row]!]!;
        if (verdict === FITS) continue;
        if (verdict === LOOK && fits(schema, records.bytes, start[row]!, end[row]!)) continue;
        bad[row] = 1;
        any = true;
      }
    });
    if (!any) return;
    let kept = 0;
    for (let row = 0; row < rows; row++) {
      const refusal = bad[row] === 1 ? this.#refusal(records, row) : this.#stranger(records, row);
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

  /** What is wrong with a record of which a member does not fit. */
  #refusal({ bytes }: RecordBatch, row: number): Refusal | undefined {
    for (const [index, { name, schema, verdicts }] of this.#members.entries()) {
      const { type, start, end } = this.#columns[index]!;
      const verdict = verdicts[type[row]!]!;
      if (verdict === FITS) continue;
      const shown = withoutEscape(name);
      if (type[row] === ABSENT) return { at: -1, reason: missing(shown) };
      const refusal = refusalOf(schema, bytes, start[row]!, end[row]!, shown);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
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

  /** Of a closed schema: the first member that it does not have. */
  #stranger(records: RecordBatch, row: number): Refusal | undefined {
    if (!this.#closed || this.#isFull(records, row)) return undefined;
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
      const name = unescape(bytes, cursor.nameStart, cursor.nameEnd);
      if (!this.#known.has(name))
        return { at: cursor.nameStart - 1, reason: `the schema has no ${withoutEscape(name)}` };
    }
    return undefined;
  }
}

function verdictsOf(schema: MemberSchema): Uint8Array {
  const verdicts = new Uint8Array(8);
  verdicts[ABSENT] = schema.required ? REFUSED : FITS;
  for (const [type, bits] of Object.entries(TYPE_BITS)) {
    const refused = (schema.types & bits) === 0;
    const closer =
      (Number(type) === NUMBER && (schema.types & TYPE_FRACTION) === 0) ||
      (Number(type) === ARRAY && schema.items !== undefined) ||
      (Number(type) === OBJECT && schema.members !== undefined);
    verdicts[Number(type)] = refused ? REFUSED : closer ? LOOK : FITS;
  }
  return verdicts;
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
