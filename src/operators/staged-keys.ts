import { Buffer } from 'node:buffer';
import { EntryBytes, EntryCursor, hashOfEntry, type Named } from './key-entry.ts';
import { blockOf, type KeyRunWriter } from './key-run-writer.ts';

/** Bytes that are taken at once; an entry that is longer has a piece of its own. */
const PIECE = 1 << 20;

/** Keys that leave memory, until they are in the order in which they are written. */
export class StagedKeys {
  readonly #named: Named;
  readonly #pieces: EntryBytes[] = [];
  /** Bytes of the last piece that are in use. */
  #used = PIECE;
  #bytes = 0;
  #count = 0;
  readonly #hashes: Float64Array;
  /** Where each begins: the number of its piece times PIECE, and the place in it. */
  readonly #places: Float64Array;

  /** @param most how many there will be at most */
  constructor(named: Named, most: number) {
    this.#named = named;
    this.#hashes = new Float64Array(most);
    this.#places = new Float64Array(most);
  }

  add(first: number, second: number, key: Buffer, start: number, end: number): void {
    const room = EntryBytes.room(end - start);
    if (this.#used + room > PIECE) {
      this.#pieces.push(new EntryBytes(Buffer.allocUnsafeSlow(Math.max(PIECE, room))));
      this.#used = 0;
    }
    const piece = this.#pieces.at(-1)!;
    const hash = hashOfEntry(this.#named, first, second, key, start, end);
    this.#hashes[this.#count] = hash;
    this.#places[this.#count++] = (this.#pieces.length - 1) * PIECE + this.#used;
    const to = piece.write(this.#used, hash, first, second, key, start, end);
    this.#bytes += to - this.#used;
    this.#used = to;
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes of all entries. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Writes all of them. Blocks are in the order of hashes, and within one any order will do: they are counted into place. */
  write(writer: KeyRunWriter): void {
    const { blocks } = writer;
    const next = new Int32Array(blocks + 1);
    for (let i = 0; i < this.#count; i++) next[blockOf(this.#hashes[i]!, blocks) + 1]!++;
    for (let block = 0; block < blocks; block++) next[block + 1]! += next[block]!;
    const order = new Int32Array(this.#count);
    for (let i = 0; i < this.#count; i++) order[next[blockOf(this.#hashes[i]!, blocks)]!++] = i;
    const entry = new EntryCursor();
    for (const i of order) {
      const place = this.#places[i]!;
      const piece = this.#pieces[Math.floor(place / PIECE)]!;
      entry.read(piece, place % PIECE);
      writer.add(this.#hashes[i]!, piece.bytes, entry);
    }
  }
}
