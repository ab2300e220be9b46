import { type Column, type Columns, DoubleColumn, IntegerColumn, ObjectColumn } from './columns.ts';

/** Columns that grow together. */
export class ColumnSet implements Columns {
  #capacity: number;
  readonly #columns: Column[] = [];

  constructor(capacity = 64) {
    this.#capacity = capacity;
  }

  /** Slots that the columns have room for. */
  get capacity(): number {
    return this.#capacity;
  }

  doubles(initial = 0): DoubleColumn {
    return this.#add(new DoubleColumn(this.#capacity, initial));
  }

  integers(initial = 0): IntegerColumn {
    return this.#add(new IntegerColumn(this.#capacity, initial));
  }

  objects<T>(): ObjectColumn<T> {
    return this.#add(new ObjectColumn<T>());
  }

  /** Doubles the room. */
  protected grow(): void {
    this.#capacity *= 2;
    for (const column of this.#columns) column.grow(this.#capacity);
  }

  /** Sets a slot of all columns to their initial values. */
  protected reset(slot: number): void {
    for (const column of this.#columns) column.reset(slot);
  }

  #add<C extends Column>(column: C): C {
    this.#columns.push(column);
    return column;
  }
}
