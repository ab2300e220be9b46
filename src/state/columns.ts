/**
 * Typed columns of a table: entry `slot` belongs to the row in that slot. They grow with the table, and a
 * slot that is given back is set to the column's initial value, so whoever gets a slot finds it clean.
 * All state of operators and aggregates lives in such columns, so that snapshots and spilling are the
 * table's business alone.
 */
export interface Column {
  grow(capacity: number): void;
  /** Sets a slot to the initial value. */
  reset(slot: number): void;
}

export class DoubleColumn implements Column {
  values: Float64Array;
  readonly initial: number;

  constructor(capacity: number, initial: number) {
    this.values = new Float64Array(capacity);
    this.initial = initial;
    if (initial !== 0) this.values.fill(initial);
  }

  grow(capacity: number): void {
    const grown = new Float64Array(capacity);
    grown.set(this.values);
    if (this.initial !== 0) grown.fill(this.initial, this.values.length);
    this.values = grown;
  }

  reset(slot: number): void {
    this.values[slot] = this.initial;
  }
}

export class IntegerColumn implements Column {
  values: Int32Array;
  readonly initial: number;

  constructor(capacity: number, initial: number) {
    this.values = new Int32Array(capacity);
    this.initial = initial;
    if (initial !== 0) this.values.fill(initial);
  }

  grow(capacity: number): void {
    const grown = new Int32Array(capacity);
    grown.set(this.values);
    if (this.initial !== 0) grown.fill(this.initial, this.values.length);
    this.values = grown;
  }

  reset(slot: number): void {
    this.values[slot] = this.initial;
  }
}

/** Values of any size: for what does not fit a number (exact sums, lists). Sparse: most slots hold none. */
export class ObjectColumn<T> implements Column {
  values: (T | undefined)[] = [];

  grow(): void {}

  reset(slot: number): void {
    if (slot < this.values.length) this.values[slot] = undefined;
  }
}

/** Gives out columns; a table is one. `values` of a column is replaced when it grows: read it each time. */
export interface Columns {
  doubles(initial?: number): DoubleColumn;
  integers(initial?: number): IntegerColumn;
  objects<T>(): ObjectColumn<T>;
}
