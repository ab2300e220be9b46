import type { Buffer } from 'node:buffer';

/** The hash that `xxh64` computed last: its upper and lower 32 bits, as signed integers. */
export const digest = { high: 0, low: 0 };

/** The primes of the algorithm as pairs of upper and lower 32 bits. */
const P1H = 0x9e3779b1 | 0;
const P1L = 0x85ebca87 | 0;
const P2H = 0xc2b2ae3d | 0;
const P2L = 0x27d4eb4f | 0;
const P3H = 0x165667b1 | 0;
const P3L = 0x9e3779f9 | 0;
const P4H = 0x85ebca77 | 0;
const P4L = 0xc2b2ae63 | 0;
const P5H = 0x27d4eb2f | 0;
const P5L = 0x165667c5 | 0;

const STRIPE = 32;

/** The number that the functions below compute with, mod 2^64: its halves. */
let high = 0;
let low = 0;

/** The accumulators of long inputs: halves of each, upper first. */
const lanes = new Int32Array(8);

/**
 * XXH64 of Yann Collet (the xxHash specification, version 0.2.0) with the seed 0, over bytes[start, end), in 32-bit
 * arithmetic: 64-bit integers of JavaScript are objects.
 */
export function xxh64(bytes: Buffer, start: number, end: number): void {
  let at = start;
  if (end - start < STRIPE) {
    high = P5H;
    low = P5L;
  } else {
    at = hashStripes(bytes, start, end);
  }
  add(0, end - start);
  for (; at + 8 <= end; at += 8) {
    const [h, l] = [high, low];
    round(0, 0, wordAt(bytes, at + 4), wordAt(bytes, at));
    high ^= h;
    low ^= l;
    rotate(27);
    multiply(P1H, P1L);
    add(P4H, P4L);
  }
  if (at + 4 <= end) {
    const [h, l] = [high, low];
    high = 0;
    low = wordAt(bytes, at);
    multiply(P1H, P1L);
    high ^= h;
    low ^= l;
    rotate(23);
    multiply(P2H, P2L);
    add(P3H, P3L);
    at += 4;
  }
  for (; at < end; at++) {
    const [h, l] = [high, low];
    high = 0;
    low = bytes[at]!;
    multiply(P5H, P5L);
    high ^= h;
    low ^= l;
    rotate(11);
    multiply(P1H, P1L);
  }
  avalanche();
  digest.high = high;
  digest.low = low;
}

/** The whole stripes of 32 bytes in four lanes, and these merged; returns the index behind them. */
function hashStripes(bytes: Buffer, start: number, end: number): number {
  high = P1H;
  low = P1L;
  add(P2H, P2L);
  lanes[0] = high;
  lanes[1] = low;
  lanes[2] = P2H;
  lanes[3] = P2L;
  lanes[4] = 0;
  lanes[5] = 0;
  // -P1
  lanes[6] = ~P1H;
  lanes[7] = -P1L;
  let at = start;
  for (; at + STRIPE <= end; at += STRIPE) {
    for (let lane = 0; lane < 8; lane += 2) {
      const from = at + lane * 4;
      round(lanes[lane]!, lanes[lane + 1]!, wordAt(bytes, from + 4), wordAt(bytes, from));
      lanes[lane] = high;
      lanes[lane + 1] = low;
    }
  }
  let sumHigh = 0;
  let sumLow = 0;
  for (const [lane, bits] of ROTATIONS) {
    high = lanes[lane]!;
    low = lanes[lane + 1]!;
    rotate(bits);
    add(sumHigh, sumLow);
    sumHigh = high;
    sumLow = low;
  }
  for (let lane = 0; lane < 8; lane += 2) {
    round(0, 0, lanes[lane]!, lanes[lane + 1]!);
    high ^= sumHigh;
    low ^= sumLow;
    multiply(P1H, P1L);
    add(P4H, P4L);
    sumHigh = high;
    sumLow = low;
  }
  return at;
}

/** By how many bits each lane is rotated before they are added up. */
const ROTATIONS = [
  [0, 1],
  [2, 7],
  [4, 12],
  [6, 18],
] as const;

/** rotate(accumulator + input * P2, 31) * P1 */
function round(accHigh: number, accLow: number, inputHigh: number, inputLow: number): void {
  high = inputHigh;
  low = inputLow;
  multiply(P2H, P2L);
  add(accHigh, accLow);
  rotate(31);
  multiply(P1H, P1L);
}

function avalanche(): void {
  // h ^= h >>> 33
  low ^= high >>> 1;
  multiply(P2H, P2L);
  // h ^= h >>> 29
  low ^= (low >>> 29) | (high << 3);
  high ^= high >>> 29;
  multiply(P3H, P3L);
  // h ^= h >>> 32
  low ^= high;
}

const wordAt = (bytes: Buffer, at: number): number =>
  bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);

function add(h: number, l: number): void {
  const sum = (low >>> 0) + (l >>> 0);
  high = (high + h + (sum > 0xffffffff ? 1 : 0)) | 0;
  low = sum | 0;
}

/** @param bits of [1, 31] */
function rotate(bits: number): void {
  const h = (high << bits) | (low >>> (32 - bits));
  low = (low << bits) | (high >>> (32 - bits));
  high = h;
}

/** The halves' product by halves of 16 bits, as a product of 32 bits has no upper half in JavaScript. */
function multiply(h: number, l: number): void {
  const a = low & 0xffff;
  const b = low >>> 16;
  const c = l & 0xffff;
  const d = l >>> 16;
  const middle = Math.imul(a, d) >>> 0;
  const other = Math.imul(b, c) >>> 0;
  const carry = ((Math.imul(a, c) >>> 16) + (middle & 0xffff) + (other & 0xffff)) >>> 16;
  const upper = (Math.imul(b, d) + (middle >>> 16) + (other >>> 16) + carry) | 0;
  high = (upper + Math.imul(high, l) + Math.imul(low, h)) | 0;
  low = Math.imul(low, l);
}
