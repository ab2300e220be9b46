import { Buffer } from 'node:buffer';
import { kernel } from '../kernel/kernel.ts';
import { addressOf } from '../kernel/staging.ts';
import { readInstant } from '../time/instant.ts';
import { type Batch, GLOBAL, TICK, WATERMARK } from './batch.ts';
import { PLAIN_HEADER, parseHeader } from './header.ts';
import { readWindowLabel, type WindowSpan } from './label.ts';
import { LineScanner } from './line.ts';
import { eventTime, isBlank, isHeader, isWholeEnd, newline } from './line-shape.ts';
import type { Marker } from './marker.ts';
import * as refusals from './refusals.ts';

export interface ReaderOptions {
  /** What the end of input means in a marked stream without `@end`: cut off, or complete. */
  readonly eof: 'cut' | 'drain';
  /** Bytes that a line may have. */
  readonly maxLine: number;
  notice(message: string, hint?: string): void;
}

/** Where in a stream the reader is: before its first line, inside it, behind an `@end`. */
type Phase = 'first' | 'plain' | 'marked' | 'suspended' | 'complete';

/** Behind the number of a barrier: it is the last of its run. */
const LAST = /^\s*,\s*"last"\s*:\s*true/;

/**
 * Reads the lines of tm-stream(5) into batches and markers: `scan` for whole lines, `finish` for the end of
 * input. It decides what is a marked stream, a plain one and one that was cut off (tm-stream(5)), and gives a
 * plain one its header, last watermark and end, so that operators know marked streams only.
 */
export class StreamReader {
  /** The marker that ended the last `scan` or `finish`; whoever takes it sets it to undefined. */
  marker: Marker | undefined;
  /** Set by `finish` when nothing more comes. */
  done = false;
  readonly #options: ReaderOptions;
  readonly #scanner = new LineScanner();
  /** The windows of the event read last. */
  readonly #span: WindowSpan = { start: 0, end: 0, every: 0, count: GLOBAL };
  #phase: Phase = 'first';
  /** Lines read so far. */
  #line = 0;
  /** The highest watermark read: a lower one is passed over. */
  #watermark = Number.NEGATIVE_INFINITY;
  /** An `@end` that was read: given out when what follows is known to be allowed, so that none commits too early. */
  #end: Marker | undefined;
  /** Nothing was said yet about an end that cannot be known. */
  #plainToTell = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /**
   * Appends the lines of batch.bytes[from, cut) as rows, until they are used up, the batch is full or a line
   * is a marker (then `marker` is set). Every line ends with LF.
   * @returns the index behind what was read
   * @throws TidemarkError with the line: `failed` for what cannot be read, `cut` for a stream that ends early
   */
  scan(batch: Batch, from: number, cut: number): number {
    let at = from;
    if (this.#phase !== 'plain' && this.#phase !== 'marked') at = this.#scanOutside(batch.bytes, from, cut);
    if (this.marker !== undefined || at >= cut) return at;

    while (at < cut && !batch.full) {
      const behind = this.#scanUsual(batch, at, cut);
      if (behind > at) at = behind;
      else at = this.#scanOther(batch, at);
      if (this.marker !== undefined || this.#end !== undefined) break;
    }
    if (this.#plainToTell) this.#tellPlain();
    return at;
  }

  /** Lines laid out as we write them, as far as the kernel takes them; the index behind them. */
  #scanUsual(batch: Batch, from: number, cut: number): number {
    const { call, columns } = kernel();
    const base = addressOf(batch.bytes);
    const first = batch.rows;
    const rows = call.scanLines(
      base,
      base + from,
      base + cut,
      batch.capacity - first,
      this.#watermark,
      this.#phase === 'marked',
      this.#options.maxLine,
    );
    if (rows > 0) {
      batch.rows += rows;
      batch.resetEvents(first);
      batch.kind.set(columns.kind.subarray(0, rows), first);
      batch.time.set(columns.time.subarray(0, rows), first);
      batch.start.set(columns.start.subarray(0, rows), first);
      batch.end.set(columns.end.subarray(0, rows), first);
      batch.windowStart.set(columns.windowStart.subarray(0, rows), first);
      batch.windowEnd.set(columns.windowEnd.subarray(0, rows), first);
      batch.windowEvery.set(columns.windowEvery.subarray(0, rows), first);
      batch.windowCount.set(columns.windowCount.subarray(0, rows), first);
      for (let i = 0; i < rows; i++) batch.line[first + i] = this.#line + 1 + columns.lineOffset[i]!;
    }
    this.#line += call.linesRead.value;
    this.#watermark = call.linesWatermark.value;
    return call.linesEnd.value - base;
  }

  /** One line of another kind; the index behind it. */
  #scanOther(batch: Batch, at: number): number {
    const end = newline(batch.bytes, at);
    this.#line++;
    if (end - at > this.#options.maxLine) throw refusals.tooLong(this.#line, end - at);
    if (!isBlank(batch.bytes, at, end)) this.#general(batch, at, end);
    return end + 1;
  }

  /**
   * What the end of input means; called again until `done`. May append rows to `batch` and set `marker`.
   * @param from, to bytes of a last line without LF: batch.bytes[from, to)
   * @returns the index behind what was read
   * @throws TidemarkError `cut` when the stream is not complete
   */
  finish(batch: Batch, from: number, to: number): number {
    const rest = !isBlank(batch.bytes, from, to);
    switch (this.#phase) {
      case 'first':
        if (!rest) throw refusals.noStream();
        if (!isHeader(batch.bytes, from, to)) return this.#beginPlain(from);
        throw refusals.cutOff();
      case 'plain':
      case 'marked': {
        const complete = this.#phase === 'plain' || this.#options.eof === 'drain';
        if (!complete && !(rest && isWholeEnd(batch.bytes, from, to))) throw refusals.cutOff();
        if (rest) {
          this.#line++;
          this.#general(batch, from, to);
        }
        if (this.#plainToTell) this.#tellPlain();
        if (this.marker === undefined && this.#end === undefined) this.#drain(batch);
        return to;
      }
      case 'suspended':
      case 'complete':
        if (rest && this.#phase === 'complete') throw refusals.afterEnd(this.#line + 1);
        if (rest)
          throw isHeader(batch.bytes, from, to) ? refusals.cutOff() : refusals.afterSuspended(this.#line + 1);
        this.#giveEnd();
        this.done = true;
        return to;
    }
  }

  /** The refusal of a line of which `length` bytes have come without its end. */
  tooLong(length: number): Error {
    return refusals.tooLong(this.#line + 1, length);
  }

  #drain(batch: Batch): void {
    this.#addLastWatermark(batch);
    this.marker = { kind: 'end', reason: 'drained' };
    this.done = true;
  }

  /** A complete stream is complete in event time too: also where a filter dropped the line that says so. */
  #addLastWatermark(batch: Batch): void {
    if (this.#watermark < Number.POSITIVE_INFINITY) batch.addTime(WATERMARK, Number.POSITIVE_INFINITY);
    this.#watermark = Number.POSITIVE_INFINITY;
  }

  #giveEnd(): void {
    this.marker = this.#end;
    this.#end = undefined;
  }

  /** Lines before the header and behind an end: passes over blank ones, and stops behind a header. */
  #scanOutside(bytes: Buffer, from: number, cut: number): number {
    for (let at = from; at < cut; ) {
      const end = newline(bytes, at);
      if (isBlank(bytes, at, end)) {
        this.#line++;
        at = end + 1;
        continue;
      }
      if (!isHeader(bytes, at, end)) {
        if (this.#phase === 'first') return this.#beginPlain(at);
        throw this.#phase === 'complete'
          ? refusals.afterEnd(this.#line + 1)
          : refusals.afterSuspended(this.#line + 1);
      }
      if (this.#phase === 'complete') throw refusals.afterEnd(this.#line + 1);
      if (this.#end !== undefined) {
        this.#giveEnd();
        return at;
      }
      this.#line++;
      this.#scanner.read(bytes, at, end, this.#line);
      const header = parseHeader(bytes.toString('utf8', this.#scanner.valueStart, this.#scanner.valueEnd));
      this.#phase = 'marked';
      this.marker = { kind: 'stream', header };
      return end + 1;
    }
    return cut;
  }

  #beginPlain(at: number): number {
    this.#phase = 'plain';
    this.marker = { kind: 'stream', header: PLAIN_HEADER };
    this.#plainToTell = true;
    return at;
  }

  /** Only when a line was an event: what is no stream at all is told as that. */
  #tellPlain(): void {
    this.#plainToTell = false;
    this.#options.notice(
      'the input has no @stream line: its end is taken for complete, which cannot be known without markers',
    );
  }

  #setWindows(batch: Batch, row: number): void {
    const { start, end, every, count } = this.#span;
    batch.windowStart[row] = start;
    batch.windowEnd[row] = end;
    batch.windowEvery[row] = every;
    batch.windowCount[row] = count;
  }

  /** Any other line. */
  #general(batch: Batch, at: number, end: number): void {
    const scanner = this.#scanner;
    scanner.read(batch.bytes, at, end, this.#line);
    if (scanner.marker === undefined) {
      this.#generalEvent(batch);
      return;
    }
    if (this.#phase === 'plain') throw refusals.strayMarker(this.#line, scanner.marker);
    const text = batch.bytes.toString('utf8', scanner.valueStart, scanner.valueEnd);
    switch (scanner.marker) {
      case 'stream':
        throw refusals.secondHeader(this.#line);
      case 'watermark':
        this.#takeWatermark(batch, text);
        break;
      case 'tick':
        batch.addTime(TICK, this.#instantOf(text, 'tick'), this.#line);
        break;
      case 'idle':
        this.marker = { kind: 'idle' };
        break;
      case 'barrier': {
        const epoch = Number(text);
        if (!Number.isSafeInteger(epoch)) throw refusals.badMarker(this.#line, 'barrier', text);
        const isLast = LAST.test(batch.bytes.toString('utf8', scanner.valueEnd, end));
        this.marker = isLast ? { kind: 'barrier', epoch, last: true } : { kind: 'barrier', epoch };
        break;
      }
      case 'end':
        if (text !== '"drained"' && text !== '"suspended"' && text !== '"skipped"')
          throw refusals.badMarker(this.#line, 'end', text);
        this.#end = { kind: 'end', reason: JSON.parse(text) };
        this.#phase = text === '"suspended"' ? 'suspended' : 'complete';
        if (text === '"drained"') this.#addLastWatermark(batch);
        break;
    }
  }

  #takeWatermark(batch: Batch, text: string): void {
    const time = text === '"end"' ? Number.POSITIVE_INFINITY : this.#instantOf(text, 'watermark');
    if (time <= this.#watermark) return;
    this.#watermark = time;
    batch.addTime(WATERMARK, time, this.#line);
  }

  #instantOf(text: string, marker: string): number {
    const bytes = Buffer.from(text);
    const time = readInstant(bytes, 1, bytes.length - 1);
    if (bytes[0] !== QUOTE || Number.isNaN(time)) throw refusals.badMarker(this.#line, marker, text);
    return time;
  }

  /** Appends the event that the scanner read last. */
  #generalEvent(batch: Batch): void {
    const scanner = this.#scanner;
    const line = this.#line;
    if (scanner.timeEnd === 0) throw refusals.noTime(line);
    const time = eventTime(batch.bytes, scanner.timeStart, scanner.timeEnd);
    if (Number.isNaN(time)) {
      throw refusals.badTime(line, batch.bytes.toString('utf8', scanner.timeStart, scanner.timeEnd));
    }
    const start = this.#joinMembers(batch);
    const end = scanner.count === 0 ? start : batch.used;
    const row = batch.addEvent(time, start, end, line);
    if (scanner.windowEnd > 0) {
      const { windowStart, windowEnd } = scanner;
      if (!readWindowLabel(batch.bytes, windowStart + 1, windowEnd - 1, this.#span))
        throw refusals.badWindow(line, batch.bytes.toString('utf8', windowStart, windowEnd));
      this.#setWindows(batch, row);
    }
    if (scanner.paneEnd > 0) {
      batch.paneStart[row] = scanner.paneStart;
      batch.paneEnd[row] = scanner.paneEnd;
    }
  }

  /** Writes the user's members behind `used`, without the metadata between them; returns where they start. */
  #joinMembers(batch: Batch): number {
    const { spans, count } = this.#scanner;
    const start = batch.used;
    for (let i = 0; i < count; i += 2) {
      const from = spans[i]!;
      const to = spans[i + 1]!;
      batch.reserve(to - from + 1);
      if (i > 0) batch.bytes[batch.used++] = COMMA;
      batch.bytes.copyWithin(batch.used, from, to);
      batch.used += to - from;
    }
    return start;
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
