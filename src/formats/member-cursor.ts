import type { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';
import { failure, skipSpace, valueEnd } from '../json/scan.ts';

/** Bits of `MemberCursor.marks`: what stands in a string. */
export const HAS_ESCAPE = 1;
const HAS_COMMA = 2;

/** Per byte in a string: 0 where nothing is to be done, a mark, or what needs a look. */
const CLASS = new Uint8Array(256);
const LOOK = 4;
CLASS.fill(LOOK, 0, 0x20);
CLASS[0x22] = LOOK;
CLASS[0x5c] = LOOK;
CLASS[0x2c] = HAS_COMMA;

/** Walks over an event's members, `"a":1,"b":2`, in their order; duplicates come too. One is used for all events. */
export class MemberCursor {
  /** The member's name is `bytes[nameStart, nameEnd)`, without quotes. */
  nameStart = 0;
  nameEnd = 0;
  /** The member's value is `bytes[valueStart, valueEnd)`; a string with its quotes. */
  valueStart = 0;
  valueEnd = 0;
  /** What stands in the value when it is a string: HAS_ESCAPE, HAS_COMMA. */
  marks = 0;

  #bytes: Buffer | undefined;
  #at = 0;
  #end = 0;
  #line = 0;
  #first = true;
  /** What the string scanned last had in it. */
  #seen = 0;

  /** @param line of the event, for messages */
  begin(bytes: Buffer, start: number, end: number, line: number): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#line = line;
    this.#first = true;
  }

  /**
   * Goes to the next member; false when there is none.
   * @throws TidemarkError `failed` when the members are not JSON
   */
  next(): boolean {
    const bytes = this.#bytes!;
    const end = this.#end;
    let at = this.#memberStart(bytes, end);
    if (at === end) return false;
    if (bytes[at] !== QUOTE) throw this.#notJson('a member has no name');
    this.nameStart = at + 1;
    at = this.#string(bytes, at + 1, end);
    this.nameEnd = at - 1;
    at = skipSpace(bytes, at, end);
    if (at === end || bytes[at] !== COLON) throw this.#notJson('a colon is missing behind a name');
    this.#value(bytes, skipSpace(bytes, at + 1, end), end);
    return true;
  }

  /**
   * Goes to the next member if it begins with these bytes, and leaves the name aside.
   * @param beginning the name in its quotes, and the colon: `"status":`
   * @returns false when it does not, or there is none: then `next` tells
   */
  nextIs(beginning: Uint8Array): boolean {
    const bytes = this.#bytes!;
    const end = this.#end;
    let at = this.#at;
    if (!this.#first) {
      if (at >= end || bytes[at] !== COMMA) return false;
      at++;
      if (bytes[at] === SPACE) at++;
    }
    const { length } = beginning;
    if (end - at <= length) return false;
    for (let i = 0; i < length; i++) if (bytes[at + i] !== beginning[i]) return false;
    at += length;
    if (bytes[at] === SPACE) at++;
    if (at === end || bytes[at]! <= SPACE) return false;
    this.#first = false;
    this.#value(bytes, at, end);
    return true;
  }

  /** Whether all members have been visited. */
  get done(): boolean {
    return this.#at === this.#end;
  }

  /** Where the next member's name begins; the end when there is none. */
  #memberStart(bytes: Buffer, end: number): number {
    const at = skipSpace(bytes, this.#at, end);
    if (at === end) {
      this.#at = end;
      return end;
    }
    if (this.#first) {
      this.#first = false;
      return at;
    }
    if (bytes[at] !== COMMA) throw this.#notJson('a comma is missing between two members');
    const next = skipSpace(bytes, at + 1, end);
    if (next === end) throw this.#notJson('a member has no name');
    return next;
  }

  #value(bytes: Buffer, from: number, end: number): void {
    this.valueStart = from;
    this.marks = 0;
    let at = from;
    if (at < end && bytes[at] === QUOTE) {
      at = this.#string(bytes, at + 1, end);
      this.marks = this.#seen;
    } else {
      // Most numbers are a few digits, which need no grammar.
      if (at < end && bytes[at]! > ZERO) while (at < end && bytes[at]! >= ZERO && bytes[at]! <= NINE) at++;
      if (at === from || (at < end && bytes[at] !== COMMA)) {
        at = valueEnd(bytes, from, end);
        if (at < 0) throw this.#notJson(failure.reason);
      }
    }
    this.valueEnd = at;
    this.#at = at;
  }

  /** From behind the opening quote to behind the closing one. */
  #string(bytes: Buffer, from: number, end: number): number {
    let seen = 0;
    let at = from;
    while (at < end) {
      const mark = CLASS[bytes[at]!]!;
      if (mark === LOOK) {
        const byte = bytes[at]!;
        if (byte === QUOTE) {
          this.#seen = seen;
          return at + 1;
        }
        if (byte !== BACKSLASH) throw this.#notJson('a control character stands in a string');
        seen |= HAS_ESCAPE;
        at++;
      } else seen |= mark;
      at++;
    }
    throw this.#notJson('a string is not closed');
  }

  #notJson(why: string): TidemarkError {
    return new TidemarkError('failed', `the event is not JSON: ${why}`, { line: this.#line });
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const ZERO = 0x30;
const NINE = 0x39;
