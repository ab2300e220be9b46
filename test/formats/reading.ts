import { Buffer } from 'node:buffer';
import type { DialectOptions } from '../../src/formats/dialect.ts';
import { RecordBatch, type RecordReader, type Rejects } from '../../src/formats/format.ts';
import { createRecordReader, type StampOptions } from '../../src/formats/readers.ts';
import { parsePath } from '../../src/json/path.ts';
import { HEAP } from '../../src/kernel/memory.ts';
import { ABSENT, type Projected } from '../../src/stream/projection.ts';

export interface Row {
  readonly members: string;
  readonly line: number;
  /** Text of the time's value; '' when there is none. */
  readonly timeText: string;
  readonly time: number;
  /** The record as it came. */
  readonly raw: string;
  /** Texts of the members that were asked for, '' where there is none; undefined: it is not known. */
  readonly found: readonly string[] | undefined;
}

export interface Reject {
  readonly line: number;
  readonly column: number;
  readonly reason: string;
  readonly text: string;
}

export interface Reading {
  readonly rows: Row[];
  readonly rejects: Reject[];
}

export interface How {
  readonly time?: string;
  readonly maxLine?: number;
  readonly stamps?: StampOptions;
  readonly dialect?: DialectOptions;
  /** Members that operators want. */
  readonly members?: readonly string[];
  /** Rows that a batch holds. */
  readonly capacity?: number;
  /** Where the input is cut into blocks; each cut is moved forward behind an LF unless `anywhere`. */
  readonly cuts?: readonly number[];
  readonly anywhere?: boolean;
  /** What lies behind the block in memory, and must never be seen. */
  readonly behind?: string;
}

/** Reads a location as a source does: blocks into a batch, what was not consumed is kept in front. */
export function readAll(format: string, input: string | Buffer, how: How = {}): Reading {
  const bytes = typeof input === 'string' ? Buffer.from(input) : input;
  const rows: Row[] = [];
  const rejected: Reject[] = [];
  const rejects: Rejects = {
    reject(line, column, reason, b, start, end) {
      rejected.push({ line, column, reason, text: b.toString('latin1', start, end) });
    },
  };
  const reader = createRecordReader(format, {
    rejects,
    time: how.time === undefined ? undefined : parsePath(how.time),
    maxLine: how.maxLine ?? 1 << 24,
    ...(how.dialect === undefined ? {} : { dialect: how.dialect }),
    ...(how.members === undefined ? {} : { members: how.members }),
    ...(how.stamps === undefined ? {} : { stamps: how.stamps }),
  });
  const capacity = how.capacity ?? 64;
  const cuts = [...(how.cuts ?? [])].sort((a, b) => a - b);
  let rest: Buffer = Buffer.alloc(0);
  let at = 0;
  for (const cut of [...cuts, bytes.length]) {
    let to = Math.min(Math.max(cut, at), bytes.length);
    if (!how.anywhere && to < bytes.length && (to === 0 || bytes[to - 1] !== 0x0a)) {
      to = bytes.indexOf(0x0a, to) + 1 || bytes.length;
    }
    const last = to === bytes.length;
    const block = Buffer.concat([rest, bytes.subarray(at, to)]);
    rest = readBlock(reader, block, last, capacity, rows, how);
    at = to;
    if (last) break;
  }
  if (rest.length > 0) throw new Error(`${rest.length} bytes were not read`);
  return { rows, rejects: rejected };
}

/** Behind the block lie bytes that must never be seen: those of other records, which look like more input. */
const GARBAGE = '9"]},"@t":1}\n"x,y\n';

function readBlock(
  reader: RecordReader,
  block: Buffer,
  last: boolean,
  capacity: number,
  rows: Row[],
  { members = [], behind: garbage = GARBAGE }: How,
): Buffer {
  const behind = Buffer.from(garbage);
  let rest = block;
  for (;;) {
    const batch = new RecordBatch(capacity, rest.length + behind.length, HEAP, members.length);
    rest.copy(batch.bytes);
    behind.copy(batch.bytes, rest.length);
    batch.used = rest.length;
    const to = reader.read(batch, 0, rest.length, last);
    for (let row = 0; row < batch.rows; row++) {
      rows.push({
        members: batch.bytes.toString('utf8', batch.start[row]!, batch.end[row]!),
        line: batch.line[row]!,
        timeText: batch.bytes.toString('utf8', batch.timeStart[row]!, batch.timeEnd[row]!),
        time: batch.time[row]!,
        raw: batch.bytes.toString('utf8', batch.rawStart[row]!, batch.rawEnd[row]!),
        found:
          members.length > 0 && row < batch.known
            ? batch.members.map((member) => textOf(batch, member, row))
            : undefined,
      });
    }
    const full = batch.full;
    rest = Buffer.from(rest.subarray(to));
    if (!full || rest.length === 0) return rest;
  }
}

const textOf = ({ bytes }: RecordBatch, { type, start, end }: Projected, row: number): string =>
  type[row] === ABSENT ? '' : bytes.toString('utf8', start[row]!, end[row]!);

/** The members of all rows. */
export const membersOf = (reading: Reading): string[] => reading.rows.map((row) => row.members);

/** Where and why records were rejected, as `line:column reason`. */
export const refusals = (reading: Reading): string[] =>
  reading.rejects.map(({ line, column, reason }) => `${line}:${column} ${reason}`);
