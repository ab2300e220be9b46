import { type Column, type Columns, DoubleColumn, IntegerColumn, ObjectColumn } from './columns.ts';

/** Rows of state by slot number, with columns over them; slots that are given back are used again. */
export class Slots implements Columns {
  #capacity: number;
  readonly #columns: Column[] = [];
  /** Slots given back: a chain through `#freeNext`, -1 at its end. */
  #free = -1;
  readonly #freeNext: IntegerColumn;
  /** Slots ever given out. */
  #high = 0;
  #size = 0;

  constructor(capacity = 64) {
    this.#capacity = capacity;
    this.#freeNext = new IntegerColumn(capacity, -1);
  }

  /** Slots in use. */
  get size(): number {
    return this.#size;
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** A slot whose columns hold their initial values. */
  allocate(): number {
    this.#size++;
    if (this.#free >= 0) {
      const slot = this.#free;
      this.#free = this.#freeNext.values[slot]!;
      return slot;
    }
    if (this.#high === this.#capacity) this.#grow();
    return this.#high++;
  }

  free(slot: number): void {
    this.#size--;
    for (const column of this.#columns) column.reset(slot);
    this.#freeNext.values[slot] = this.#free;
    this.#free = slot;
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

  #add<C extends Column>(column: C): C {
    this.#columns.push(column);
    return column;
  }

  #grow(): void {
    this.#capacity *= 2;
    this.#freeNext.grow(this.#capacity);
    for (const column of this.#columns) column.grow(this.#capacity);
  }
}
