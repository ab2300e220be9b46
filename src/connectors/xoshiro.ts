/**
 * xoshiro128** 1.1 by David Blackman and Sebastiano Vigna (2018, public domain, https://prng.di.unimi.it/
 * xoshiro128starstar.c): 32-bit integers only, so that a seed gives the same numbers on every machine. Its
 * state is filled by splitmix32, which never gives four zeros in a row.
 */
export class Xoshiro128 {
  readonly #s = new Int32Array(4);

  /** @param seed an integer of up to 53 bits; all of them count */
  constructor(seed: number) {
    let state = (seed % 2 ** 32) ^ Math.imul(Math.floor(seed / 2 ** 32), 0x85ebca6b);
    for (let i = 0; i < 4; i++) {
      state = (state + 0x9e3779b9) | 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      this.#s[i] = z ^ (z >>> 15);
    }
  }

  /** An integer of [0, 2^32), all equally likely. */
  next(): number {
    const s = this.#s;
    const s1 = s[1]!;
    const x = Math.imul(s1, 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9);
    s[2] = s[2]! ^ s[0]!;
    s[3] = s[3]! ^ s1;
    s[1] = s1 ^ s[2]!;
    s[0] = s[0]! ^ s[3]!;
    s[2] = s[2]! ^ (s1 << 9);
    const s3 = s[3]!;
    s[3] = (s3 << 11) | (s3 >>> 21);
    return result >>> 0;
  }

  /** An integer of [0, n), n up to 2^53; the likelihoods differ by less than n in 2^32. */
  below(n: number): number {
    // IEEE 754 multiplication rounds alike everywhere; a division by a power of two is exact.
    return Math.floor((this.next() * n) / 2 ** 32);
  }
}
