import { BytePieces } from '../state/byte-pieces.ts';
import { SavedBytes } from '../state/saved-bytes.ts';
import type { SavedFile, SpillFile } from '../state/spill-files.ts';
import { EventSource, type MergedEvents } from './merged-events.ts';
import { BLOCK_ROWS, RowBlock } from './row-block.ts';

/** Bytes of events of a record: each run has one in memory while it is merged. */
const RECORD_BYTES = 1 << 16;

/** A run as a snapshot names it. */
export interface SavedEventRun extends SavedFile {
  /** Runs of a level are merged to one of the next. */
  readonly level: number;
  /** Where the record with the first event that is left begins. */
  readonly at: number;
  /** Events that are left. */
  readonly left: number;
}

/** Writes events in their order to a file, in records of some of them. */
export function writeEvents(file: SpillFile, events: MergedEvents): void {
  const block = new RowBlock();
  for (let source = events.first; source !== undefined; source = events.first) {
    block.addFrom(source.block, source.row);
    events.advance();
    if (block.rows === BLOCK_ROWS || block.used >= RECORD_BYTES) writeRecord(file, block);
  }
  if (block.rows > 0) writeRecord(file, block);
  file.finish();
}

function writeRecord(file: SpillFile, block: RowBlock): void {
  const out = new BytePieces();
  block.save(out);
  file.append(out.take());
  block.clear();
}

/** What `writeEvents` wrote, read forward. */
export class EventRun extends EventSource {
  readonly level: number;
  /** Events that are left. */
  left: number;
  readonly #file: SpillFile;
  readonly #sameInput: boolean;
  /** Where the record at hand begins, and the next. */
  #at: number;
  #next: number;

  /**
   * @param at where a record begins
   * @param left events from there on, but for those before `watermark`
   * @param watermark events before this time are gone, ms
   * @param sameInput whether the file was written by this run
   * @throws TidemarkError `failed` where the file is damaged
   */
  constructor(
    file: SpillFile,
    { level, at, left }: Omit<SavedEventRun, keyof SavedFile>,
    watermark: number,
    sameInput: boolean,
  ) {
    super();
    this.#file = file;
    this.level = level;
    this.left = left;
    this.#sameInput = sameInput;
    this.#at = at;
    this.#next = at;
    this.#read();
    while (this.time < watermark) this.#step();
  }

  get saved(): SavedEventRun {
    return { ...this.#file.saved, level: this.level, at: this.#at, left: this.left };
  }

  advance(): void {
    this.left--;
    this.#step();
  }

  remove(): void {
    this.#file.remove();
  }

  #step(): void {
    if (++this.row < this.block.rows) this.time = this.block.times[this.row]!;
    else this.#read();
  }

  /** Reads the next record, or the end. */
  #read(): void {
    this.#at = this.#next;
    const record = this.#file.read(this.#at);
    if (record === undefined) {
      this.time = Number.POSITIVE_INFINITY;
      return;
    }
    this.#next = record.next;
    this.block = RowBlock.load(new SavedBytes(record.bytes), this.#sameInput);
    this.row = 0;
    this.time = this.block.times[0] ?? Number.POSITIVE_INFINITY;
  }
}
