import { Buffer } from 'node:buffer';
import { checkOption } from '../expressions/field-check.ts';
import type { Operand } from '../expressions/operand.ts';
import { escapedName } from '../formats/escape-metadata.ts';
import type { SideTable } from '../state/side-table.ts';
import type { OperatorState } from '../state/snapshot.ts';
import { BATCH_ROWS, type Batch, EVENT, SKIPPED } from '../stream/batch.ts';
import { throughCommand, withSchema } from '../stream/header.ts';
import type { Header, Marker } from '../stream/marker.ts';
import { ABSENT, NULL, type Projected } from '../stream/projection.ts';
import { ANY_VALUE, type MemberSchema, withMembers } from '../stream/schema.ts';
import { appendMembers, memberTaken, moveToEnd } from './append-members.ts';
import { GroupKey } from './group-key.ts';
import { OperandColumns, type OperandFailure } from './operand-columns.ts';
import { MAIN, type Operator, type OperatorContext, type Work } from './operator.ts';
import { RejectedEvents } from './rejected-events.ts';

export interface EnrichTableOptions {
  /** What makes the key of an event, in the order of the table's key columns. */
  readonly by: readonly Operand[];
  /** The member that holds all columns as an object; undefined: each column is a member. */
  readonly as: string | undefined;
  /** What becomes of an event without a match: null for every column, or nothing at all. */
  readonly join: 'left' | 'inner';
}

/**
 * The header behind a table.
 * @param columns that the table adds; undefined: it was not looked at
 * @throws TidemarkError `usage` for a field that no event has
 */
export function enrichedHeader(
  header: Header,
  { by, as }: Pick<EnrichTableOptions, 'by' | 'as'>,
  columns: readonly string[] | undefined,
): Header {
  checkOption('--by', header, by);
  const names = as === undefined ? columns : [as];
  const members = names?.map((name): [string, MemberSchema] => [
    JSON.parse(escapedName(name)) as string,
    // A table's values are of any type.
    { ...ANY_VALUE, required: true },
  ]);
  const before = header.schema;
  const open = before && { ...before, closed: false };
  const schema = members === undefined ? open : withMembers(before, members);
  return withSchema(throughCommand(header, 'enrich'), schema);
}

/** A table that may change while it is used. */
export interface TableSource {
  /** For messages. */
  readonly name: string;
  /** The table as it was read last. */
  readonly table: SideTable;
  /** Looks for a newer one, at most so often as makes sense; called before each batch. */
  refresh(): undefined | Promise<void>;
}

/** Appends columns of a table to each event, found by key. */
export class EnrichTable implements Operator {
  readonly #options: EnrichTableOptions;
  readonly #source: TableSource;
  readonly #context: OperatorContext;
  /** What depends on the table's columns; made anew when another table has been read. */
  #columns: AddedColumns;
  /** Events so far, in this run and in those that it goes on from: for the last message. */
  #matched = 0;
  #unmatched = 0;
  readonly #rejected: RejectedEvents;

  constructor(options: EnrichTableOptions, source: TableSource, context: OperatorContext) {
    this.#options = options;
    this.#source = source;
    this.#context = context;
    this.#rejected = new RejectedEvents(context);
    this.#columns = new AddedColumns(options, source.table);
  }

  /** Only what the last message says: a run of a few events would wonder for nothing. */
  readonly state: OperatorState = {
    shape: {},
    compare: () => ({ refused: [], added: [], lost: [] }),
    track: () => {},
    save: (out) => out.value('found', [this.#matched, this.#unmatched, this.#rejected.count]),
    restore: (from) => {
      const found = from.value('found') as [number, number, number?] | undefined;
      if (found === undefined) return;
      [this.#matched, this.#unmatched] = found;
      // An earlier version, in which nothing was computed, has not written it.
      this.#rejected.restore(found[2] ?? 0);
    },
  };

  onBatch(_input: number, batch: Batch): Work {
    const refreshing = this.#source.refresh();
    return refreshing === undefined ? this.#enrich(batch) : refreshing.then(() => this.#enrich(batch));
  }

  onMarker(_input: number, marker: Marker): Work {
    if (marker.kind === 'end') this.#tell();
    if (marker.kind !== 'stream') return this.#context.emitMarker(MAIN, marker);
    const header = enrichedHeader(marker.header, this.#options, this.#source.table.columns);
    return this.#context.emitMarker(MAIN, { kind: 'stream', header });
  }

  #enrich(batch: Batch): undefined | Promise<void> {
    const { table } = this.#source;
    if (this.#columns.table !== table) this.#columns = new AddedColumns(this.#options, table);
    const columns = this.#columns;
    columns.read(batch);
    // Members are added: what the source found is not all any more.
    batch.found = undefined;
    const before = { matched: this.#matched, unmatched: this.#unmatched };
    for (let row = 0; row < batch.rows; row++) {
      if (batch.kind[row] !== EVENT) continue;
      const failure = columns.failure(row);
      if (failure !== undefined) {
        this.#rejected.addFailure(batch, row, failure);
        batch.kind[row] = SKIPPED;
        continue;
      }
      const found = columns.find(batch, row);
      if (found >= 0) this.#matched++;
      else {
        this.#unmatched++;
        if (this.#options.join === 'inner') {
          batch.kind[row] = SKIPPED;
          continue;
        }
      }
      columns.append(batch, row, found);
    }
    this.#context.count('matched', this.#matched - before.matched);
    this.#context.count('unmatched', this.#unmatched - before.unmatched);
    const kept = this.#rejected.flush();
    if (kept === undefined) return this.#context.emit(MAIN, batch);
    return kept.then(() => this.#context.emit(MAIN, batch));
  }

  /** That nothing at all was found is more often a mistake than a fact. */
  #tell(): void {
    this.#rejected.tell();
    if (this.#matched > 0 || this.#unmatched === 0) return;
    const fields = this.#options.by.map(({ text }) => text).join(', ');
    const events = this.#unmatched === 1 ? 'the event' : `the ${this.#unmatched.toLocaleString('en')} events`;
    this.#context.notice(
      `${this.#source.name} has no row for any of ${events} by ${fields}`,
      'a key matches by value and type: the number 7 is not the text "7"',
    );
  }
}

/** The members that a table adds to events, and the key they are found by. */
class AddedColumns {
  readonly table: SideTable;
  readonly #options: EnrichTableOptions;
  readonly #operands: OperandColumns;
  readonly #fields: readonly Projected[];
  readonly #key: GroupKey;
  /** The members that will be added: an event must not have them. */
  readonly #added: readonly { readonly name: string; readonly column: Projected }[];
  /** What stands before each value, `,"name":`, all together, and behind the last. */
  readonly #prefixes: readonly Buffer[];
  readonly #suffix: Buffer;
  /** What is appended where nothing is found. */
  readonly #nulls: Buffer;
  /** Bytes that a row appends beside its values, at most. */
  readonly #overhead: number;

  constructor(options: EnrichTableOptions, table: SideTable) {
    this.table = table;
    this.#options = options;
    const { by, as } = options;
    const added = as === undefined ? table.columns : [as];
    const names = added.map((name) => JSON.parse(escapedName(name)) as string);
    const operands: readonly Operand[] = [...by, ...names.map((name) => ({ text: name, steps: [name] }))];
    this.#operands = new OperandColumns(
      operands.map((operand) => ({ operand })),
      [],
      BATCH_ROWS,
    );
    const { columns } = this.#operands;
    this.#fields = columns.slice(0, by.length);
    this.#key = new GroupKey(this.#fields);
    this.#added = added.map((name, index) => ({ name, column: columns[by.length + index]! }));
    const quoted = table.columns.map((name) => (as === undefined ? escapedName(name) : JSON.stringify(name)));
    const outer = as === undefined ? '' : `,${escapedName(as)}:`;
    this.#prefixes = quoted.map((name, index) =>
      Buffer.from(index === 0 && as !== undefined ? `${outer}{${name}:` : `,${name}:`),
    );
    const empty = quoted.length === 0;
    this.#suffix = Buffer.from(as === undefined ? '' : empty ? `${outer}{}` : '}');
    this.#nulls = Buffer.from(
      as === undefined ? quoted.map((name) => `,${name}:null`).join('') : `${outer}null`,
    );
    this.#overhead = this.#prefixes.reduce((sum, { length }) => sum + length + 4, this.#suffix.length);
  }

  /** @throws TidemarkError `failed` with the line where an event is not JSON */
  read(batch: Batch): void {
    this.#operands.read(batch);
  }

  /** Why the key of an event cannot be computed; undefined: it can. */
  failure(row: number): OperandFailure | undefined {
    return this.#operands.failing ? this.#operands.failure(row) : undefined;
  }

  /** The table's row for an event, or -1: a key that is null or missing finds nothing. */
  find(batch: Batch, row: number): number {
    for (const { type } of this.#fields) if (type[row]! <= NULL) return -1;
    const key = this.#key;
    key.read(batch, row);
    return this.table.find(key.bytes, key.start, key.end);
  }

  /** @throws TidemarkError `failed` with the line when the event has a member of an added name */
  append(batch: Batch, row: number, found: number): void {
    for (const { name, column } of this.#added) {
      if (column.type[row] === ABSENT) continue;
      const way = `--columns NEW_NAME=${name} names the column otherwise`;
      throw memberTaken(
        batch.line[row]!,
        name,
        this.#options.as === undefined
          ? `--as NAME puts all columns into one member, ${way}`
          : 'give --as another name',
      );
    }
    if (found < 0) {
      if (this.#nulls.length > 0) appendMembers(batch, row, this.#nulls);
      return;
    }
    const { table } = this;
    const end = table.end(found);
    let from = table.start(found);
    moveToEnd(batch, row, this.#overhead + end - from);
    const source = table.bytes;
    const bytes = batch.bytes;
    const start = batch.used;
    const wasEmpty = batch.start[row] === start;
    let at = start;
    for (const prefix of this.#prefixes) {
      for (let i = 0; i < prefix.length; i++) bytes[at++] = prefix[i]!;
      if (from >= end) {
        bytes.write('null', at, 'latin1');
        at += 4;
      } else {
        for (; from < end && source[from] !== 0; from++) bytes[at++] = source[from]!;
        from++;
      }
    }
    at += this.#suffix.copy(bytes, at);
    if (wasEmpty && at > start) batch.start[row] = start + 1;
    batch.used = batch.end[row] = at;
  }
}
