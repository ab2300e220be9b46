import { Buffer } from 'node:buffer';
import type { AggregateArgument } from '../expressions/aggregate-argument.ts';
import { IS_TRUE } from '../expressions/condition.ts';
import type { Operand } from '../expressions/operand.ts';
import { BATCH_ROWS, type Batch } from '../stream/batch.ts';
import { NOT_A_NUMBER, NumberColumn, type NumberDomain } from '../stream/numbers.ts';
import type { Projection } from '../stream/project.ts';
import type { Projected } from '../stream/projection.ts';
import type { AggregateColumns } from './groups.ts';
import { OperandColumns } from './operand-columns.ts';
import type { OperatorContext } from './operator.ts';
import { RejectedEvents } from './rejected-events.ts';

/** An argument that must be a number. */
interface NumericArgument {
  readonly name: string;
  readonly column: NumberColumn;
  /** IS_TRUE in the rows that count for it; undefined: all. */
  readonly taken: Uint8Array | undefined;
}

/** What combine reads of its events: the members of the key, and the arguments of each aggregate, as columns over a batch. */
export class CombineInputs {
  /** The members that are read. */
  readonly projection: Projection;
  /** The members of the key. */
  readonly key: readonly Projected[];
  /** What each aggregate reads. */
  readonly columns: readonly AggregateColumns[];
  readonly rejected: RejectedEvents;
  /** Whether an event of the batch read last may be one that cannot be computed with. */
  mayReject = false;
  readonly #operands: OperandColumns;
  readonly #numeric: readonly NumericArgument[];

  constructor(by: readonly Operand[], aggregates: readonly AggregateArgument[], context: OperatorContext) {
    const conditions = aggregates.flatMap(({ where }) => (where === undefined ? [] : [where]));
    const wanted = aggregates.flatMap(({ fields, where }) => {
      const condition = where === undefined ? undefined : conditions.indexOf(where);
      return fields.map((operand) => ({ operand, where: condition }));
    });
    this.#operands = new OperandColumns(
      [...by.map((operand) => ({ operand })), ...wanted],
      conditions,
      BATCH_ROWS,
    );
    this.projection = this.#operands.projection;
    const { columns } = this.#operands;
    this.key = columns.slice(0, by.length);
    let next = by.length;
    const numeric: NumericArgument[] = [];
    this.columns = aggregates.map(({ fields, definition, where }) => {
      const taken = where === undefined ? undefined : this.#operands.conditions[conditions.indexOf(where)]!;
      const values = columns.slice(next, next + fields.length);
      next += fields.length;
      const numbers = values.map((value, i) => {
        if (!definition.numeric) return undefined;
        const column = new NumberColumn(value, BATCH_ROWS, NO_BYTES, definition.domain);
        numeric.push({ name: fields[i]!.text, column, taken });
        return column;
      });
      return { values, numbers, taken };
    });
    this.#numeric = numeric;
    this.rejected = new RejectedEvents(context);
  }

  /** Fills the columns. */
  read(batch: Batch): void {
    this.#operands.read(batch);
    this.mayReject = this.#numeric.length > 0 || this.#operands.failing;
    for (const { column } of this.#numeric) column.read(batch);
  }

  /** Whether an event cannot be computed with: then it is counted, and goes to `--rejected-to`. */
  rejects(batch: Batch, row: number): boolean {
    const failure = this.#operands.failing ? this.#operands.failure(row) : undefined;
    if (failure !== undefined) {
      this.rejected.addFailure(batch, row, failure);
      return true;
    }
    for (const { name, column, taken } of this.#numeric) {
      if (column.form[row] !== NOT_A_NUMBER || (taken !== undefined && taken[row] !== IS_TRUE)) continue;
      this.rejected.add(batch, row, () => {
        const start = column.source.start[row]!;
        const text = batch.bytes.toString('utf8', start, Math.min(column.source.end[row]!, start + 40));
        return `${name} is ${text}, ${WANTED[column.domain]}`;
      });
      return true;
    }
    return false;
  }
}

const NO_BYTES = Buffer.alloc(0);

/** What is said of a value that is not what an aggregate computes with. */
const WANTED: Readonly<Record<NumberDomain, string>> = {
  numbers: 'no number to compute with',
  integers: 'no integer to compute with',
  booleans: 'neither true nor false',
};
