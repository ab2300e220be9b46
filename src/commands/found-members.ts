import type { RecordBatch } from '../formats/format.ts';
import type { Path } from '../json/path.ts';
import { KERNEL_FIELDS } from '../kernel/columns.ts';
import { BATCH_ROWS, type Batch, EVENT } from '../stream/batch.ts';
import { MemberColumn, type Projected } from '../stream/projection.ts';

/** What is asked of records. */
type FoundIn = Pick<RecordBatch, 'rows' | 'known' | 'members'>;

/** The members that operators of the same process read, found by the scan of the records: see `Batch.found`. */
export class FoundMembers {
  /** What the reader of records is to look for, beside the time. */
  readonly names: readonly string[];
  /** The members over the rows of events and watermarks. */
  readonly #columns: ReadonlyMap<string, MemberColumn>;

  /**
   * @param time where the scan finds the time: that member is not given out twice
   * @param declared members that a schema is declared of: found for that too, where there is room
   */
  constructor(
    wanted: readonly string[],
    time: Path | 'arrival' | 'none' | undefined,
    declared: readonly string[],
  ) {
    const timeName = typeof time === 'object' && time.steps.length === 1 ? time.steps[0] : undefined;
    const most = KERNEL_FIELDS - 1;
    const read = wanted.filter((name) => name !== timeName).slice(0, most);
    const others = declared.filter((name) => name !== timeName && !read.includes(name));
    this.names = [...read, ...(read.length + others.length > most ? [] : others)];
    this.#columns = new Map(read.map((name) => [name, new MemberColumn(BATCH_ROWS)]));
  }

  /**
   * The members of the events in `out`, which were made of the records from `from` on, with watermarks between them. Undefined
   * where they are not all known: operators seek them then.
   */
  among(records: FoundIn, out: Batch, from = 0): ReadonlyMap<string, Projected> | undefined {
    if (this.#columns.size === 0 || records.known < records.rows) return undefined;
    let index = 0;
    for (const column of this.#columns.values()) spread(records.members[index++]!, column, out, from);
    return this.#columns;
  }
}

/** Copies the members of records to the rows of their events. */
function spread(from: Projected, to: MemberColumn, { kind, rows }: Batch, first: number): void {
  let record = first;
  for (let row = 0; row < rows; row++) {
    if (kind[row] !== EVENT) {
      to.type[row] = 0;
      continue;
    }
    to.type[row] = from.type[record]!;
    to.start[row] = from.start[record]!;
    to.end[row] = from.end[record]!;
    record++;
  }
}
