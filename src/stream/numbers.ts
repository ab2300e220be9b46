import type { Buffer } from 'node:buffer';
import { isInteger, readDouble } from '../json/number.ts';
import { kernel } from '../kernel/kernel.ts';
import { addressOf } from '../kernel/staging.ts';
import { type Batch, EVENT } from './batch.ts';
import {
  ABSENT,
  BIG_INTEGER,
  DOUBLE,
  FALSE,
  INTEGER,
  NO_NUMBER,
  NULL,
  type Numbers,
  type Projected,
  TRUE,
} from './projection.ts';

/** What is read as a number: any, those spelled as integers, or true and false, as 1 and 0. */
export type NumberDomain = 'numbers' | 'integers' | 'booleans';

/**
 * A row whose value is not in the domain, or a number past the range of doubles where its exact value is not an
 * integer.
 */
export const NOT_A_NUMBER = 255;
/** What the kernel leaves to be read here: more digits than a double holds, exponents, -0. */
const UNREAD = 254;

/** A column of numbers over a projected member; `form` is NOT_A_NUMBER for rows that must be rejected. */
export class NumberColumn implements Numbers {
  readonly form: Uint8Array;
  readonly value: Float64Array;
  readonly source: Projected;
  bytes: Buffer;
  readonly domain: NumberDomain;

  constructor(source: Projected, capacity: number, bytes: Buffer, domain: NumberDomain = 'numbers') {
    this.source = source;
    this.domain = domain;
    this.bytes = bytes;
    this.form = new Uint8Array(capacity);
    this.value = new Float64Array(capacity);
  }

  read(batch: Batch): void {
    if (this.domain === 'booleans') {
      this.#readBooleans(batch);
      return;
    }
    const { form, value } = this;
    const { type, start, end } = this.source;
    const { rows } = batch;
    this.bytes = batch.bytes;
    const { call, columns } = kernel();
    columns.fieldType[0]!.set(type.subarray(0, rows));
    columns.fieldStart[0]!.set(start.subarray(0, rows));
    columns.fieldEnd[0]!.set(end.subarray(0, rows));
    let unread = call.readNumbers(addressOf(batch.bytes), rows);
    form.set(columns.form.subarray(0, rows));
    value.set(columns.value.subarray(0, rows));
    for (let row = 0; unread > 0; row++) {
      if (form[row] !== UNREAD) continue;
      unread--;
      this.#readOther(row, start[row]!, end[row]!);
    }
    if (this.domain === 'integers')
      for (let row = 0; row < rows; row++) if (form[row] === DOUBLE) form[row] = NOT_A_NUMBER;
  }

  #readOther(row: number, from: number, to: number): void {
    const number = readDouble(this.bytes, from, to);
    this.value[row] = number;
    if (isInteger(this.bytes, from, to))
      this.form[row] = Number.isSafeInteger(number) ? INTEGER : BIG_INTEGER;
    else this.form[row] = Number.isFinite(number) && this.domain === 'numbers' ? DOUBLE : NOT_A_NUMBER;
  }

  #readBooleans(batch: Batch): void {
    const { form, value } = this;
    const { type } = this.source;
    this.bytes = batch.bytes;
    for (let row = 0; row < batch.rows; row++) {
      if (batch.kind[row] !== EVENT) continue;
      const t = type[row]!;
      value[row] = t === TRUE ? 1 : 0;
      if (t === TRUE || t === FALSE) form[row] = INTEGER;
      else form[row] = t === ABSENT || t === NULL ? NO_NUMBER : NOT_A_NUMBER;
    }
  }
}
