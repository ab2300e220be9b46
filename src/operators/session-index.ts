import type { Buffer } from 'node:buffer';
import { hashBytes } from '../aggregates/value-set.ts';
import { BytePieces } from '../state/byte-pieces.ts';
import { damaged, type SavedBytes } from '../state/saved-bytes.ts';

/** Entries of a block, 24 bytes each. */
export const BLOCK_ENTRIES = 256;
/** Bits of the filter for each row, at least, and how many of these a key sets. */
const FILTER_BITS = 8;
const PROBES = 3;

/** By what the sessions of a key are found on disk: from one version to the next it stays as it is. */
export const hashOf = (key: Buffer, start: number, end: number): number => hashBytes(key, start, end) >>> 0;

/** Whether a key may have rows in a run: bits that it would have set (Bloom, "Space/time trade-offs in hash coding", 1970). */
export class KeyFilter {
  readonly #bits: Uint8Array;

  constructor(bits: Uint8Array) {
    this.#bits = bits;
  }

  static forRows(rows: number): KeyFilter {
    let bytes = 8;
    while (bytes * 8 < rows * FILTER_BITS) bytes *= 2;
    return new KeyFilter(new Uint8Array(bytes));
  }

  get bits(): Uint8Array {
    return this.#bits;
  }

  add(hash: number): void {
    const mask = this.#bits.length * 8 - 1;
    for (let i = 0, at = hash; i < PROBES; i++, at = next(at))
      this.#bits[(at & mask) >>> 3]! |= 1 << (at & 7);
  }

  mayHave(hash: number): boolean {
    const mask = this.#bits.length * 8 - 1;
    for (let i = 0, at = hash; i < PROBES; i++, at = next(at))
      if ((this.#bits[(at & mask) >>> 3]! & (1 << (at & 7))) === 0) return false;
    return true;
  }
}

/** Another number that depends on the hash alone: the finalizer of MurmurHash3. */
function next(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** Some rows of a run by the hash of their key, then by their end. */
export interface IndexBlock {
  readonly hashes: Uint32Array;
  readonly rows: Uint32Array;
  /** Bounds of the sessions, ms. */
  readonly starts: Float64Array;
  readonly ends: Float64Array;
}

export function writeBlock({ hashes, rows, starts, ends }: IndexBlock): readonly Uint8Array[] {
  const out = new BytePieces();
  out.varint(rows.length);
  for (const values of [hashes, rows, starts, ends]) out.view(values);
  return out.take();
}

export function readBlock(from: SavedBytes): IndexBlock {
  const count = from.count(24);
  if (count === 0) throw damaged('a part of an index has no entries');
  const block = {
    hashes: new Uint32Array(count),
    rows: new Uint32Array(count),
    starts: new Float64Array(count),
    ends: new Float64Array(count),
  };
  for (const values of [block.hashes, block.rows, block.starts, block.ends]) from.fill(values);
  from.end();
  return block;
}
