import type { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import type { Columns } from '../state/columns.ts';
import type { NumberDomain } from '../stream/numbers.ts';
import type { Numbers, Projected } from '../stream/projection.ts';
import type { ValueSchema } from '../stream/schema.ts';

/** What one call of `add` works on: columns over the rows of a batch. */
export interface AggregateInput {
  readonly bytes: Buffer;
  /** Event time of each row, ms. */
  readonly time: Float64Array;
  /** Members of each event: `bytes[eventStart, eventEnd)`, without braces and metadata. */
  readonly eventStart: Int32Array;
  readonly eventEnd: Int32Array;
  /** Position of the batch's first row in the stream; `position + row` orders what has equal times. */
  readonly position: number;
  /** The field arguments, in order; as numbers too where the definition says `numeric`. */
  readonly values: readonly Projected[];
  readonly numbers: readonly (Numbers | undefined)[];
}

/**
 * One aggregate over the groups of a table: a group is a slot, the accumulators are columns of the table.
 * Null and missing values are skipped, except where the definition says otherwise.
 */
export interface Aggregate {
  /**
   * Adds row `rows[i]` to slot `slots[i]` for every i in [0, count). Rows ascend within one call; a row may
   * stand there several times with different slots.
   */
  add(input: AggregateInput, rows: Int32Array, slots: Int32Array, count: number): void;
  /** Adds the accumulator of slot `from` to that of `into`; `from` is not changed. */
  merge(into: number, from: number): void;
  /**
   * Where the order in which values are added shows in the result: adds to slot `into` what came behind that in the same
   * group, and was added to `from` apart (see `goOn`), as if it had been added to `into`. Otherwise `merge` does so.
   */
  continueWith?(into: number, from: number): void;
  /** Whether a slot that is empty may go on from values elsewhere, which `continueWith` will put before it. */
  goOn?(elsewhere: boolean): void;
  /** Writes the result as JSON. */
  result(slot: number, out: ByteWriter): void;
  /**
   * Writes the accumulator as one JSON value, compact and exact, for `load` of this aggregate with the same
   * literals: doubles in spellings that read back as they are, larger integers as strings, values as they came.
   */
  save?(slot: number, out: ByteWriter): void;
  /**
   * Adds the accumulator `bytes[start, end)`, which `save` wrote, to that of the slot. Where order counts, what is
   * loaded stands behind what was loaded before, and before what is added.
   * @throws TidemarkError `failed` when it is anything else
   */
  load?(slot: number, bytes: Buffer, start: number, end: number): void;
  /**
   * Where order counts: the position of the next value that is loaded, from `FIRST_LOADED` on. It is all of an aggregate
   * that is not in its columns; who restores these sets it.
   */
  loaded?: number | undefined;
}

/** A literal argument as it was written: a number, a string or a boolean. */
export type Literal = number | string | boolean;

export interface AggregateDefinition {
  /** Lower case, as it is written: `quantile`. */
  readonly name: string;
  /** One line, imperative, no full stop. */
  readonly summary: string;
  /** How a call is written: `quantile(FIELD, Q)`. */
  readonly usage: string;
  /**
   * Whether windows that overlap are merged anew each, and share nothing: where an accumulator holds all its values, or all
   * distinct ones, so that what is shared would be copies of these; or where it shows in which order was merged.
   */
  readonly mergedAnew?: boolean;
  /** Number of leading field arguments (0 for `count()`), and whether they must be numbers (`numeric`). */
  readonly fields: number;
  /** How many more field arguments may follow those, 0 by default (1 for `count`, which takes none or one). */
  readonly optionalFields?: number;
  readonly numeric: boolean;
  /** What the fields must be if `numeric`: numbers by default; true and false are read as the integers 1 and 0. */
  readonly domain?: NumberDomain;
  /** Number of literal arguments behind the fields, 0 by default (1 for `quantile`). */
  readonly literals?: number;
  /** How many more literal arguments may follow those, 0 by default; never beside `optionalFields`. */
  readonly optionalLiterals?: number;
  /** What is known of the results before the first event, from what is known of the fields; undefined: nothing. */
  readonly gives?: (fields: readonly ValueSchema[]) => ValueSchema;
  /**
   * Checks the values of the literal arguments, which are as many as the definition allows; throws a usage
   * TidemarkError that says what is wrong.
   */
  check(literals: readonly Literal[]): void;
  create(columns: Columns, literals: readonly Literal[]): Aggregate;
}
