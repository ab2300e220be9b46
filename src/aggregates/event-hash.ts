import type { Buffer } from 'node:buffer';

const TWO_TO_32 = 0x1_0000_0000;

/** Odd multipliers without pattern: the golden ratio's, and those of MurmurHash3's finisher. */
const FIRST = 0x9e3779b1;
const SECOND = 0x85ebca6b;
const THIRD = 0xc2b2ae35;

/**
 * A number of [0, 2^53) that depends on all bits of a seed, a time (a whole number of ms) and bytes[start, end).
 * Two states of 32 bits each take in four bytes a step, by a multiplication and a shift that are different in
 * both and lose nothing; then each is mixed with the other. Not for use against somebody who looks for collisions.
 */
export function eventHash(seed: number, time: number, bytes: Buffer, start: number, end: number): number {
  let a = FIRST ^ (seed | 0);
  let b = SECOND ^ Math.floor(seed / TWO_TO_32);
  a = stepA(a, time | 0);
  b = stepB(b, time | 0);
  a = stepA(a, Math.floor(time / TWO_TO_32));
  b = stepB(b, Math.floor(time / TWO_TO_32));
  let i = start;
  for (; i + 4 <= end; i += 4) {
    const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    a = stepA(a, word);
    b = stepB(b, word);
  }
  // The rest of less than four bytes, and the length, which tells it from zeros.
  let rest = end - start;
  for (; i < end; i++) rest = (rest << 8) | bytes[i]!;
  a = finished(stepA(a, rest) ^ b);
  b = finished(stepB(b, rest) ^ a);
  return (b >>> 11) * TWO_TO_32 + (a >>> 0);
}

function stepA(state: number, word: number): number {
  const product = Math.imul(state ^ word, FIRST);
  return product ^ (product >>> 15);
}

function stepB(state: number, word: number): number {
  const product = Math.imul(state ^ word, THIRD);
  return product ^ (product >>> 13);
}

/** The finisher of MurmurHash3: each bit of the result depends on all of the state. */
function finished(state: number): number {
  const first = Math.imul(state ^ (state >>> 16), SECOND);
  const second = Math.imul(first ^ (first >>> 13), THIRD);
  return second ^ (second >>> 16);
}
