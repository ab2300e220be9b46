import { Buffer } from 'node:buffer';
import { copySpan } from '../json/copy-span.ts';
import { copyWords, placeFor, WORD_GAP, WordViews } from '../json/copy-words.ts';
import type { BytePieces } from '../state/byte-pieces.ts';
import { damaged, type SavedBytes } from '../state/saved-bytes.ts';
import { readNumbers, writeNumbers } from '../state/saved-numbers.ts';
import { type Batch, GLOBAL } from '../stream/batch.ts';

/** Bits of the number of a row: behind them, one of 32 bits has that of the block, too. */
export const BLOCK_BITS = 12;
/** Rows of a block at most. */
export const BLOCK_ROWS = 1 << BLOCK_BITS;
/** Rows and bytes of a block of which it is not known that there will be many. */
const FIRST_ROWS = 1 << 6;
const FIRST_BYTES = 1 << 12;

/** What `spans` tells of a row: where its members begin and end in `bytes`, its line, bytes of its pane behind the members. */
const SPANS = 4;
/** What `windows` tells of a row: the columns of a batch. */
const WINDOWS = 4;
const MOST_LINE = 2 ** 31 - 1;
/** Batches from which events come, and to which they go. */
const INPUT = new WordViews();
const OUTPUT = new WordViews();

/**
 * Events that are held: their bytes one behind the other, each with its pane, and what else there is of them in columns.
 * They are in the order in which they were added, and never change.
 */
export class RowBlock {
  bytes: Buffer;
  used = 0;
  rows = 0;
  /** Rows that are still held; whoever frees blocks counts it. */
  live = 0;
  /** Whether a snapshot has them. */
  saved = false;
  times: Float64Array;
  /** Bytes that it takes in memory. */
  size = 0;
  #words: Int32Array;
  #spans: Int32Array;
  /** Undefined: all are in the global window. */
  #windows: Float64Array | undefined;

  /** @param bytes that it will hold; undefined: it is not known, perhaps few */
  constructor(bytes?: number) {
    const rows = bytes === undefined ? FIRST_ROWS : BLOCK_ROWS;
    this.bytes = Buffer.allocUnsafeSlow(bytes ?? FIRST_BYTES);
    this.#words = new Int32Array(this.bytes.buffer, 0, this.bytes.length >>> 2);
    this.times = new Float64Array(rows);
    this.#spans = new Int32Array(rows * SPANS);
    this.#measure();
  }

  /** Its events are gone: others take their place. */
  clear(): void {
    this.used = 0;
    this.rows = 0;
    this.live = 0;
    this.#windows?.fill(0);
  }

  /** Copies an event of a batch; its row is the last. There are less than `BLOCK_ROWS`. */
  add(from: Batch, row: number): void {
    const start = from.start[row]!;
    const end = from.end[row]!;
    this.#begin(from.time[row]!, from.line[row]!);
    const pane = from.paneEnd[row]! - from.paneStart[row]!;
    this.#append(from.bytes, INPUT.of(from.bytes), start, end, pane);
    if (pane > 0)
      this.used = copySpan(this.bytes, this.used, from.bytes, from.paneStart[row]!, from.paneEnd[row]!);
    const count = from.windowCount[row]!;
    if (count !== GLOBAL)
      this.#setWindows(from.windowStart[row]!, from.windowEnd[row]!, from.windowEvery[row]!, count);
    this.rows++;
  }

  /** Copies an event of another block. There are less than `BLOCK_ROWS`. */
  addFrom(from: RowBlock, row: number): void {
    const at = row * SPANS;
    const start = from.#spans[at]!;
    const end = from.#spans[at + 1]!;
    this.#begin(from.times[row]!, from.#spans[at + 2]!);
    const pane = from.#spans[at + 3]!;
    // It stands behind the members there, too.
    this.#append(from.bytes, from.#words, start, end + pane, 0);
    this.#spans[this.rows * SPANS + 1]! -= pane;
    this.#spans[this.rows * SPANS + 3] = pane;
    const windows = from.#windows;
    if (windows !== undefined && windows[row * WINDOWS + 3] !== GLOBAL) {
      const window = row * WINDOWS;
      this.#setWindows(windows[window]!, windows[window + 1]!, windows[window + 2]!, windows[window + 3]!);
    }
    this.rows++;
  }

  /**
   * Appends an event to a batch that is not full.
   * @param time of it, ms: whoever has it at hand need not have it fetched
   */
  copyTo(out: Batch, row: number, time: number): void {
    const at = row * SPANS;
    const start = this.#spans[at]!;
    const pane = this.#spans[at + 3]!;
    const end = this.#spans[at + 1]! + pane;
    out.reserve(end - start + WORD_GAP);
    const place = placeFor(out.bytes, out.used, this.bytes, start);
    const behind = copyWords(out.bytes, OUTPUT.of(out.bytes), place, this.bytes, this.#words, start, end);
    const to = out.addEvent(time, place, behind - pane, this.#spans[at + 2]!);
    out.used = behind;
    if (pane > 0) {
      out.paneStart[to] = behind - pane;
      out.paneEnd[to] = behind;
    }
    const windows = this.#windows;
    if (windows === undefined) return;
    const window = row * WINDOWS;
    out.windowStart[to] = windows[window]!;
    out.windowEnd[to] = windows[window + 1]!;
    out.windowEvery[to] = windows[window + 2]!;
    out.windowCount[to] = windows[window + 3]!;
  }

  /** Writes all rows, for `load`. The pieces are valid until rows are taken out of it. */
  save(out: BytePieces): void {
    const { rows } = this;
    out.varint(rows);
    out.byte(this.#windows === undefined ? 0 : 1);
    if (rows === 0) return;
    const first = this.times[0]!;
    out.double(first);
    writeNumbers(
      out,
      this.times.subarray(0, rows).map((time) => time - first),
    );
    for (const column of this.#spanColumns()) writeNumbers(out, column);
    if (this.#windows !== undefined) this.#saveWindows(out, this.#windows);
    out.varint(this.used);
    out.view(this.bytes.subarray(0, this.used));
  }

  /**
   * Reads what `save` wrote.
   * @param sameInput whether the lines are those of this run's input
   * @throws TidemarkError `failed` where it is damaged
   */
  static load(from: SavedBytes, sameInput: boolean): RowBlock {
    const rows = from.varint(BLOCK_ROWS);
    const windowed = from.byte() === 1;
    const block = new RowBlock(0);
    if (rows === 0) return block;
    block.rows = rows;
    const first = from.double();
    block.times = Float64Array.from(readNumbers(from, rows, 8), (time) => first + time);
    const used = block.#loadSpans(from, rows, sameInput);
    if (windowed) block.#windows = loadWindows(from, block.times);
    if (from.varint() !== used) throw damaged('events and their bytes do not go together');
    block.#setBytes(from.take(used));
    block.used = used;
    return block;
  }

  /** Its bytes are its own: what they were read from can be freed. */
  detach(): void {
    const own = Buffer.allocUnsafeSlow(this.bytes.length);
    this.bytes.copy(own);
    this.#setBytes(own);
  }

  /** Lines, lengths of panes and members, and of what stands before each event. */
  #spanColumns(): Int32Array[] {
    const columns = [0, 1, 2, 3].map(() => new Int32Array(this.rows));
    const [lines, panes, lengths, gaps] = columns as [Int32Array, Int32Array, Int32Array, Int32Array];
    let used = 0;
    for (let row = 0, at = 0; row < lines.length; row++, at += SPANS) {
      lines[row] = this.#spans[at + 2]!;
      panes[row] = this.#spans[at + 3]!;
      lengths[row] = this.#spans[at + 1]! - this.#spans[at]!;
      gaps[row] = this.#spans[at]! - used;
      used = this.#spans[at + 1]! + panes[row]!;
    }
    return columns;
  }

  /** @returns bytes that they span */
  #loadSpans(from: SavedBytes, rows: number, sameInput: boolean): number {
    const [lines, panes, lengths, gaps] = [0, 1, 2, 3].map(() => readNumbers(from, rows, 4));
    const spans = new Int32Array(rows * SPANS);
    let used = 0;
    for (let row = 0, at = 0; row < rows; row++, at += SPANS) {
      if (lengths![row]! < 0 || panes![row]! < 0 || gaps![row]! < 0)
        throw damaged('an event is less than nothing');
      spans[at] = used += gaps![row]!;
      spans[at + 1] = used += lengths![row]!;
      spans[at + 2] = sameInput ? lines![row]! : 0;
      spans[at + 3] = panes![row]!;
      used += panes![row]!;
    }
    this.#spans = spans;
    return used;
  }

  /** Windows lie near the times of their events, so that few bytes tell them. */
  #saveWindows(out: BytePieces, windows: Float64Array): void {
    const { rows, times } = this;
    const columns = [0, 1, 2, 3].map(() => new Float64Array(rows));
    const [counts, starts, sizes, everys] = columns as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    for (let row = 0, at = 0; row < rows; row++, at += WINDOWS) {
      counts[row] = windows[at + 3]!;
      if (counts[row] === GLOBAL) continue;
      starts[row] = windows[at]! - times[row]!;
      sizes[row] = windows[at + 1]! - windows[at]!;
      everys[row] = windows[at + 2]!;
    }
    for (const column of columns) writeNumbers(out, column);
  }

  #begin(time: number, line: number): void {
    const { rows } = this;
    if (rows === this.times.length) this.#growRows();
    this.times[rows] = time;
    this.#spans[rows * SPANS + 2] = line <= MOST_LINE ? line : 0;
  }

  /** Appends source[start, end), for the row behind the last, and makes room for `pane` bytes behind it. */
  #append(source: Buffer, words: Int32Array, start: number, end: number, pane: number): void {
    const most = this.used + WORD_GAP + end - start + pane;
    if (most > this.bytes.length) this.#growBytes(most);
    const place = placeFor(this.bytes, this.used, source, start);
    this.used = copyWords(this.bytes, this.#words, place, source, words, start, end);
    const at = this.rows * SPANS;
    this.#spans[at] = place;
    this.#spans[at + 1] = this.used;
    this.#spans[at + 3] = pane;
  }

  #setWindows(start: number, end: number, every: number, count: number): void {
    const windows = this.#windows ?? this.#beginWindows();
    const at = this.rows * WINDOWS;
    windows[at] = start;
    windows[at + 1] = end;
    windows[at + 2] = every;
    windows[at + 3] = count;
  }

  /** New columns say of all rows before that they are in the global window: they are zero. */
  #beginWindows(): Float64Array {
    this.#windows = new Float64Array(this.times.length * WINDOWS);
    this.#measure();
    return this.#windows;
  }

  #measure(): void {
    const { bytes, times } = this;
    this.size = bytes.length + times.byteLength + this.#spans.byteLength + (this.#windows?.byteLength ?? 0);
  }

  #growRows(): void {
    const rows = Math.min(Math.max(this.times.length * 4, FIRST_ROWS), BLOCK_ROWS);
    const times = new Float64Array(rows);
    times.set(this.times);
    this.times = times;
    const spans = new Int32Array(rows * SPANS);
    spans.set(this.#spans);
    this.#spans = spans;
    const windows = this.#windows;
    if (windows !== undefined) {
      this.#windows = new Float64Array(rows * WINDOWS);
      this.#windows.set(windows);
    }
    this.#measure();
  }

  #growBytes(least: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(least, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.used);
    this.#setBytes(grown);
  }

  #setBytes(bytes: Buffer): void {
    this.bytes = bytes;
    this.#words = new Int32Array(bytes.buffer, 0, bytes.buffer.byteLength >>> 2);
    this.#measure();
  }
}

function loadWindows(from: SavedBytes, times: Float64Array): Float64Array {
  const rows = times.length;
  const [counts, starts, sizes, everys] = [0, 1, 2, 3].map(() => readNumbers(from, rows, 8));
  const windows = new Float64Array(rows * WINDOWS);
  for (let row = 0, at = 0; row < rows; row++, at += WINDOWS) {
    const count = counts![row]!;
    if (count === GLOBAL) continue;
    windows[at] = times[row]! + starts![row]!;
    windows[at + 1] = windows[at]! + sizes![row]!;
    windows[at + 2] = everys![row]!;
    windows[at + 3] = count;
  }
  return windows;
}
