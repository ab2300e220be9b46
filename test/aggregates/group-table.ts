import { Buffer } from 'node:buffer';
import type {
  Aggregate,
  AggregateDefinition,
  AggregateInput,
  Literal,
} from '../../src/aggregates/aggregate.ts';
import { ByteWriter } from '../../src/json/byte-writer.ts';
import { isInteger, readDouble } from '../../src/json/number.ts';
import {
  type Column,
  type Columns,
  DoubleColumn,
  IntegerColumn,
  ObjectColumn,
} from '../../src/state/columns.ts';
import {
  ABSENT,
  ARRAY,
  BIG_INTEGER,
  DOUBLE,
  FALSE,
  INTEGER,
  NO_NUMBER,
  NULL,
  NUMBER,
  type Numbers,
  OBJECT,
  type Projected,
  STRING,
  TRUE,
} from '../../src/stream/projection.ts';
import type { Sample } from '../reference/aggregates.ts';

const TYPES: Readonly<Record<string, number>> = {
  '"': STRING,
  '[': ARRAY,
  '{': OBJECT,
  t: TRUE,
  f: FALSE,
  n: NULL,
};

/** The columns of one aggregate, which start small so that tests see them grow. */
class GrowingColumns implements Columns {
  #capacity = 2;
  readonly #columns: Column[] = [];

  doubles(initial = 0): DoubleColumn {
    return this.#added(new DoubleColumn(this.#capacity, initial));
  }

  integers(initial = 0): IntegerColumn {
    return this.#added(new IntegerColumn(this.#capacity, initial));
  }

  objects<T>(): ObjectColumn<T> {
    return this.#added(new ObjectColumn<T>());
  }

  reserve(slots: number): void {
    while (this.#capacity < slots) this.#capacity *= 2;
    for (const column of this.#columns) column.grow(this.#capacity);
  }

  reset(slot: number): void {
    for (const column of this.#columns) column.reset(slot);
  }

  #added<T extends Column>(column: T): T {
    this.#columns.push(column);
    return column;
  }
}

/** The samples, which stand next to each other in the stream, as the columns of a batch. */
function inputOf(samples: readonly Sample[], withField: boolean): AggregateInput {
  const source: Projected = {
    type: new Uint8Array(samples.length),
    start: new Int32Array(samples.length),
    end: new Int32Array(samples.length),
  };
  const bytes = Buffer.from(samples.map(({ text }) => text).join('\n'));
  const form = new Uint8Array(samples.length).fill(NO_NUMBER);
  const value = new Float64Array(samples.length);
  let at = 0;
  samples.forEach(({ text }, row) => {
    const end = at + Buffer.byteLength(text);
    source.type[row] = text === '' ? ABSENT : (TYPES[text[0]!] ?? NUMBER);
    source.start[row] = at;
    source.end[row] = end;
    if (source.type[row] === NUMBER) {
      const number = readDouble(bytes, at, end);
      value[row] = number;
      if (!isInteger(bytes, at, end)) form[row] = DOUBLE;
      else form[row] = Number.isSafeInteger(number) ? INTEGER : BIG_INTEGER;
    }
    at = end + 1;
  });
  const numbers: Numbers = { form, value, bytes, source };
  return {
    bytes,
    time: Float64Array.from(samples, ({ time }) => time),
    position: samples[0]?.position ?? 0,
    values: withField ? [source] : [],
    numbers: withField ? [numbers] : [],
  };
}

/** One aggregate over a few groups. */
export class GroupTable {
  readonly #columns = new GrowingColumns();
  readonly #aggregate: Aggregate;
  readonly #withField: boolean;

  constructor(definition: AggregateDefinition, literals: readonly Literal[] = [], withField = true) {
    definition.check(literals);
    this.#aggregate = definition.create(this.#columns, literals);
    this.#withField = withField;
  }

  /** Adds a batch of samples, each to the slots given for it. */
  add(samples: readonly Sample[], slots: readonly (readonly number[])[]): void {
    const pairs = slots.flatMap((ofRow, row) => ofRow.map((slot) => [row, slot] as const));
    this.#columns.reserve(Math.max(0, ...pairs.map(([, slot]) => slot)) + 1);
    this.#aggregate.add(
      inputOf(samples, this.#withField),
      Int32Array.from(pairs, ([row]) => row),
      Int32Array.from(pairs, ([, slot]) => slot),
      pairs.length,
    );
  }

  reserve(slots: number): void {
    this.#columns.reserve(slots);
  }

  merge(into: number, from: number): void {
    this.#aggregate.merge(into, from);
  }

  reset(slot: number): void {
    this.#columns.reset(slot);
  }

  save(slot: number): string {
    const out = new ByteWriter(16);
    this.#aggregate.save!(slot, out);
    return out.toString();
  }

  /** @throws TidemarkError when it was not saved by this aggregate */
  load(slot: number, text: string): void {
    this.#columns.reserve(slot + 1);
    const bytes = Buffer.from(`before ${text} behind`);
    this.#aggregate.load!(slot, bytes, 7, bytes.length - 7);
  }

  result(slot: number): string {
    const out = new ByteWriter(16);
    this.#aggregate.result(slot, out);
    return out.toString();
  }
}
