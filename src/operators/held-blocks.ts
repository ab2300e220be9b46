import type { Buffer } from 'node:buffer';
import { BytePieces } from '../state/byte-pieces.ts';
import { SavedBytes } from '../state/saved-bytes.ts';
import type { Persistent } from '../state/snapshot.ts';
import type { Batch } from '../stream/batch.ts';
import { EventSource } from './merged-events.ts';
import { BLOCK_BITS, BLOCK_ROWS, RowBlock } from './row-block.ts';
import { SortedTimes, type TimeRun } from './sorted-times.ts';

/** Bytes of events that a block holds, unless one event is longer. */
const BLOCK_BYTES = 1 << 18;
/** Bytes of a block for what stands between events. */
const BLOCK_SLACK = 64;
/** Blocks that are kept for events to come: memory that is new costs more than what was used. */
const SPARE_BLOCKS = 8;
/** Blocks of events that are gone are put up with until they are so many, and half of all. */
const BLOCKS_OF_GAPS = 8;

/**
 * Events in memory: copied into blocks as they come, found by time. A block is freed when all its events are gone; where many
 * blocks hold few events each, these are moved together.
 */
export class HeldBlocks implements Persistent {
  /** By number; undefined: freed, and the number is used again. */
  #blocks: (RowBlock | undefined)[] = [];
  #free: number[] = [];
  /** Numbers of blocks in the order in which their events came. */
  readonly #order = new Set<number>();
  /** The one that is being filled; undefined: the next event begins one. */
  #current: RowBlock | undefined;
  #currentNumber = 0;
  /** Whole blocks whose events are gone. */
  #spare: RowBlock[] = [];
  readonly #times = new SortedTimes();
  /** Events that are held, and all those in blocks. */
  #live = 0;
  #rows = 0;
  /** Bytes that blocks take. */
  #bytes = 0;
  /** Events before this time are gone, ms. */
  #watermark = Number.NEGATIVE_INFINITY;
  /** What snapshots have said before is not so any more. */
  #anew = false;

  /** Events that are held. */
  get count(): number {
    return this.#live;
  }

  /** Bytes that they take. */
  get size(): number {
    return this.#bytes + this.#times.size;
  }

  add(from: Batch, row: number): void {
    const length = from.end[row]! - from.start[row]! + from.paneEnd[row]! - from.paneStart[row]!;
    let block = this.#current;
    if (block === undefined || isFull(block, length)) block = this.#begin(length);
    const size = block.size;
    const at = block.rows;
    block.add(from, row);
    block.live++;
    this.#bytes += block.size - size;
    this.#rows++;
    this.#live++;
    this.#times.add(from.time[row]!, this.#currentNumber * BLOCK_ROWS + at);
  }

  /**
   * The events that the watermark (ms) has passed, in runs, those that came first in the first. All of them are taken. Behind
   * them are others, unless the watermark is infinite.
   */
  due(watermark: number): readonly EventSource[] {
    this.#watermark = watermark;
    return this.#sources(watermark);
  }

  /** All events, likewise. They go elsewhere: `clear` is called when they are there. */
  all(): readonly EventSource[] {
    return this.#sources(Number.POSITIVE_INFINITY);
  }

  /** Frees what the events take that are gone. */
  tidy(): void {
    if (this.#live === 0 && this.#rows > 0) this.clear();
    else if (this.#rows > 2 * this.#live + BLOCKS_OF_GAPS * BLOCK_ROWS) this.#moveTogether();
  }

  /** All events are gone. */
  clear(): void {
    this.#anew = true;
    this.#spare = [];
    this.#forgetBlocks();
    this.#times.clear();
    this.#live = 0;
  }

  track(): void {}

  saveRows(all: boolean): readonly Uint8Array[] {
    const out = new BytePieces();
    const whole = all || this.#anew;
    out.byte(whole ? 1 : 0);
    this.#anew = false;
    for (const number of this.#order) {
      const block = this.#blocks[number]!;
      if (block.live === 0) this.#release(number, block);
      if (block.live === 0 || (block.saved && !whole)) continue;
      block.saved = true;
      (block.live === block.rows ? block : this.#withoutGaps(block)).save(out);
    }
    // What comes now is for the next snapshot.
    this.#current = undefined;
    return out.take();
  }

  /** Events may be among them that were gone when the last snapshot was written. */
  loadRows(bytes: Buffer): void {
    const from = new SavedBytes(bytes);
    if (from.byte() === 1) this.clear();
    while (from.left > 0) {
      const block = RowBlock.load(from, false);
      block.detach();
      block.saved = true;
      const number = this.#number(block);
      for (let row = 0; row < block.rows; row++) {
        if (block.times[row]! < this.#watermark) continue;
        block.live++;
        this.#times.add(block.times[row]!, number * BLOCK_ROWS + row);
      }
      this.#rows += block.rows;
      this.#live += block.live;
      if (block.live === 0) this.#release(number, block);
    }
    this.#anew = false;
  }

  /** To be told before `loadRows`: events before this time are gone, ms. */
  restoreWatermark(watermark: number): void {
    this.#watermark = watermark;
  }

  #sources(time: number): readonly EventSource[] {
    const runs = this.#times.due(time);
    return runs.map((run) => new HeldSource(run, this.#blocks, (number) => this.#drop(number)));
  }

  #begin(length: number): RowBlock {
    // Where one was filled, the next is, too.
    const whole = this.#current !== undefined;
    const spare = whole && length <= BLOCK_BYTES ? this.#spare.pop() : undefined;
    const block = spare ?? new RowBlock(whole ? Math.max(BLOCK_BYTES, length) + BLOCK_SLACK : undefined);
    this.#currentNumber = this.#number(block);
    this.#current = block;
    return block;
  }

  #number(block: RowBlock): number {
    const number = this.#free.pop() ?? this.#blocks.length;
    this.#blocks[number] = block;
    this.#order.add(number);
    this.#bytes += block.size;
    return number;
  }

  #forgetBlocks(): void {
    this.#blocks = [];
    this.#free = [];
    this.#order.clear();
    this.#current = undefined;
    this.#rows = 0;
    this.#bytes = 0;
  }

  /** An event has been taken from a block. */
  #drop(number: number): void {
    const block = this.#blocks[number]!;
    this.#live--;
    if (--block.live > 0) return;
    if (block !== this.#current) {
      this.#release(number, block);
      return;
    }
    this.#rows -= block.rows;
    block.clear();
    block.saved = false;
  }

  #release(number: number, block: RowBlock): void {
    this.#rows -= block.rows;
    this.#bytes -= block.size;
    this.#blocks[number] = undefined;
    this.#order.delete(number);
    if (this.#spare.length === SPARE_BLOCKS || block.bytes.length !== BLOCK_BYTES + BLOCK_SLACK) return;
    block.clear();
    block.saved = false;
    this.#spare.push(block);
    this.#free.push(number);
  }

  #withoutGaps(block: RowBlock): RowBlock {
    const rest = new RowBlock();
    for (let row = 0; row < block.rows; row++)
      if (block.times[row]! >= this.#watermark) rest.addFrom(block, row);
    return rest;
  }

  /** Copies the events of all blocks into as few as hold them. */
  #moveTogether(): void {
    const before = this.#blocks;
    const order = [...this.#order];
    /** By the number of a block: where its events are now. */
    const moved: Uint32Array[] = [];
    this.#forgetBlocks();
    for (const number of order) {
      const block = before[number]!;
      const places = new Uint32Array(block.rows);
      moved[number] = places;
      for (let row = 0; row < block.rows; row++)
        if (block.times[row]! >= this.#watermark) places[row] = this.#move(block, row);
    }
    this.#rows = this.#live;
    this.#times.renumber((at) => moved[Math.floor(at / BLOCK_ROWS)]![at % BLOCK_ROWS]!);
    // To a block that a snapshot has nothing is added.
    if (this.#current?.saved === true) this.#current = undefined;
  }

  /** @returns where the event is now */
  #move(from: RowBlock, row: number): number {
    let to = this.#current;
    if (to === undefined || isFull(to, 0) || to.saved !== from.saved) {
      to = this.#begin(0);
      to.saved = from.saved;
    }
    const size = to.size;
    const at = to.rows;
    to.addFrom(from, row);
    to.live++;
    this.#bytes += to.size - size;
    return this.#currentNumber * BLOCK_ROWS + at;
  }
}

const isFull = ({ rows, used }: RowBlock, more: number): boolean =>
  rows === BLOCK_ROWS || (rows > 0 && used + more > BLOCK_BYTES);

/** A run of events in memory. */
class HeldSource extends EventSource {
  readonly #run: TimeRun;
  readonly #blocks: readonly (RowBlock | undefined)[];
  readonly #gone: (number: number) => void;
  #number = 0;

  constructor(run: TimeRun, blocks: readonly (RowBlock | undefined)[], gone: (number: number) => void) {
    super();
    this.#run = run;
    this.#blocks = blocks;
    this.#gone = gone;
    this.#read();
  }

  advance(): void {
    this.#run.from++;
    this.#gone(this.#number);
    this.#read();
  }

  #read(): void {
    const run = this.#run;
    if (run.from === run.to) {
      this.time = Number.POSITIVE_INFINITY;
      return;
    }
    this.time = run.times[run.from]!;
    const at = run.numbers[run.from]!;
    this.#number = at >>> BLOCK_BITS;
    this.block = this.#blocks[this.#number]!;
    this.row = at & (BLOCK_ROWS - 1);
  }
}
