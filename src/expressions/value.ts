import type { Buffer } from 'node:buffer';

/**
 * A value while an expression is computed. Numbers: an integer is a `number` as long as it is safe (at most 2^53 - 1 in
 * size), else a `bigint`; all other numbers are doubles, always finite. So `typeof` and Number.isSafeInteger tell them
 * apart, and equal values are equal by ===, but for what is no number, string, boolean or null.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Timestamp
  | Duration
  | JsonSpan
  | readonly Value[]
  | ReadonlyMap<string, Value>;

/** An instant; its JSON is the RFC 3339 text in UTC with milliseconds, as `@t` is written. */
export class Timestamp {
  /** Epoch milliseconds, an integer. */
  readonly time: number;

  constructor(time: number) {
    this.time = time;
  }
}

/** A length of time; its JSON is the text in ISO 8601 (`PT1M30S`). */
export class Duration {
  /** Milliseconds, an integer; may be negative. */
  readonly length: number;

  constructor(length: number) {
    this.length = length;
  }
}

/** A list or an object of the event, untouched: `bytes[start, end)` is its JSON text. Valid as long as the batch. */
export class JsonSpan {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }
}

/**
 * What went wrong while one event was computed: the event is rejected, the run goes on. No Error: a stack for each of a
 * million wrong events would cost more than all else.
 */
export class EvaluationError {
  /** Lower case, no full stop: `'abc' is no integer`. */
  readonly reason: string;
  /** Where in the text of the expression, from 0. */
  readonly at: number;

  constructor(reason: string, at: number) {
    this.reason = reason;
    this.at = at;
  }
}
