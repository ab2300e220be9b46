import type { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';
import { isNumber, readDouble } from '../json/number.ts';
import { valueEnd } from '../json/scan.ts';
import { unescape } from '../json/string.ts';
import { ARRAY, FALSE, NULL, NUMBER, OBJECT, STRING, TRUE } from '../stream/projection.ts';

/**
 * The position of the first value that is loaded. Positions of a stream begin at 0: what is loaded stands before
 * what is added, and what is loaded first stands first.
 */
export const FIRST_LOADED = -(2 ** 52);

/**
 * Walks what `save` of an aggregate wrote, value by value. All methods throw TidemarkError `failed` where
 * something else stands than what is asked for.
 */
export class AccumulatorReader {
  readonly bytes: Buffer;
  /** The value read last is bytes[start, end), of this type of projection.ts. */
  start = 0;
  end = 0;
  type = NULL;
  #at: number;
  readonly #limit: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes;
    this.#at = start;
    this.#limit = end;
    // As the whole is JSON, commas say nothing that the values between them do not.
    if (valueEnd(bytes, start, end) !== end) throw notSaved();
  }

  /** Goes into a list. */
  open(): void {
    this.#expect(OPEN);
  }

  /** Whether the list has one more value. */
  more(): boolean {
    this.#skip();
    return this.#at < this.#limit && this.bytes[this.#at] !== CLOSE;
  }

  /** Goes out of a list, whose values have all been read. */
  close(): void {
    this.#expect(CLOSE);
  }

  /** Any value but null. */
  value(): void {
    this.#any();
    if (this.type === NULL) throw notSaved();
  }

  #any(): void {
    this.#skip();
    this.start = this.#at;
    this.end = valueEnd(this.bytes, this.#at, this.#limit);
    if (this.end < 0) throw notSaved();
    this.#at = this.end;
    this.type = TYPES[this.bytes[this.start]!]!;
  }

  /** A finite number. */
  number(): number {
    this.value();
    if (!isNumber(this.bytes, this.start, this.end)) throw notSaved();
    const value = readDouble(this.bytes, this.start, this.end);
    if (!Number.isFinite(value)) throw notSaved();
    return value;
  }

  /** A finite number; undefined for null. */
  numberOrNull(): number | undefined {
    this.#skip();
    if (this.bytes[this.#at] !== 0x6e) return this.number();
    this.none();
    return undefined;
  }

  /** A whole number of [least, most]. */
  integer(least: number, most = Number.MAX_SAFE_INTEGER): number {
    const value = this.number();
    if (!Number.isSafeInteger(value) || value < least || value > most) throw notSaved();
    return value;
  }

  text(): string {
    this.value();
    if (this.type !== STRING) throw notSaved();
    return unescape(this.bytes, this.start + 1, this.end - 1);
  }

  /** An integer of any size: its digits in a string, which other programs do not round. */
  bigInteger(): bigint {
    const text = this.text();
    if (!/^-?\d{1,10000}$/.test(text)) throw notSaved();
    return BigInt(text);
  }

  /** Whether a string is next. */
  get isText(): boolean {
    this.#skip();
    return this.bytes[this.#at] === QUOTE;
  }

  /** Whether a list is next. */
  get isList(): boolean {
    this.#skip();
    return this.bytes[this.#at] === OPEN;
  }

  /** Null, which stands for an accumulator that nothing was added to. */
  none(): void {
    this.#any();
    if (this.type !== NULL) throw notSaved();
  }

  #expect(byte: number): void {
    this.#skip();
    if (this.#at >= this.#limit || this.bytes[this.#at] !== byte) throw notSaved();
    this.#at++;
  }

  #skip(): void {
    while (this.#at < this.#limit && (this.bytes[this.#at]! <= SPACE || this.bytes[this.#at] === COMMA))
      this.#at++;
  }
}

export const notSaved = (): TidemarkError => new TidemarkError('failed', 'it is no partial result');

/** Type of a value by its first byte. */
const TYPES = new Uint8Array(256).fill(NUMBER);
TYPES[0x22] = STRING;
TYPES[0x5b] = ARRAY;
TYPES[0x7b] = OBJECT;
TYPES[0x74] = TRUE;
TYPES[0x66] = FALSE;
TYPES[0x6e] = NULL;

const QUOTE = 0x22;
const SPACE = 0x20;
const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;
