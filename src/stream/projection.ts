import type { Buffer } from 'node:buffer';

/** Types of a projected value, in the order in which values of different types sort. */
export const ABSENT = 0;
export const NULL = 1;
export const FALSE = 2;
export const TRUE = 3;
export const NUMBER = 4;
export const STRING = 5;
export const ARRAY = 6;
export const OBJECT = 7;

/** Type of a JSON value by its first byte. */
const TYPES = new Uint8Array(256).fill(NUMBER);
TYPES[0x22] = STRING;
TYPES[0x5b] = ARRAY;
TYPES[0x7b] = OBJECT;
TYPES[0x74] = TRUE;
TYPES[0x66] = FALSE;
TYPES[0x6e] = NULL;

export const typeOfByte = (first: number): number => TYPES[first]!;

/** One member of every row: its JSON text is `bytes[start, end)` of the batch; ABSENT where there is none. */
export interface Projected {
  readonly type: Uint8Array;
  readonly start: Int32Array;
  readonly end: Int32Array;
}

/** Room for one member of the rows of a batch. */
export class MemberColumn implements Projected {
  readonly type: Uint8Array;
  readonly start: Int32Array;
  readonly end: Int32Array;

  constructor(capacity: number) {
    this.type = new Uint8Array(capacity);
    this.start = new Int32Array(capacity);
    this.end = new Int32Array(capacity);
  }

  /** A copy of the first rows. */
  slice(rows: number): MemberColumn {
    const copy = new MemberColumn(rows);
    copy.type.set(this.type.subarray(0, rows));
    copy.start.set(this.start.subarray(0, rows));
    copy.end.set(this.end.subarray(0, rows));
    return copy;
  }
}

/** How the value of a row of a `Numbers` column is held. */
export const NO_NUMBER = 0;
/** An integer of at most 2^53 - 1 in size: `value` is exact. */
export const INTEGER = 1;
/** A number with fraction or exponent: `value` is the nearest double. */
export const DOUBLE = 2;
/** A larger integer: `value` is the nearest double, the exact one is `readInteger` of its span. */
export const BIG_INTEGER = 3;

/** A projected member read as numbers. Rows of null or without the member are NO_NUMBER. */
export interface Numbers {
  readonly form: Uint8Array;
  readonly value: Float64Array;
  /** The bytes and spans that the numbers were read from. */
  readonly bytes: Buffer;
  readonly source: Projected;
}
