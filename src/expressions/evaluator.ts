import { ByteWriter } from '../json/byte-writer.ts';
import type { Path } from '../json/path.ts';
import { type Batch, EVENT } from '../stream/batch.ts';
import { Projection } from '../stream/project.ts';
import { ABSENT, MemberColumn, type Projected, typeOfByte } from '../stream/projection.ts';
import { compileWriting, type Write } from './compile-writing.ts';
import { compilerOver } from './compiler.ts';
import type { Compute, Decide } from './compiling.ts';
import { FAILED, IS_FALSE } from './condition.ts';
import type { Expression } from './expression.ts';
import { type BoundValue, Frame } from './frame.ts';
import { type FieldNode, walk } from './node.ts';
import { EvaluationError, type Value } from './value.ts';

export { FAILED, IS_FALSE, IS_NULL, IS_TRUE } from './condition.ts';
export type { BoundValue } from './frame.ts';

/** One expression, compiled as far as it was asked for. */
interface Compiled {
  readonly value: Compute;
  readonly write: Write;
  readonly decide: Decide;
  /** What conditions came to, by row of the batch read last. */
  readonly conditions: Uint8Array;
  /** Values as members, by row of the batch read last. */
  readonly column: MemberColumn;
  readonly failed: Uint8Array;
}

/**
 * Computes expressions over the events of batches. One evaluator serves all expressions of an operator, so that the
 * members are found in one walk over each line.
 */
export class Evaluator {
  /** The members that are read; one column a path. */
  readonly projection: Projection;
  readonly #expressions: readonly Expression[];
  readonly #frame: Frame;
  readonly #compiled: readonly Compiled[];
  /** Column of an expression that is nothing but a field. */
  readonly #fields: readonly (Projected | undefined)[];
  /** JSON of computed columns, before it is put behind the batch's bytes; used again for each. */
  readonly #scratch = new ByteWriter(1 << 12);

  /** @param members bound names that are members of each event, be they null or not */
  constructor(
    expressions: readonly Expression[],
    capacity: number,
    bound?: BoundValue,
    members: ReadonlySet<string> = NONE,
  ) {
    this.#expressions = expressions;
    const paths: Path[] = [];
    const indexes = new Map<string, number>();
    const indexOf = ({ path }: FieldNode): number => indexes.get(JSON.stringify(path.steps))!;
    for (const { root } of expressions) {
      for (const node of walk(root)) {
        if (node.kind !== 'field' || indexOf(node) !== undefined) continue;
        indexes.set(JSON.stringify(node.path.steps), paths.length);
        paths.push(node.path);
      }
    }
    this.projection = new Projection(paths, capacity);
    this.#frame = new Frame(this.projection.columns, capacity, bound, members);
    const compiler = compilerOver(this.#frame, indexOf);
    this.#fields = expressions.map(({ root }) =>
      root.kind === 'field' ? this.projection.columns[indexOf(root)]! : undefined,
    );
    this.#compiled = expressions.map(({ root }) => {
      const decide = compiler.decision(root);
      return {
        value: compiler.value(root),
        write: compileWriting(root, compiler),
        decide,
        conditions: new Uint8Array(capacity),
        column: new MemberColumn(capacity),
        failed: new Uint8Array(capacity),
      };
    });
  }

  /** Names of the top-level members that are read (`Operator.reads`). */
  get names(): readonly string[] {
    return this.projection.names;
  }

  /**
   * Finds the members of the batch's events; called once for each batch, before the others.
   * @throws TidemarkError `failed` with line and column where an event is not JSON
   */
  read(batch: Batch): void {
    this.projection.read(batch);
    this.#frame.read(batch);
  }

  /** For each event of the batch IS_TRUE … FAILED; a value that is no boolean is FAILED. Valid until the next call. */
  conditions(index: number): Uint8Array {
    const { decide, conditions } = this.#compiled[index]!;
    this.#frame.refresh();
    const { rows, kind } = this.#frame.batch!;
    for (let row = 0; row < rows; row++) conditions[row] = kind[row] === EVENT ? decide(row) : IS_FALSE;
    return conditions;
  }

  /** As `conditions`, of one row. */
  condition(index: number, row: number): number {
    this.#frame.refresh();
    return this.#compiled[index]!.decide(row);
  }

  /** @throws EvaluationError */
  value(index: number, row: number): Value {
    this.#frame.refresh();
    return this.#compiled[index]!.value(row);
  }

  /**
   * Writes the value as JSON; what comes from the event untouched is copied as it stands.
   * @throws EvaluationError; then nothing was written
   */
  write(index: number, row: number, out: ByteWriter): void {
    this.#frame.refresh();
    this.#compiled[index]!.write(row, out);
  }

  /**
   * Values as members in the batch: their JSON is appended to the batch's bytes (none is moved), a field's stands where it
   * is. Rows that fail are ABSENT. Valid until the next `read`.
   */
  column(index: number): Projected {
    const field = this.#fields[index];
    if (field !== undefined) return field;
    const { write, column, failed } = this.#compiled[index]!;
    const frame = this.#frame;
    frame.refresh();
    const batch = frame.batch!;
    const out = this.#scratch;
    out.clear();
    for (let row = 0; row < batch.rows; row++) {
      column.type[row] = ABSENT;
      failed[row] = 0;
      if (batch.kind[row] !== EVENT) continue;
      const start = out.length;
      try {
        write(row, out);
      } catch (error) {
        if (!(error instanceof EvaluationError)) throw error;
        failed[row] = 1;
        continue;
      }
      column.type[row] = typeOfByte(out.bytes[start]!);
      column.start[row] = start;
      column.end[row] = out.length;
    }
    const base = batch.used;
    batch.reserve(out.length);
    out.bytes.copy(batch.bytes, base, 0, out.length);
    batch.used += out.length;
    for (let row = 0; row < batch.rows; row++) {
      column.start[row]! += base;
      column.end[row]! += base;
    }
    return column;
  }

  /** What `column` gives, before it is computed: the same arrays for each batch. */
  columnOf(index: number): Projected {
    return this.#fields[index] ?? this.#compiled[index]!.column;
  }

  /** What `conditions` gives, before it is computed. */
  conditionsOf(index: number): Uint8Array {
    return this.#compiled[index]!.conditions;
  }

  /** Of the column computed last for the expression: 1 where the row failed. */
  failed(index: number): Uint8Array {
    return this.#compiled[index]!.failed;
  }

  /** Why the row fails in the expression. */
  failure(index: number, row: number): EvaluationError {
    this.#frame.refresh();
    const { decide, value } = this.#compiled[index]!;
    try {
      value(row);
    } catch (error) {
      if (error instanceof EvaluationError) return error;
      throw error;
    }
    // The value is one, but no condition.
    if (decide(row) === FAILED) return this.#frame.failure;
    throw new RangeError(`row ${row} does not fail in ${this.#expressions[index]!.text}`);
  }
}

const NONE: ReadonlySet<string> = new Set();
