import { Buffer } from 'node:buffer';

/** Longer keys are not kept: an UUID with its quotes has 38 bytes. */
const KEY_BYTES = 40;
const MOST_PLACES = 1 << 16;
/** Bytes of a place: the key, its length, two numbers. */
const PLACE_BYTES = KEY_BYTES + 1 + 16;
/** What a place holds whose key has not been given. */
const NONE = 255;

/**
 * Keys that were found on disk, of which each place holds the last one: those that come often need not be read often. They
 * stay on disk, so that one which was given up is no loss.
 */
export class FoundKeys {
  readonly #mask: number;
  readonly #keys: Buffer;
  readonly #lengths: Uint8Array;
  readonly #firsts: Float64Array;
  /** The second number of the one that was found last. */
  second = 0;
  readonly #seconds: Float64Array;

  /** @param memory bytes that it may take */
  constructor(memory: number) {
    let places = 1;
    while (places < MOST_PLACES && places * 2 * PLACE_BYTES <= memory) places *= 2;
    this.#mask = places - 1;
    this.#keys = Buffer.alloc(places * KEY_BYTES);
    this.#lengths = new Uint8Array(places).fill(NONE);
    this.#firsts = new Float64Array(places);
    this.#seconds = new Float64Array(places);
  }

  get heldBytes(): number {
    return this.#lengths.length * PLACE_BYTES;
  }

  /** Whether the key was found with this first number. */
  has(hash: number, first: number, key: Buffer, start: number, end: number): boolean {
    const place = (hash | 0) & this.#mask;
    if (this.#lengths[place] !== end - start || this.#firsts[place] !== first) return false;
    const keys = this.#keys;
    for (let i = start, at = place * KEY_BYTES; i < end; i++, at++) if (keys[at] !== key[i]) return false;
    this.second = this.#seconds[place]!;
    return true;
  }

  add(hash: number, first: number, second: number, key: Buffer, start: number, end: number): void {
    if (end - start > KEY_BYTES) return;
    const place = (hash | 0) & this.#mask;
    this.#lengths[place] = end - start;
    this.#firsts[place] = first;
    this.#seconds[place] = second;
    key.copy(this.#keys, place * KEY_BYTES, start, end);
  }
}
