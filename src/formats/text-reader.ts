import { Buffer } from 'node:buffer';
import { copyBytes, escapeText, LONGEST_ESCAPE, NO_PAIRS } from './escape-text.ts';
import type { RecordBatch } from './format.ts';
import { LineReader, type ReaderOptions } from './location-reader.ts';
import { memberOfTime } from './time-member.ts';

const PREFIX = Buffer.from('"text":"');
const QUOTE = 0x22;

/** Each line is one record with the member `text`. */
export class TextReader extends LineReader {
  readonly #timed: boolean;

  constructor(options: ReaderOptions) {
    super(options);
    this.#timed = memberOfTime(options.time, 'text', ['text']) !== undefined;
  }

  protected override readLine(batch: RecordBatch, start: number, end: number): void {
    batch.reserve(PREFIX.length + LONGEST_ESCAPE * (end - start) + 1);
    const b = batch.bytes;
    const from = batch.used;
    let out = copyBytes(b, from, PREFIX, 0, PREFIX.length);
    const value = out - 1;
    out = escapeText(b, out, start, end, NO_PAIRS);
    b[out++] = QUOTE;
    batch.used = out;
    const timed = this.#timed;
    batch.addRecord(from, out, this.line, Number.NaN, timed ? value : 0, timed ? out : 0, start, end);
  }
}
