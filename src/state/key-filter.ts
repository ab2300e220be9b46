/** Words of 32 bits in a block: one bit of each is set for a key, so that a look touches one line of the cache. */
const WORDS = 8;
/** Bits for each key: of keys that are not there one in 200 seems to be. */
const BITS_PER_KEY = 12;
/** Odd numbers without pattern, one for each word: those of the specification. */
const SALTS = Int32Array.of(
  0x47b6137b,
  0x44974d91,
  0x8824ad5b,
  0xa2b7289d,
  0x705495c7,
  0x2df1424b,
  0x9efc4947,
  0x5c6bfb31,
);

/**
 * A split block Bloom filter over hashes of [0, 2^53): it never denies a key that was added, and seldom affirms another (the
 * specification of Apache Parquet, BloomFilter.md; after Putze, Sanders, Singler: Cache-, Hash- and Space-Efficient Bloom
 * Filters, 2009).
 */
export class KeyFilter {
  readonly words: Int32Array<ArrayBuffer>;
  readonly #blocksPerHash: number;

  /** @param words those of another, or as many zeros as `wordsFor` says */
  constructor(words: Int32Array<ArrayBuffer>) {
    this.words = words;
    this.#blocksPerHash = words.length / WORDS / 2 ** 53;
  }

  static wordsFor(keys: number): number {
    return Math.max(1, Math.ceil((keys * BITS_PER_KEY) / (WORDS * 32))) * WORDS;
  }

  add(hash: number): void {
    const block = Math.floor(hash * this.#blocksPerHash) * WORDS;
    const low = hash | 0;
    for (let i = 0; i < WORDS; i++) this.words[block + i]! |= 1 << (Math.imul(low, SALTS[i]!) >>> 27);
  }

  mayHold(hash: number): boolean {
    const block = Math.floor(hash * this.#blocksPerHash) * WORDS;
    const low = hash | 0;
    for (let i = 0; i < WORDS; i++)
      if ((this.words[block + i]! & (1 << (Math.imul(low, SALTS[i]!) >>> 27))) === 0) return false;
    return true;
  }
}
