import type { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';
import { failure, skipSpace, stringEnd, valueEnd } from '../json/scan.ts';
import { unescape } from '../json/string.ts';
import type { Batch } from './batch.ts';

const MARKERS = ['stream', 'watermark', 'tick', 'idle', 'barrier', 'end'] as const;
export type MarkerName = (typeof MARKERS)[number];

/**
 * Reads one line of a stream whole, wherever its metadata stand: the slow and general way, for lines that
 * are not laid out as we write them. The fields hold the findings of the last `read`.
 */
export class LineScanner {
  /** The marker that the first member names; undefined: the line is an event. */
  marker: MarkerName | undefined;
  /** Spans of the values of `@t`, `@w`, `@pane` (JSON text); end 0: there is none. */
  timeStart = 0;
  timeEnd = 0;
  windowStart = 0;
  windowEnd = 0;
  paneStart = 0;
  paneEnd = 0;
  /** Span of the value of the marker's first member. */
  valueStart = 0;
  valueEnd = 0;
  /** Spans of the user's members, `"name":value`, as pairs; `count` numbers of it are in use. */
  spans: number[] = [];
  count = 0;

  /**
   * Reads bytes[at, end), a line without its LF.
   * @throws TidemarkError `failed` with line and column when it is no JSON object
   */
  read(bytes: Buffer, at: number, end: number, line: number): void {
    this.marker = undefined;
    this.timeEnd = this.windowEnd = this.paneEnd = this.count = 0;
    let i = skipSpace(bytes, at, end);
    if (i >= end || bytes[i] !== OPEN) throw notAnObject(line, i - at + 1);
    i = skipSpace(bytes, i + 1, end);
    if (i < end && bytes[i] === CLOSE) {
      this.#expectEnd(bytes, i + 1, at, end, line);
      return;
    }
    for (let first = true; ; first = false) {
      if (i >= end || bytes[i] !== QUOTE) throw badLine(line, i - at + 1, 'expected a member name in quotes');
      const name = i + 1;
      const nameEnd = stringEnd(bytes, name, end);
      if (nameEnd < 0) throw badLine(line, failure.at - at + 1, failure.reason);
      let value = skipSpace(bytes, nameEnd, end);
      if (value >= end || bytes[value] !== COLON) throw badLine(line, value - at + 1, "expected ':'");
      value = skipSpace(bytes, value + 1, end);
      const behind = valueEnd(bytes, value, end);
      if (behind < 0) throw badLine(line, failure.at - at + 1, failure.reason);
      this.#take(bytes, name, nameEnd - 1, value, behind, first);
      i = skipSpace(bytes, behind, end);
      if (i < end && bytes[i] === COMMA) {
        i = skipSpace(bytes, i + 1, end);
        continue;
      }
      if (i >= end || bytes[i] !== CLOSE) throw badLine(line, i - at + 1, "expected ',' or '}'");
      this.#expectEnd(bytes, i + 1, at, end, line);
      return;
    }
  }

  #take(bytes: Buffer, name: number, nameEnd: number, value: number, behind: number, first: boolean): void {
    if (bytes[name] === AT || bytes[name] === BACKSLASH) {
      const text = unescape(bytes, name, nameEnd);
      if (first) {
        this.marker = MARKERS.find((marker) => `@${marker}` === text);
        this.valueStart = value;
        this.valueEnd = behind;
      }
      // Of duplicates the first counts; the later ones are dropped with it.
      if (text === '@t') {
        if (this.timeEnd === 0) [this.timeStart, this.timeEnd] = [value, behind];
        return;
      }
      if (text === '@w') {
        if (this.windowEnd === 0) [this.windowStart, this.windowEnd] = [value, behind];
        return;
      }
      if (text === '@pane') {
        if (this.paneEnd === 0) [this.paneStart, this.paneEnd] = [value, behind];
        return;
      }
    }
    this.spans[this.count++] = name - 1;
    this.spans[this.count++] = behind;
  }

  #expectEnd(bytes: Buffer, i: number, at: number, end: number, line: number): void {
    const behind = skipSpace(bytes, i, end);
    if (behind < end) throw badLine(line, behind - at + 1, 'something follows the object');
  }
}

const badLine = (line: number, column: number, reason: string): TidemarkError =>
  new TidemarkError('failed', `the line is no JSON object: ${reason}`, {
    line,
    column,
    hint: 'every line of a stream is one JSON object; raw records go through `tm source` first',
  });

/**
 * The same, of an event in a batch.
 * @param at where in the bytes of the batch it is wrong
 */
export function badMembers(batch: Batch, row: number, at: number, reason: string): TidemarkError {
  const lineStart = batch.bytes.lastIndexOf(0x0a, batch.start[row]!) + 1;
  return badLine(batch.line[row]!, at - lineStart + 1, reason);
}

const notAnObject = (line: number, column: number): TidemarkError =>
  new TidemarkError('failed', 'the line is no JSON object', {
    line,
    column,
    hint: 'raw records go through `tm source` first, which gives them time',
  });

const OPEN = 0x7b;
const CLOSE = 0x7d;
const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const AT = 0x40;
const BACKSLASH = 0x5c;
