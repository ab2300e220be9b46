import { Buffer } from 'node:buffer';
import { Slots } from './slots.ts';

/** Bytes of removed keys that are left lying: packing walks the whole index. */
const PACK_FROM = 1 << 20;

/**
 * Rows of state found by scope (a small integer: a window's number) and key bytes. Open addressing with
 * linear probing; a removed entry is closed by shifting its followers back (Knuth, TAOCP 6.4, algorithm R),
 * so there are no tombstones. Keys lie end to end in one buffer that is packed anew when more than half of
 * it belongs to removed rows. Memory: about 36 bytes a row beside its key and columns.
 */
export class Table extends Slots {
  /** Whether the last `upsert` or `find` made the row. */
  inserted = false;
  /** slot + 1 by hash; 0 is empty. */
  #index = new Int32Array(256);
  readonly #hashes = this.integers();
  readonly #scopes = this.integers();
  readonly #keyStarts = this.doubles();
  readonly #keyLengths = this.integers(-1);
  #keys: Buffer = Buffer.allocUnsafeSlow(1 << 12);
  #keysUsed = 0;
  /** Bytes of #keys that belong to removed rows. */
  #keysDead = 0;

  /** The slot of the row of this key in this scope; a new one when there was none. */
  upsert(scope: number, bytes: Buffer, start: number, end: number): number {
    const hash = hashOf(scope, bytes, start, end);
    const mask = this.#index.length - 1;
    let at = hash & mask;
    for (let entry = this.#index[at]!; entry !== 0; entry = this.#index[at]!) {
      const slot = entry - 1;
      if (this.#hashes.values[slot] === hash && this.#matches(slot, scope, bytes, start, end)) {
        this.inserted = false;
        return slot;
      }
      at = (at + 1) & mask;
    }
    this.inserted = true;
    const slot = this.allocate();
    this.#index[at] = slot + 1;
    this.#hashes.values[slot] = hash;
    this.#scopes.values[slot] = scope;
    this.#storeKey(slot, bytes, start, end);
    if (this.size * 2 > this.#index.length) this.#rehash();
    return slot;
  }

  /** The slot of the row of this key in this scope, or -1. */
  find(scope: number, bytes: Buffer, start: number, end: number): number {
    this.inserted = false;
    const hash = hashOf(scope, bytes, start, end);
    const mask = this.#index.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const entry = this.#index[at]!;
      if (entry === 0) return -1;
      const slot = entry - 1;
      if (this.#hashes.values[slot] === hash && this.#matches(slot, scope, bytes, start, end)) return slot;
    }
  }

  remove(slot: number): void {
    const mask = this.#index.length - 1;
    let hole = this.#hashes.values[slot]! & mask;
    while (this.#index[hole] !== slot + 1) hole = (hole + 1) & mask;
    for (let at = (hole + 1) & mask; this.#index[at] !== 0; at = (at + 1) & mask) {
      const home = this.#hashes.values[this.#index[at]! - 1]! & mask;
      // The entry may move into the hole unless its home lies cyclically behind the hole.
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        this.#index[hole] = this.#index[at]!;
        hole = at;
      }
    }
    this.#index[hole] = 0;
    this.#keysDead += this.#keyLengths.values[slot]!;
    this.free(slot);
    if (this.size === 0) this.#keysUsed = this.#keysDead = 0;
    else if (this.#keysDead > PACK_FROM && this.#keysDead * 2 > this.#keysUsed) this.#pack();
  }

  /** The buffer that holds the keys: read it anew after every upsert and remove. */
  get keys(): Buffer {
    return this.#keys;
  }

  /** Where the key of a row begins in `keys`. */
  keyStart(slot: number): number {
    return this.#keyStarts.values[slot]!;
  }

  keyEnd(slot: number): number {
    return this.#keyStarts.values[slot]! + this.#keyLengths.values[slot]!;
  }

  #matches(slot: number, scope: number, bytes: Buffer, start: number, end: number): boolean {
    if (this.#scopes.values[slot] !== scope || this.#keyLengths.values[slot] !== end - start) return false;
    const keys = this.#keys;
    let at = this.#keyStarts.values[slot]!;
    for (let i = start; i < end; i++) if (keys[at++] !== bytes[i]) return false;
    return true;
  }

  #storeKey(slot: number, bytes: Buffer, start: number, end: number): void {
    const length = end - start;
    if (this.#keysUsed + length > this.#keys.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(this.#keys.length * 2, this.#keysUsed + length));
      this.#keys.copy(grown, 0, 0, this.#keysUsed);
      this.#keys = grown;
    }
    let at = this.#keysUsed;
    this.#keyStarts.values[slot] = at;
    this.#keyLengths.values[slot] = length;
    for (let i = start; i < end; i++) this.#keys[at++] = bytes[i]!;
    this.#keysUsed = at;
  }

  #rehash(): void {
    const index = new Int32Array(this.#index.length * 4);
    const mask = index.length - 1;
    for (const entry of this.#index) {
      if (entry === 0) continue;
      let at = this.#hashes.values[entry - 1]! & mask;
      while (index[at] !== 0) at = (at + 1) & mask;
      index[at] = entry;
    }
    this.#index = index;
  }

  /** Copies the keys of the rows that are left into a new buffer. */
  #pack(): void {
    const packed = Buffer.allocUnsafeSlow(Math.max(1 << 12, this.#keysUsed - this.#keysDead));
    let at = 0;
    for (const entry of this.#index) {
      if (entry === 0) continue;
      const slot = entry - 1;
      const start = this.#keyStarts.values[slot]!;
      this.#keyStarts.values[slot] = at;
      at += this.#keys.copy(packed, at, start, start + this.#keyLengths.values[slot]!);
    }
    this.#keys = packed;
    this.#keysUsed = at;
    this.#keysDead = 0;
  }
}

/** FNV-1a over the key, seeded by the scope, with the finalizer of MurmurHash3 so that low bits are mixed. */
function hashOf(scope: number, bytes: Buffer, start: number, end: number): number {
  let hash = 0x811c9dc5 ^ Math.imul(scope + 1, 0x9e3779b1);
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
