import { Buffer } from 'node:buffer';
import { KeyFilter } from '../state/key-filter.ts';
import { damaged, SavedBytes } from '../state/saved-bytes.ts';
import { readNumbers } from '../state/saved-numbers.ts';
import type { SpillFile } from '../state/spill-files.ts';
import {
  EntryBytes,
  EntryCursor,
  type FoundEntry,
  findEntries,
  hashOfEntry,
  type Named,
} from './key-entry.ts';
import { blockOf, type SavedKeyRun } from './key-run-writer.ts';

/** A run of keys that a `KeyRunWriter` wrote. */
export class KeyRun {
  /** Runs of a level are merged to one of the next. */
  readonly level: number;
  /** Bytes of all entries. */
  readonly bytes: number;
  readonly #file: SpillFile;
  readonly #index: number;
  readonly #blocks: number;
  /** Where the blocks begin, and the filter behind them. */
  readonly #places: Float64Array;
  readonly #filterWords: number;
  #filter: KeyFilter | undefined;
  /** Watermarks at which keys are forgotten, ms, in order, and how many are at each. */
  readonly #forgottenAt: Float64Array;
  readonly #forgotten: Float64Array;

  /** @throws TidemarkError `failed` where the file is damaged */
  constructor(file: SpillFile, index: number, level: number) {
    this.#file = file;
    this.#index = index;
    this.level = level;
    const record = file.read(index);
    if (record === undefined) throw damaged('a run has no index');
    const from = new SavedBytes(record.bytes);
    this.bytes = from.varint();
    this.#filterWords = from.varint(2 ** 31);
    this.#blocks = from.count(1);
    this.#places = Float64Array.from(readNumbers(from, this.#blocks + 1, 8));
    const times = from.count(9);
    this.#forgottenAt = new Float64Array(times);
    this.#forgotten = new Float64Array(times);
    for (let i = 0; i < times; i++) {
      this.#forgottenAt[i] = from.double();
      this.#forgotten[i] = from.varint();
    }
    from.end();
  }

  get saved(): SavedKeyRun {
    return { ...this.#file.saved, index: this.#index, level: this.level };
  }

  /** The watermark at which the last of its keys is forgotten, ms. */
  get forgottenAt(): number {
    return this.#forgottenAt.at(-1) ?? Number.NEGATIVE_INFINITY;
  }

  /** How many keys are not forgotten at a watermark. */
  remembered(watermark: number): number {
    let count = 0;
    for (let i = this.#forgotten.length - 1; i >= 0 && this.#forgottenAt[i]! > watermark; i--)
      count += this.#forgotten[i]!;
    return count;
  }

  /** Bytes of the filter, whether it is in memory or not. */
  get filterBytes(): number {
    return this.#filterWords * 4;
  }

  /** Bytes that it takes in memory. */
  get heldBytes(): number {
    return this.#places.byteLength + (this.#filter?.words.byteLength ?? 0);
  }

  /** @param filter what was written to the file; undefined: it is read */
  useFilter(filter?: KeyFilter): void {
    if (this.#filterWords === 0) return;
    this.#filter = filter ?? this.#readFilter();
  }

  #readFilter(): KeyFilter {
    const words = new Int32Array(this.#filterWords);
    const from = new SavedBytes(this.#file.lookAt(this.#places[this.#blocks]!, this.#index));
    from.fill(words);
    from.end();
    return new KeyFilter(words);
  }

  find(hash: number, key: Buffer, start: number, end: number, found: FoundEntry): void {
    if (this.#filter?.mayHold(hash) === false) return;
    findEntries(this.#block(blockOf(hash, this.#blocks)), hash, key, start, end, found);
  }

  /** All entries, in the order of their hashes; nothing else may be asked of it meanwhile. */
  inOrder(named: Named): KeyRunReader {
    return new KeyRunReader(named, this.#blocks, (block) => this.#block(block));
  }

  remove(): void {
    this.#file.remove();
  }

  #block(block: number): Buffer {
    return this.#file.lookAt(this.#places[block]!, this.#places[block + 1]!);
  }
}

/** Reads the entries of a run one after the other. */
export class KeyRunReader {
  /** The entry, in `bytes`. */
  readonly entry = new EntryCursor();
  /** Its hash; infinite behind the last one. */
  hash = Number.NEGATIVE_INFINITY;
  readonly #named: Named;
  readonly #blocks: number;
  readonly #read: (block: number) => Buffer;
  #block = 0;
  #entries: EntryBytes = NO_ENTRIES;
  /** The entries of the block: hashes, where they begin, and their order. */
  #hashes = new Float64Array(256);
  #starts = new Int32Array(256);
  #order = new Uint32Array(0);
  #at = 0;

  constructor(named: Named, blocks: number, read: (block: number) => Buffer) {
    this.#named = named;
    this.#blocks = blocks;
    this.#read = read;
    this.advance();
  }

  get bytes(): Buffer {
    return this.#entries.bytes;
  }

  advance(): void {
    while (this.#at === this.#order.length) {
      if (this.#block === this.#blocks) {
        this.hash = Number.POSITIVE_INFINITY;
        return;
      }
      this.#load(this.#block++);
    }
    const i = this.#order[this.#at++]!;
    this.hash = this.#hashes[i]!;
    this.entry.read(this.#entries, this.#starts[i]!);
  }

  #load(block: number): void {
    const bytes = this.#read(block);
    this.#entries = new EntryBytes(bytes);
    const { entry } = this;
    let count = 0;
    for (let at = 0; at < bytes.length; at = entry.end) {
      if (count === this.#hashes.length) this.#grow();
      entry.read(this.#entries, at);
      this.#starts[count] = at;
      const { first, second, keyStart, end } = entry;
      this.#hashes[count++] = hashOfEntry(this.#named, first, second, bytes, keyStart, end);
    }
    const hashes = this.#hashes;
    this.#order = new Uint32Array(count).map((_, i) => i).sort((a, b) => hashes[a]! - hashes[b]!);
    this.#at = 0;
  }

  #grow(): void {
    const hashes = new Float64Array(this.#hashes.length * 2);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const starts = new Int32Array(hashes.length);
    starts.set(this.#starts);
    this.#starts = starts;
  }
}

const NO_ENTRIES = new EntryBytes(Buffer.alloc(0));
