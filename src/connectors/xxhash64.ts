/**
 * XXH64 with seed 0, by the specification of xxHash (doc/xxhash_spec.md, XXH64 algorithm), over bytes that come
 * in pieces. 64-bit words are pairs of unsigned 32-bit halves: BigInt would cost ten times as much.
 */

/** A 64-bit constant as its halves. */
interface Word {
  readonly high: number;
  readonly low: number;
}

const P1: Word = { high: 0x9e3779b1, low: 0x85ebca87 };
const P2: Word = { high: 0xc2b2ae3d, low: 0x27d4eb4f };
const P3: Word = { high: 0x165667b1, low: 0x9e3779f9 };
const P4: Word = { high: 0x85ebca77, low: 0xc2b2ae63 };
const P5: Word = { high: 0x27d4eb2f, low: 0x165667c5 };

const STRIPE = 32;
/** How far each accumulator is rotated when they become one word. */
const ROTATIONS = [1, 7, 12, 18] as const;

/** The halves of the word that was computed last. */
let high = 0;
let low = 0;

/** Four bytes, the least significant first. */
const word = (b: Uint8Array, at: number): number =>
  (b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24)) >>> 0;

/** The upper half of a 32 × 32 bit product, by its four 16-bit parts; as a signed integer. */
function upper(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = Math.imul(a1, b0) + (Math.imul(a0, b0) >>> 16);
  const other = Math.imul(a0, b1) + (middle & 0xffff);
  return (Math.imul(a1, b1) + (middle >>> 16) + (other >>> 16)) | 0;
}

function multiply(by: Word): void {
  const h = upper(low, by.low) + Math.imul(low, by.high) + Math.imul(high, by.low);
  low = Math.imul(low, by.low) >>> 0;
  high = h >>> 0;
}

function add(h: number, l: number): void {
  const sum = low + l;
  low = sum >>> 0;
  high = (high + h + (sum > 0xffffffff ? 1 : 0)) >>> 0;
}

/** @param by 1 to 31 bits */
function rotate(by: number): void {
  const h = high;
  high = ((h << by) | (low >>> (32 - by))) >>> 0;
  low = ((low << by) | (h >>> (32 - by))) >>> 0;
}

/** @param by 1 to 31, or 33 bits */
function xorShift(by: number): void {
  if (by === 33) low = (low ^ (high >>> 1)) >>> 0;
  else {
    low = (low ^ ((low >>> by) | (high << (32 - by)))) >>> 0;
    high = (high ^ (high >>> by)) >>> 0;
  }
}

function round(h: number, l: number): void {
  high = h;
  low = l;
  multiply(P2);
  rotate(31);
  multiply(P1);
}

export class XxHash64 {
  /** The four accumulators, high and low halves. */
  readonly #high = new Uint32Array(4);
  readonly #low = new Uint32Array(4);
  /** Bytes that do not fill a stripe yet. */
  readonly #rest = new Uint8Array(STRIPE);
  #restLength = 0;
  /** Bytes hashed in all. */
  #length = 0;

  constructor() {
    [high, low] = [P1.high, P1.low];
    add(P2.high, P2.low);
    this.#put(0);
    [high, low] = [P2.high, P2.low];
    this.#put(1);
    [high, low] = [0, 0];
    this.#put(2);
    // 0 - P1
    [high, low] = [~P1.high >>> 0, ~P1.low >>> 0];
    add(0, 1);
    this.#put(3);
  }

  update(bytes: Uint8Array): void {
    this.#length += bytes.length;
    let at = 0;
    if (this.#restLength > 0) {
      at = Math.min(STRIPE - this.#restLength, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#restLength);
      this.#restLength += at;
      if (this.#restLength < STRIPE) return;
      this.#stripes(this.#rest, 0, STRIPE);
      this.#restLength = 0;
    }
    const end = at + Math.floor((bytes.length - at) / STRIPE) * STRIPE;
    this.#stripes(bytes, at, end);
    this.#rest.set(bytes.subarray(end));
    this.#restLength = bytes.length - end;
  }

  /** The lower 32 bits of the hash of all bytes so far: what a Zstandard frame ends with. */
  low32(): number {
    this.#converge();
    add(Math.floor(this.#length / 0x100000000), this.#length >>> 0);
    const b = this.#rest;
    let at = 0;
    for (; at + 8 <= this.#restLength; at += 8) this.#mix8(b, at);
    if (at + 4 <= this.#restLength) {
      this.#mix4(b, at);
      at += 4;
    }
    for (; at < this.#restLength; at++) this.#mix1(b[at]!);
    xorShift(33);
    multiply(P2);
    xorShift(29);
    multiply(P3);
    return (low ^ high) >>> 0;
  }

  #put(lane: number): void {
    this.#high[lane] = high;
    this.#low[lane] = low;
  }

  /**
   * Hashes b[from, to), whole stripes, lane by lane: acc = rotl(acc + word × P2, 31) × P1. Written out, with all
   * words as signed 32-bit integers, which cost a twentieth of what other numbers do.
   */
  #stripes(b: Uint8Array, from: number, to: number): void {
    for (let lane = 0; lane < 4; lane++) {
      let h = this.#high[lane]! | 0;
      let l = this.#low[lane]! | 0;
      for (let at = from + lane * 8; at < to; at += STRIPE) {
        const wordLow = b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24);
        const wordHigh = b[at + 4]! | (b[at + 5]! << 8) | (b[at + 6]! << 16) | (b[at + 7]! << 24);
        const productLow = Math.imul(wordLow, P2.low);
        const sum = (l + productLow) | 0;
        const carry = ((l & productLow) | ((l | productLow) & ~sum)) >>> 31;
        const productHigh =
          (upper(wordLow, P2.low) + Math.imul(wordLow, P2.high) + Math.imul(wordHigh, P2.low)) | 0;
        h = (h + productHigh + carry) | 0;
        const rotatedHigh = (h << 31) | (sum >>> 1);
        const rotatedLow = (sum << 31) | (h >>> 1);
        l = Math.imul(rotatedLow, P1.low);
        h = (upper(rotatedLow, P1.low) + Math.imul(rotatedLow, P1.high) + Math.imul(rotatedHigh, P1.low)) | 0;
      }
      this.#high[lane] = h;
      this.#low[lane] = l;
    }
  }

  /** Makes one word of the accumulators; of fewer bytes than a stripe none was filled. */
  #converge(): void {
    if (this.#length < STRIPE) {
      high = P5.high;
      low = P5.low;
      return;
    }
    let sumHigh = 0;
    let sumLow = 0;
    for (let lane = 0; lane < 4; lane++) {
      high = this.#high[lane]!;
      low = this.#low[lane]!;
      rotate(ROTATIONS[lane]!);
      add(sumHigh, sumLow);
      sumHigh = high;
      sumLow = low;
    }
    for (let lane = 0; lane < 4; lane++) {
      round(this.#high[lane]!, this.#low[lane]!);
      high = (high ^ sumHigh) >>> 0;
      low = (low ^ sumLow) >>> 0;
      multiply(P1);
      add(P4.high, P4.low);
      sumHigh = high;
      sumLow = low;
    }
  }

  #mix8(b: Uint8Array, at: number): void {
    const h = high;
    const l = low;
    round(word(b, at + 4), word(b, at));
    high = (high ^ h) >>> 0;
    low = (low ^ l) >>> 0;
    rotate(27);
    multiply(P1);
    add(P4.high, P4.low);
  }

  #mix4(b: Uint8Array, at: number): void {
    const h = high;
    const l = low;
    high = 0;
    low = word(b, at);
    multiply(P1);
    high = (high ^ h) >>> 0;
    low = (low ^ l) >>> 0;
    rotate(23);
    multiply(P2);
    add(P3.high, P3.low);
  }

  #mix1(byte: number): void {
    const h = high;
    const l = low;
    high = 0;
    low = byte;
    multiply(P5);
    high = (high ^ h) >>> 0;
    low = (low ^ l) >>> 0;
    rotate(11);
    multiply(P1);
  }
}
