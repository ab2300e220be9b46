import { Buffer } from 'node:buffer';
import { isInteger } from '../json/number.ts';
import { skipSpace, stringEnd, valueEnd } from '../json/scan.ts';
import { unescape } from '../json/string.ts';
import { BATCH_ROWS } from '../stream/batch.ts';
import { Projection } from '../stream/project.ts';
import {
  ABSENT,
  ARRAY,
  FALSE,
  MemberColumn,
  NULL,
  NUMBER,
  OBJECT,
  type Projected,
  STRING,
  TRUE,
  typeOfByte,
} from '../stream/projection.ts';
import {
  type MemberSchema,
  type Schema,
  TYPE_BOOLEAN,
  TYPE_FRACTION,
  TYPE_INTEGER,
  TYPE_LIST,
  TYPE_NULL,
  TYPE_OBJECT,
  TYPE_STRING,
  type ValueSchema,
} from '../stream/schema.ts';
import { inWords } from '../stream/type-words.ts';
import type { RecordBatch, Rejects } from './format.ts';
import { MemberCursor } from './member-cursor.ts';
import { withoutEscape } from './meta.ts';

/** What a value of a type is to a member: as the schema wants it, or not, or to be looked at more closely. */
const FITS = 0;
const REFUSED = 1;
const LOOK = 2;

/** Bits of schema.ts by the type of a projected value. */
const BITS: Readonly<Record<number, number>> = {
  [NULL]: TYPE_NULL,
  [FALSE]: TYPE_BOOLEAN,
  [TRUE]: TYPE_BOOLEAN,
  [NUMBER]: TYPE_INTEGER | TYPE_FRACTION,
  [STRING]: TYPE_STRING,
  [ARRAY]: TYPE_LIST,
  [OBJECT]: TYPE_OBJECT,
};

interface Member {
  /** As it stands in the record, escaped as in the stream. */
  readonly name: string;
  readonly schema: MemberSchema;
  /** FITS, REFUSED or LOOK by the type of its value. */
  readonly verdicts: Uint8Array;
  /** How it begins in most records: its name in quotes and the colon. */
  readonly written: Uint8Array;
}

/** Why a value is refused, and where it begins; -1: nothing is there. */
interface Refusal {
  readonly at: number;
  readonly reason: string;
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
  for (const [type, bits] of Object.entries(BITS)) {
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

/** @param path of the value, for the message */
function refusalOf(
  schema: ValueSchema,
  bytes: Buffer,
  start: number,
  end: number,
  path: string,
): Refusal | undefined {
  const bits = bitsOf(bytes, start, end);
  if ((schema.types & bits) === 0) {
    const found = bits === TYPE_FRACTION ? bytes.toString('latin1', start, end) : inWords({ types: bits });
    return { at: start, reason: `${path} is ${found}, and the schema wants ${inWords(schema)}` };
  }
  if (bits === TYPE_LIST && schema.items !== undefined)
    return refusedElement(schema.items, bytes, start, end, path);
  if (bits === TYPE_OBJECT && schema.members !== undefined)
    return refusedMember(schema.members, bytes, start, end, path);
  return undefined;
}

function bitsOf(bytes: Buffer, start: number, end: number): number {
  const type = typeOfByte(bytes[start]!);
  if (type !== NUMBER) return BITS[type]!;
  return isInteger(bytes, start, end) ? TYPE_INTEGER : TYPE_FRACTION;
}

function refusedElement(
  items: ValueSchema,
  bytes: Buffer,
  start: number,
  end: number,
  path: string,
): Refusal | undefined {
  let at = skipSpace(bytes, start + 1, end);
  for (let index = 0; bytes[at] !== CLOSE_LIST; index++) {
    const behind = valueEnd(bytes, at, end);
    const refusal = refusalOf(items, bytes, at, behind, `${path}[${index}]`);
    if (refusal !== undefined) return refusal;
    at = skipSpace(bytes, behind, end);
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1, end);
  }
  return undefined;
}

function refusedMember(
  { members, closed }: Schema,
  bytes: Buffer,
  start: number,
  end: number,
  path: string,
): Refusal | undefined {
  const seen = new Set<string>();
  let at = skipSpace(bytes, start + 1, end);
  while (bytes[at] !== CLOSE_OBJECT) {
    const nameEnd = stringEnd(bytes, at + 1, end);
    const name = unescape(bytes, at + 1, nameEnd - 1);
    const inner = path === '' ? name : `${path}.${name}`;
    const value = skipSpace(bytes, skipSpace(bytes, nameEnd, end) + 1, end);
    const behind = valueEnd(bytes, value, end);
    const schema = members.get(name);
    if (schema === undefined && closed) return { at, reason: `the schema has no ${inner}` };
    // Of duplicates the first counts.
    const refusal =
      schema === undefined || seen.has(name) ? undefined : refusalOf(schema, bytes, value, behind, inner);
    if (refusal !== undefined) return refusal;
    seen.add(name);
    at = skipSpace(bytes, behind, end);
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1, end);
  }
  for (const [name, { required }] of members)
    if (required && !seen.has(name)) return { at: start, reason: missing(`${path}.${name}`) };
  return undefined;
}

const missing = (path: string): string => `${path} is missing, and the schema requires it`;

/** The member that the scan takes for the time. */
const TIME = -2;

const SPACE = 0x20;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
